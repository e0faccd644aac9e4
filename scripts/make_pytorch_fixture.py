#!/usr/bin/env python3
"""Writes tests/golden/pytorch_*.safetensors: parameters, a batch, and what PyTorch makes of them.

An independent implementation of docs/model.md with torch.gru_cell and autograd, computed in
float64 from float32 parameters and stored as float32. Each file holds
the parameters under the names of model.safetensors, the batch (`batch.source.{i}`,
`batch.target.{i}`), and for each pair `logits.{i}` [T, V] and `attention.{i}` [T, S], the loss
`loss` (summed, label-smoothed) and for each parameter p its gradient `gradient.{p}`.

Needs Debian's python3-torch and python3-numpy:
    python3 scripts/make_pytorch_fixture.py tests/golden
"""

import json
import struct
import sys

import numpy as np
import torch

V, E, H, A, R, LAYERS = 13, 6, 5, 7, 6, 2
SMOOTHING = 0.1
PAIRS = [([5, 3, 9, 2], [4, 8, 2]), ([7, 2], [6, 3, 11, 12, 2]), ([10, 4, 3, 8, 6, 2], [5, 2])]


def write_safetensors(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        size = 4 * array.size
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(array.astype(np.float32).tobytes())


def gru_shapes(name, inputs, layer_norm):
    shapes = {f"{name}.weight_ih": (3 * H, inputs), f"{name}.weight_hh": (3 * H, H),
              f"{name}.bias_ih": (3 * H,), f"{name}.bias_hh": (3 * H,)}
    if layer_norm:
        for part in ("ih", "hh"):
            shapes[f"{name}.layer_norm_{part}.weight"] = (3 * H,)
            shapes[f"{name}.layer_norm_{part}.bias"] = (3 * H,)
    return shapes


def parameter_shapes(kind, layer_norm):
    shapes = {"embedding.weight": (V, E)}
    for layer in range(LAYERS):
        for direction in ("forward", "backward"):
            shapes |= gru_shapes(f"encoder.layers.{layer}.{direction}", E if layer == 0 else 2 * H,
                                 layer_norm)
    shapes |= {"decoder.initial_state.weight": (H, 2 * H), "decoder.initial_state.bias": (H,)}
    if kind == "bahdanau":
        shapes |= gru_shapes("decoder.cell", E + 2 * H, layer_norm)
    else:
        shapes |= gru_shapes("decoder.cell1", E, layer_norm)
        shapes |= gru_shapes("decoder.cell2", 2 * H, layer_norm)
    shapes |= {"decoder.attention.query.weight": (A, H), "decoder.attention.key.weight": (A, 2 * H),
               "decoder.attention.bias": (A,), "decoder.attention.scale": (A,),
               "decoder.readout.state.weight": (R, H), "decoder.readout.embedding.weight": (R, E),
               "decoder.readout.context.weight": (R, 2 * H), "decoder.readout.bias": (R,),
               "output.bias": (V,)}
    return shapes


class Twin:
    """The model, one sentence at a time."""

    def __init__(self, kind, layer_norm, parameters):
        self.kind, self.layer_norm, self.p = kind, layer_norm, parameters

    def gru(self, name, x, h):
        p = self.p
        if not self.layer_norm:
            return torch.gru_cell(x[None], h[None], p[f"{name}.weight_ih"], p[f"{name}.weight_hh"],
                                  p[f"{name}.bias_ih"], p[f"{name}.bias_hh"])[0]
        gates = {}
        for part, value in (("ih", x), ("hh", h)):
            product = p[f"{name}.weight_{part}"] @ value + p[f"{name}.bias_{part}"]
            normed = torch.nn.functional.layer_norm(product.view(3, H), (H,), eps=1e-5).view(-1)
            gates[part] = (normed * p[f"{name}.layer_norm_{part}.weight"]
                           + p[f"{name}.layer_norm_{part}.bias"]).view(3, H)
        reset = torch.sigmoid(gates["ih"][0] + gates["hh"][0])
        update = torch.sigmoid(gates["ih"][1] + gates["hh"][1])
        candidate = torch.tanh(gates["ih"][2] + reset * gates["hh"][2])
        return (1 - update) * candidate + update * h

    def encode(self, source):
        states = self.p["embedding.weight"][source]
        for layer in range(LAYERS):
            name, count = f"encoder.layers.{layer}", len(source)
            forward, backward = [None] * count, [None] * count
            h = torch.zeros(H)
            for j in range(count):
                h = forward[j] = self.gru(name + ".forward", states[j], h)
            h = torch.zeros(H)
            for j in reversed(range(count)):
                h = backward[j] = self.gru(name + ".backward", states[j], h)
            states = torch.stack([torch.cat(both) for both in zip(forward, backward)])
        return states

    def attend(self, query, annotations):
        p, name = self.p, "decoder.attention"
        hidden = torch.tanh(annotations @ p[f"{name}.key.weight"].T
                            + p[f"{name}.query.weight"] @ query + p[f"{name}.bias"])
        weights = torch.softmax(hidden @ p[f"{name}.scale"], dim=0)
        return weights, weights @ annotations

    def run(self, source, target):
        p = self.p
        annotations = self.encode(source)
        state = torch.tanh(p["decoder.initial_state.weight"] @ annotations.mean(0)
                           + p["decoder.initial_state.bias"])
        logits, attention = [], []
        for previous in [1] + target[:-1]:
            embedding = p["embedding.weight"][previous]
            if self.kind == "bahdanau":
                weights, context = self.attend(state, annotations)
                state = self.gru("decoder.cell", torch.cat([embedding, context]), state)
            else:
                moved = self.gru("decoder.cell1", embedding, state)
                weights, context = self.attend(moved, annotations)
                state = self.gru("decoder.cell2", context, moved)
            readout = torch.tanh(p["decoder.readout.state.weight"] @ state
                                 + p["decoder.readout.embedding.weight"] @ embedding
                                 + p["decoder.readout.context.weight"] @ context
                                 + p["decoder.readout.bias"])
            logits.append(p["embedding.weight"] @ readout + p["output.bias"])
            attention.append(weights)
        return torch.stack(logits), torch.stack(attention)


def make_fixture(kind, layer_norm, path):
    generator = torch.Generator().manual_seed(20150519)
    parameters = {}
    for name, shape in parameter_shapes(kind, layer_norm).items():
        value = 0.7 * torch.randn(shape, generator=generator, dtype=torch.float32)
        if "layer_norm" in name and name.endswith("weight"):
            value += 1
        parameters[name] = value.double().requires_grad_()
    twin = Twin(kind, layer_norm, parameters)
    tensors = {name: value.detach().numpy() for name, value in parameters.items()}
    loss = torch.zeros(())
    for i, (source, target) in enumerate(PAIRS):
        logits, attention = twin.run(source, target)
        loss = loss + torch.nn.functional.cross_entropy(
            logits, torch.tensor(target), reduction="sum", label_smoothing=SMOOTHING)
        tensors[f"batch.source.{i}"] = np.array(source, np.float32)
        tensors[f"batch.target.{i}"] = np.array(target, np.float32)
        tensors[f"logits.{i}"] = logits.detach().numpy()
        tensors[f"attention.{i}"] = attention.detach().numpy()
    loss.backward()
    tensors["loss"] = loss.detach().numpy().reshape(1)
    for name, value in parameters.items():
        tensors[f"gradient.{name}"] = value.grad.numpy()
    write_safetensors(path, tensors, {"made_by": "scripts/make_pytorch_fixture.py",
                                      "torch": torch.__version__})
    print(path)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_default_dtype(torch.float64)
    for kind in ("bahdanau", "conditional"):
        for layer_norm in (False, True):
            suffix = "_layer_norm" if layer_norm else ""
            make_fixture(kind, layer_norm, f"{sys.argv[1]}/pytorch_{kind}{suffix}.safetensors")


if __name__ == "__main__":
    main()
