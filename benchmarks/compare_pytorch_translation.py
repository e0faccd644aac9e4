#!/usr/bin/env python3
"""Translates the same text with the same weights in PyTorch and in Talmach, and prints ratios.

The PyTorch side reads model.safetensors (any `bahdanau` model without layer normalisation, tied
embeddings, mean initial state; docs/model.md) and searches as one would write it with speed in
mind: sentences sorted by length, the encoder over packed sequences, the embeddings' share of gates
and readout as tables, keys shared by the hypotheses of a sentence, one product for query and
recurrence, top-k on logits, finished sentences leaving the batch, the same early end, one thread
per core. Both searches return nearly the same lines; the share of equal ones is printed.

Tokens per second count the tokens of the best translations with </s>; each side's own.

Needs Debian's python3-torch and a fast BLAS for it:
    apt-get install python3-torch libopenblas0-openmp
    benchmarks/compare_pytorch_translation.py -m runs/reference -i data/multi30k/test_2016_flickr.en
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

# Debian's torch would choose AVX2 kernels by itself, and spinning threads slow two cores down; both
# are read when the library is loaded.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "avx512")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn.functional import linear  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
UNK, BOS, EOS = 0, 1, 2


def read_safetensors(path):
    """The float32 tensors of a file."""
    data = bytearray(Path(path).read_bytes())
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4,
                                offset=8 + size + begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors


def read_pieces(path):
    """The pieces of a SentencePiece model, by id: field 1 of each field 1 of the message."""
    data = Path(path).read_bytes()

    def varint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                return value, at

    pieces, at = [], 0
    while at < len(data):
        tag, at = varint(at)
        if tag & 7 != 2:
            raise ValueError(f"{path}: an unexpected field")
        size, at = varint(at)
        if tag >> 3 == 1:
            inner, begin = varint(at)
            length, begin = varint(begin)
            assert inner == 10
            pieces.append(data[begin:begin + length].decode())
        at += size
    return pieces


class Translator:
    """Beam search over one model; products in `dtype`, the rest in float32."""

    def __init__(self, directory, dtype):
        weights = read_safetensors(directory / "model.safetensors")
        self.dtype = dtype
        hidden = weights["decoder.cell.weight_hh"].shape[1]
        embedding_size = weights["embedding.weight"].shape[1]
        self.hidden = hidden
        self.embedding = weights["embedding.weight"]
        self.encoder = nn.GRU(embedding_size, hidden, bidirectional=True)
        for direction, suffix in (("forward", ""), ("backward", "_reverse")):
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(self.encoder, f"{name}_l0{suffix}").data = \
                    weights[f"encoder.layers.0.{direction}.{name}"]
        self.encoder.flatten_parameters()
        self.encoder.to(dtype)
        cell = weights["decoder.cell.weight_ih"]
        # Tables of what depends on the last token alone.
        self.gates_of = linear(self.embedding, cell[:, :embedding_size],
                               weights["decoder.cell.bias_ih"])
        self.readout_of = linear(self.embedding, weights["decoder.readout.embedding.weight"],
                                 weights["decoder.readout.bias"])
        of_state = torch.cat([weights["decoder.cell.weight_hh"],
                              weights["decoder.attention.query.weight"]])
        state_bias = torch.cat([weights["decoder.cell.bias_hh"],
                                torch.zeros(weights["decoder.attention.query.weight"].shape[0])])
        self.of_state, self.state_bias = of_state.to(dtype), state_bias.to(dtype)
        self.of_context = cell[:, embedding_size:].contiguous().to(dtype)
        self.key = weights["decoder.attention.key.weight"].to(dtype)
        self.key_bias = weights["decoder.attention.bias"].to(dtype)
        self.scale = weights["decoder.attention.scale"].to(dtype)
        self.initial = weights["decoder.initial_state.weight"].to(dtype)
        self.initial_bias = weights["decoder.initial_state.bias"].to(dtype)
        self.readout = torch.cat([weights["decoder.readout.state.weight"],
                                  weights["decoder.readout.context.weight"]], dim=1).to(dtype)
        self.output = self.embedding.to(dtype)
        self.output_bias = weights["output.bias"].to(dtype)
        self.output_bias[BOS] = self.output_bias[UNK] = float("-inf")

    def encode(self, sources):
        lengths = torch.tensor([len(source) for source in sources])
        padded = torch.zeros(int(lengths.max()), len(sources), dtype=torch.long)
        for i, source in enumerate(sources):
            padded[:len(source), i] = torch.tensor(source)
        packed = pack_padded_sequence(self.embedding[padded].to(self.dtype), lengths,
                                      enforce_sorted=False)
        annotations = pad_packed_sequence(self.encoder(packed)[0])[0].transpose(0, 1).contiguous()
        keys = linear(annotations, self.key, self.key_bias)
        mean = annotations.float().sum(1) / lengths[:, None]
        state = torch.tanh(linear(mean.to(self.dtype), self.initial, self.initial_bias).float())
        positions = torch.arange(padded.shape[0])[None, :]
        padding = torch.zeros(len(sources), padded.shape[0])
        padding.masked_fill_(positions >= lengths[:, None], float("-inf"))
        return annotations, keys, padding, state

    def step(self, tokens, state, annotations, keys, padding):
        """tokens [B·K], state [B·K, H] → logits [B·K, V], state."""
        batch = annotations.shape[0]
        products = linear(state.to(self.dtype), self.of_state, self.state_bias)
        query = products[:, 3 * self.hidden:].reshape(batch, -1, 1, keys.shape[2])
        energies = torch.tanh(keys[:, None] + query) @ self.scale
        weights = torch.softmax(energies.float() + padding[:, None], dim=-1)
        context = torch.bmm(weights.to(self.dtype), annotations).reshape(len(tokens), -1)
        inputs = self.gates_of[tokens] + linear(context, self.of_context)
        reset_x, update_x, new_x = inputs.chunk(3, dim=1)
        reset_h, update_h, new_h = products[:, :3 * self.hidden].float().chunk(3, dim=1)
        reset = torch.sigmoid(reset_x + reset_h)
        update = torch.sigmoid(update_x + update_h)
        new = torch.tanh(new_x + reset * new_h)
        state = new + update * (state - new)
        joined = torch.cat([state.to(self.dtype), context], dim=1)
        readout = torch.tanh(linear(joined, self.readout) + self.readout_of[tokens])
        return linear(readout.to(self.dtype), self.output, self.output_bias), state

    def search(self, sources, beam):
        """The best translation of each source by log p / length, without </s>."""
        annotations, keys, padding, state = self.encode(sources)
        batch = len(sources)
        longest = torch.tensor([3 * len(source) + 10 for source in sources])
        tokens = torch.full((batch,), BOS)
        alive = torch.zeros(batch, 1)
        places = torch.full((batch,), beam)
        history, sentence = [], torch.arange(batch)  # (token, parent row) of each step
        rows_of = []                                 # first row of each sentence, by step
        best_score = torch.full((batch,), float("-inf"))
        best_end = [None] * batch
        length = 0
        while len(sentence):
            length += 1
            width = alive.shape[1]
            logits, state = self.step(tokens, state, annotations, keys, padding)
            values, columns = logits.topk(beam, dim=1)
            values = values.float() - torch.logsumexp(logits.float(), dim=1, keepdim=True)
            scores = (alive.reshape(-1, 1) + values).reshape(len(sentence), -1)
            scores, chosen = scores.topk(beam, dim=1)
            scores.masked_fill_(torch.arange(beam)[None, :] >= places[:, None], float("-inf"))
            chosen_tokens = columns.reshape(len(sentence), -1).gather(1, chosen)
            parents = chosen // beam + torch.arange(len(sentence))[:, None] * width
            ends = (chosen_tokens == EOS) | (length >= longest[sentence])[:, None]
            ends &= scores > float("-inf")
            normalised = torch.where(ends, scores / length, torch.tensor(float("-inf")))
            top, place = normalised.max(dim=1)
            for i in torch.nonzero(top > best_score[sentence]).flatten().tolist():
                line = int(sentence[i])
                best_score[line] = top[i]
                best_end[line] = (length - 1, int(chosen_tokens[i, place[i]]),
                                  int(parents[i, place[i]]))
            places -= ends.sum(dim=1)
            alive = scores.masked_fill(ends, float("-inf"))
            open_ = alive.max(dim=1).values / longest[sentence] > best_score[sentence]
            history.append((chosen_tokens, parents, open_))
            kept = torch.nonzero(open_).flatten()
            if len(kept) < len(sentence):
                alive, chosen_tokens, parents = alive[kept], chosen_tokens[kept], parents[kept]
                places, sentence = places[kept], sentence[kept]
                annotations, keys, padding = annotations[kept], keys[kept], padding[kept]
            rows_of.append(kept)
            tokens = chosen_tokens.reshape(-1)
            state = state[parents.reshape(-1)]
        return [self.follow(end, history, rows_of, beam) for end in best_end]

    @staticmethod
    def follow(end, history, rows_of, beam):
        """Back pointers: rows of step t count the sentences that were open after step t − 1."""
        step, token, row = end
        result = [token]
        while step > 0:
            step -= 1
            chosen_tokens, parents, _ = history[step]
            sentence = int(rows_of[step][row // beam])
            result.append(int(chosen_tokens[sentence, row % beam]))
            row = int(parents[sentence, row % beam])
        result.reverse()
        return result


def run_pytorch(translator, sources, beam, batch_size):
    """Translations, seconds, and seconds of each batch."""
    order = sorted(range(len(sources)), key=lambda i: -len(sources[i]))
    results, laps = [None] * len(sources), []
    started = time.perf_counter()
    with torch.no_grad():
        for begin in range(0, len(order), batch_size):
            lap = time.perf_counter()
            lines = order[begin:begin + batch_size]
            found = translator.search([sources[i] for i in lines], beam)
            for line, tokens in zip(lines, found):
                results[line] = tokens
            laps.append(time.perf_counter() - lap)
    return results, time.perf_counter() - started, laps


def run_talmach(program, arguments, precision, beam, batch_size, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as text:
        text.writelines(line + "\n" for line in lines)
        text.flush()
        command = [program, "benchmark", "translate", "-m", str(arguments.model), "-i", text.name,
                   "-b", str(beam), "--precision", precision, "--json", "--quiet"]
        command += ["--one-by-one"] if batch_size == 1 else ["--mini-batch", str(batch_size)]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def tokenize(program, directory, path):
    """Lines and their token ids with </s>."""
    ids = {piece: i for i, piece in enumerate(read_pieces(directory / "source.spm"))}
    output = subprocess.run([program, "tokenizer", "encode", "-m", str(directory / "source.spm"),
                             "-i", str(path), "--quiet"], check=True, capture_output=True).stdout
    pieces = output.decode().removesuffix("\n").split("\n")
    return [[ids.get(piece, UNK) for piece in line.split(" ")] + [EOS] for line in pieces]


def share_of_equal_lines(program, arguments, tokens, lines):
    pieces = read_pieces(arguments.model / "target.spm")
    ours = subprocess.run([program, "translate", "-m", str(arguments.model), "--quiet"],
                          input="\n".join(lines) + "\n", text=True, check=True,
                          capture_output=True).stdout.removesuffix("\n").split("\n")
    theirs = ["".join(pieces[t] for t in line if t != EOS).replace("▁", " ").strip()
              for line in tokens]
    return sum(a == b for a, b in zip(ours, theirs)) / len(ours)


def text_of(values):
    return f"{statistics.median(values):8.1f}  ({min(values):.1f} to {max(values):.1f})"


def compare(arguments, name, sources, lines, beam, batch_size, unit):
    """Measures both sides one after the other, so that noise meets both, and prints."""
    theirs = {precision: [] for precision in arguments.pytorch}
    ours = {precision: [] for precision in arguments.precision}
    for repeat in range(arguments.repeat):
        for precision, translator in arguments.pytorch.items():
            run_pytorch(translator, sources[:2 * batch_size], beam, batch_size)
            found, seconds, laps = run_pytorch(translator, sources, beam, batch_size)
            tokens = sum(map(len, found))
            theirs[precision].append(
                1e3 * statistics.median(laps) if unit == "ms" else tokens / seconds)
            if repeat == 0 and beam == 5 and batch_size > 1:
                share = share_of_equal_lines(arguments.talmach, arguments, found, lines)
                print(f"{name}: {100 * share:.1f} % of PyTorch's {precision} lines are Talmach's "
                      "float32 lines")
        for precision in arguments.precision:
            result = run_talmach(arguments.talmach, arguments, precision, beam, batch_size, lines)
            ours[precision].append(result["median_milliseconds" if unit == "ms"
                                          else "output_tokens_per_second"])
    for precision, values in theirs.items():
        print(f"{name:22} PyTorch {precision:9} {text_of(values)} {unit}")
    for precision, values in ours.items():
        ratios = []
        for other, others in theirs.items():
            pairs = zip(values, others)
            ratio = statistics.median((b / a if unit == "ms" else a / b) for a, b in pairs)
            ratios.append(f"{ratio:.2f} × {other}")
        print(f"{name:22} Talmach {precision:9} {text_of(values)} {unit}   {', '.join(ratios)}",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--talmach", default=str(ROOT / "build/release/bin/talmach"))
    parser.add_argument("-m", "--model", type=Path, required=True, help="model directory")
    parser.add_argument("-i", "--input", type=Path, required=True, help="text to translate")
    parser.add_argument("--lines", type=int, default=1000, help="of the text, for batches")
    parser.add_argument("--single-lines", type=int, default=100, help="of it, one by one")
    parser.add_argument("--repeat", type=int, default=5, help="measurements of each kind")
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16", "int8"])
    parser.add_argument("--only", nargs="+", choices=["beam", "greedy", "single"],
                        default=["beam", "greedy", "single"])
    arguments = parser.parse_args()
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    arguments.pytorch = {"float32": Translator(arguments.model, torch.float32),
                         "bfloat16": Translator(arguments.model, torch.bfloat16)}
    lines = arguments.input.read_text().split("\n")[:arguments.lines]
    sources = tokenize(arguments.talmach, arguments.model, arguments.input)[:arguments.lines]
    print(f"{len(lines)} lines, {torch.get_num_threads()} threads, {platform.machine()}, "
          f"PyTorch {torch.__version__}")
    if "beam" in arguments.only:
        compare(arguments, "beam 5, 64 sentences", sources, lines, 5, 64, "tokens/s")
    if "greedy" in arguments.only:
        compare(arguments, "greedy, 64 sentences", sources, lines, 1, 64, "tokens/s")
    if "single" in arguments.only:
        few = arguments.single_lines
        compare(arguments, "beam 5, one by one", sources[:few], lines[:few], 5, 1, "ms")


if __name__ == "__main__":
    main()
