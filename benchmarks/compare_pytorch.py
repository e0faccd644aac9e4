#!/usr/bin/env python3
"""Trains the same model with PyTorch and with Talmach on the same text, and prints the ratio.

The twin is the model of configs/reference.yaml (docs/model.md: `bahdanau` decoder, no layer
normalisation, everything tied) as one would write it for PyTorch with speed in mind: nn.GRU over
packed sequences for the encoder, keys and the embeddings' share of the gates in one product for all
steps, query and recurrence in one product of each step, the gradients of the weights used at each
step in one product after all steps, readout and output layer for all steps at once, fused
log-softmax, Adam for all tensors together, denormal numbers flushed, batches of similar length. In
bfloat16 it is measured both with autocast and with bfloat16 copies of float32 master weights; the
faster one counts.
Both sides read the same sentences, cut by the same SentencePiece model, 64 pairs an update, and
count target tokens with </s>; each measures the time from the batch of token numbers to the updated
weights, after a warm-up, and Talmach's side makes its batches within that time too.

Needs Debian's python3-torch and a fast BLAS for it:
    apt-get install python3-torch libopenblas0-openmp
    scripts/get_multi30k.sh
    benchmarks/compare_pytorch.py --seconds 30 --repeat 5
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Debian's torch would choose AVX2 kernels by itself, and spinning threads slow two cores down; both
# are read when the library is loaded.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

V, E, H, A, R = 8000, 256, 512, 512, 256
DROPOUT, SMOOTHING, CLIP, RATE = 0.2, 0.1, 1.0, 5e-4
BATCH = 64
WARM_UP = 5  # updates
WAYS = {"float32": ["float32"], "bfloat16": ["bfloat16 autocast", "bfloat16 copies"]}
BOS, EOS = 1, 2
ROOT = Path(__file__).resolve().parent.parent


class StepProduct(torch.autograd.Function):
    """x W^T + b of one step, which leaves the gradients of W and b for later."""

    @staticmethod
    def forward(ctx, x, layer):
        ctx.x, ctx.layer = x, layer
        return nn.functional.linear(x, layer.weight, layer.bias)

    @staticmethod
    def backward(ctx, gradient):
        ctx.layer.inputs.append(ctx.x)
        ctx.layer.gradients.append(gradient)
        return gradient @ ctx.layer.weight, None


class StepLinear:
    """A layer used at every step: autograd would add up as many gradients of its weight; here they
    become one product after the last step (of an update; `dtype` is that of the products)."""

    def __init__(self, layer, dtype):
        self.layer = layer
        self.weight = layer.weight.detach().to(dtype)
        self.bias = None if layer.bias is None else layer.bias.detach().to(dtype)
        self.inputs, self.gradients = [], []

    def __call__(self, x):
        return StepProduct.apply(x.to(self.weight.dtype), self)

    def finish(self):
        gradient = torch.cat(self.gradients)
        weight = self.layer.weight
        weight.grad = (gradient.t() @ torch.cat(self.inputs)).to(weight.dtype)
        if self.bias is not None:
            self.layer.bias.grad = gradient.sum(0, dtype=torch.float32).to(weight.dtype)


class Twin(nn.Module):
    """Encoder, attention and decoder of configs/reference.yaml."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(V, E)
        nn.init.normal_(self.embedding.weight, std=E ** -0.5)
        self.encoder = nn.GRU(E, H, bidirectional=True)
        self.initial_state = nn.Linear(2 * H, H)
        self.key = nn.Linear(2 * H, A)
        self.scale = nn.Linear(A, 1, bias=False)
        self.embedding_gates = nn.Linear(E, 3 * H)
        self.context_gates = nn.Linear(2 * H, 3 * H, bias=False)
        self.state_products = nn.Linear(H, 3 * H + A)  # gates and the attention's query
        self.readout = nn.Linear(H + E + 2 * H, R)
        self.output_bias = nn.Parameter(torch.zeros(V))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, source, lengths, previous):
        """source [S, B], lengths [B] falling, previous [T, B] → readouts [T, B, R]."""
        packed = pack_padded_sequence(self.dropout(self.embedding(source)), lengths)
        annotations = self.dropout(pad_packed_sequence(self.encoder(packed)[0])[0])
        positions = torch.arange(source.shape[0])[:, None]
        real = positions < lengths[None, :]
        mean = annotations.sum(0) / lengths[:, None]
        state = torch.tanh(self.initial_state(mean))
        keys = self.key(annotations)
        embedded = self.dropout(self.embedding(previous))
        from_embeddings = self.embedding_gates(embedded)
        padding = torch.zeros(real.shape, dtype=keys.dtype).masked_fill(~real, float("-inf"))
        by_sentence = annotations.transpose(0, 1)
        dtype = keys.dtype  # of products, also under autocast
        context_gates = StepLinear(self.context_gates, dtype)
        state_products = StepLinear(self.state_products, dtype)
        self.step_layers = [context_gates, state_products]
        states, contexts = [], []
        for gates in from_embeddings:
            reset_h, update_h, new_h, query = state_products(state).split((H, H, H, A), dim=1)
            energies = self.scale(torch.tanh(keys + query)).squeeze(-1) + padding
            weights = torch.softmax(energies, dim=0)
            context = torch.bmm(weights.t().unsqueeze(1).to(by_sentence.dtype),
                                by_sentence).squeeze(1)
            reset_x, update_x, new_x = (gates + context_gates(context)).chunk(3, dim=1)
            reset = torch.sigmoid(reset_x + reset_h)
            update = torch.sigmoid(update_x + update_h)
            new = torch.tanh(new_x + reset * new_h)
            state = new + update * (state - new)
            states.append(state)
            contexts.append(context)
        joined = torch.cat([torch.stack(states), embedded, torch.stack(contexts)], dim=2)
        return self.dropout(torch.tanh(self.readout(joined)))

    def loss(self, batch):
        source, lengths, previous, target, real = batch
        readouts = self(source, lengths, previous)[real]  # the output layer sees no padding
        logits = nn.functional.linear(readouts, self.embedding.weight, self.output_bias)
        return nn.functional.cross_entropy(logits.float(), target, label_smoothing=SMOOTHING)


def collate(pairs):
    """Token lists → time-major tensors, longest source first."""
    pairs = sorted(pairs, key=lambda pair: -len(pair[0]))
    lengths = torch.tensor([len(source) for source, _ in pairs])
    source = torch.zeros(int(lengths[0]), len(pairs), dtype=torch.long)
    longest = max(len(target) for _, target in pairs)
    previous = torch.zeros(longest, len(pairs), dtype=torch.long)
    following = torch.full((longest, len(pairs)), -1)
    for b, (tokens, target) in enumerate(pairs):
        source[:len(tokens), b] = torch.tensor(tokens)
        previous[:len(target), b] = torch.tensor([BOS] + target[:-1])
        following[:len(target), b] = torch.tensor(target)
    real = following >= 0
    return source, lengths, previous, following[real], real


def make_batches(pairs):
    """64 pairs of similar length each, in random order."""
    random.Random(1).shuffle(pairs)
    pairs = sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0])))
    batches = [collate(pairs[i:i + BATCH]) for i in range(0, len(pairs), BATCH)]
    random.Random(2).shuffle(batches)
    return batches


class Training:
    """Updates of a twin in float32, or in bfloat16 in one of two ways."""

    def __init__(self, kind):
        torch.manual_seed(1)
        self.kind = kind
        self.model = Twin()
        self.masters = list(self.model.parameters())
        if kind == "bfloat16 copies":
            self.masters = [p.detach().clone().requires_grad_() for p in self.masters]
            self.model.bfloat16()
        self.optimizer = torch.optim.Adam(self.masters, lr=RATE, betas=(0.9, 0.98), eps=1e-9,
                                          foreach=True)

    def update(self, batch):
        self.model.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.kind == "bfloat16 autocast"):
            loss = self.model.loss(batch)
        loss.backward()
        for layer in self.model.step_layers:
            layer.finish()
        copies = list(self.model.parameters())
        if copies[0] is not self.masters[0]:
            for master, copy in zip(self.masters, copies):
                master.grad = copy.grad.float()
        nn.utils.clip_grad_norm_(self.masters, CLIP)
        self.optimizer.step()
        if copies[0] is not self.masters[0]:
            with torch.no_grad():
                for master, copy in zip(self.masters, copies):
                    copy.copy_(master)
        return loss.detach()


def train_pytorch(batches, kind, seconds):
    """Target tokens per second."""
    training = Training(kind)
    tokens, started = 0, None
    for update, batch in enumerate(batches * 100):
        if update == WARM_UP:
            started = time.perf_counter()
        loss = training.update(batch)
        if started is not None:
            tokens += len(batch[3])
            elapsed = time.perf_counter() - started
            if elapsed >= seconds:
                if not torch.isfinite(loss):
                    sys.exit("compare_pytorch.py: PyTorch's loss is not finite")
                return tokens / elapsed
    raise AssertionError("unreachable")


def train_talmach(arguments, tokenizer, precision):
    """What `talmach benchmark train` prints."""
    command = [arguments.talmach, "benchmark", "train", "-c", str(arguments.config), "--set",
               f"data.train.source={arguments.data.resolve() / 'train.en'}",
               f"data.train.target={arguments.data.resolve() / 'train.de'}",
               f"tokenizer.source_model={tokenizer}", f"tokenizer.target_model={tokenizer}",
               "--precision", precision, "--seconds", str(arguments.seconds), "--json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def encode(arguments, tokenizer):
    """The token pairs of the parallel text: pieces are numbered in order of appearance."""
    numbers = {}
    sides = [arguments.data / "train.en", arguments.data / "train.de"]

    def lines(path):
        pieces = subprocess.run([arguments.talmach, "tokenizer", "encode", "-m", str(tokenizer),
                                 "-i", str(path), "--quiet"],
                                check=True, capture_output=True, text=True).stdout
        return [[numbers.setdefault(piece, 3 + len(numbers)) for piece in line.split(" ")] + [EOS]
                for line in pieces.removesuffix("\n").split("\n")]

    if not tokenizer.exists():
        subprocess.run([arguments.talmach, "tokenizer", "train", "-i", *map(str, sides),
                        "--model-prefix", str(tokenizer.with_suffix("")), "--vocab-size", str(V),
                        "--quiet"], check=True)
    pairs = list(zip(*map(lines, sides)))
    if len(numbers) + 3 > V:
        sys.exit(f"compare_pytorch.py: {len(numbers)} pieces; expected at most {V - 3}")
    return [pair for pair in pairs if max(map(len, pair)) <= 100]


def median_and_range(values):
    return f"{statistics.median(values):8.0f}  ({min(values):.0f} to {max(values):.0f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--talmach", default=str(ROOT / "build/release/bin/talmach"))
    parser.add_argument("--config", default=ROOT / "configs/reference.yaml", type=Path)
    parser.add_argument("--data", default=ROOT / "data/multi30k", type=Path,
                        help="folder with train.en and train.de")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--repeat", type=int, default=5, help="measurements of each kind")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)),
                        help="of PyTorch")
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--tokenizer", type=Path,
                        help=f"a SentencePiece model of {V} pieces to use instead of building one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = arguments.tokenizer or Path(folder) / "both.model"
        compare_training(arguments, tokenizer.resolve())


def compare_training(arguments, tokenizer):
    """Prints target tokens per second of both sides and their ratio: the median of several rounds,
    in each of which everything is measured once, so that noise meets all alike."""
    torch.set_flush_denormal(True)
    torch.set_num_threads(arguments.threads)
    pairs = encode(arguments, tokenizer)
    batches = make_batches(pairs)
    theirs = {kind: [] for precision in arguments.precision for kind in WAYS[precision]}
    ours = {precision: [] for precision in arguments.precision}
    for _ in range(arguments.repeat):
        for precision in arguments.precision:
            for kind in WAYS[precision]:
                theirs[kind].append(train_pytorch(batches, kind, arguments.seconds))
                print(f"PyTorch {kind} {theirs[kind][-1]:.0f}", file=sys.stderr, flush=True)
            ours[precision].append(train_talmach(arguments, tokenizer, precision))
            print(f"Talmach {precision} {ours[precision][-1]['target_tokens_per_second']:.0f}",
                  file=sys.stderr, flush=True)

    library = ours[arguments.precision[0]][0]["library"]
    print(f"training: {len(pairs)} pairs, {len(os.sched_getaffinity(0))} cores, "
          f"{platform.machine()}; PyTorch {torch.__version__}, {arguments.threads} thread(s); "
          f"Talmach with {library}")
    print("target tokens per second, median (range):")
    for precision in arguments.precision:
        for kind in WAYS[precision]:
            print(f"PyTorch {kind:18} {median_and_range(theirs[kind])}")
        speeds = [record["target_tokens_per_second"] for record in ours[precision]]
        share = statistics.median(record["peak_share"] for record in ours[precision])
        print(f"Talmach {precision:18} {median_and_range(speeds)}  {share:.0%} of the GEMM peak")
        best = max((theirs[kind] for kind in WAYS[precision]), key=statistics.median)
        ratio = statistics.median(o / t for o, t in zip(speeds, best))
        print(f"ratio   {precision:18} {ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()
