"""Makes the model directories that later versions must still read: tests/golden/model_v1*.

usage: python3 scripts/make_golden_model.py PATH/TO/talmach

Run it once for every version of the model or checkpoint format, with the version in the names below
counted up, and commit what it writes beside what is there; files that were released never change.
A toy language is learnt by a model of some thousand parameters; its last checkpoint stays in the
directory, its translations and scores are written down, and it is frozen in int8.
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_GOLDEN = _ROOT / "tests" / "golden"
_VERSION = 1
_UPDATES = 400

sys.path.insert(0, str(_ROOT / "tests" / "integration"))
import toy  # noqa: E402


def varint(data, at):
    """The number at a position of a protobuf message, and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(message):
    """(number, all bytes of the field, content) of a message."""
    at = 0
    while at < len(message):
        begin = at
        tag, at = varint(message, at)
        if tag & 7 == 0:
            _, end = varint(message, at)
        elif tag & 7 == 2:
            size, at = varint(message, at)
            end = at + size
        else:
            end = at + (8 if tag & 7 == 1 else 4)
        yield tag >> 3, message[begin:end], message[at:end]
        at = end


def without_character_map(model):
    """A SentencePiece model without the tables of its normaliser, most of its size."""
    kept = b""
    for number, field, content in fields(model):
        if number == 3:
            spec = b"".join(part for name, part, _ in fields(content) if name not in (1, 2))
            spec += b"\x0a\x08identity"
            field = b"\x1a" + bytes([len(spec)]) + spec
        kept += field
    return kept


def main():
    program = os.path.abspath(sys.argv[1])
    name = f"model_v{_VERSION}"
    with tempfile.TemporaryDirectory() as folder:
        def run(*arguments):
            result = subprocess.run([program, *arguments, "--quiet", "--threads", "1"], cwd=folder,
                                    stdout=subprocess.PIPE, check=True)
            return result.stdout

        toy.write_corpus(folder, random.Random(1))
        toy.write_config(folder)
        sizes = ["model.embedding_size", "model.encoder.hidden_size", "model.decoder.hidden_size",
                 "model.attention.size", "model.readout.size"]
        run("train", "-c", "config.yaml", "-m", name, "--max-updates", str(_UPDATES),
            "--save-every", "0u", "--keep-last", "1", "--learning-rate", "0.02",
            *[word for size in sizes for word in ("--set", size + "=8")])
        for side in ("source.spm", "target.spm"):
            path = pathlib.Path(folder, name, side)
            path.write_bytes(without_character_map(path.read_bytes()))
        for log in ("train.log", "train.jsonl", "train.lock"):
            os.remove(os.path.join(folder, name, log))
        run("model", "convert", "-m", name, "--precision", "int8", "-o", name + "_int8")
        for model in (name, name + "_int8"):
            shutil.rmtree(_GOLDEN / model, ignore_errors=True)
            shutil.copytree(os.path.join(folder, model), _GOLDEN / model)
            config = _GOLDEN / model / "config.yaml"
            config.write_text(config.read_text().replace(folder + "/", "/corpus/"))
            with open(os.path.join(folder, "train.en"), encoding="utf-8") as text:
                lines = "".join(text.readlines()[:20])
            (_GOLDEN / model / "input.txt").write_text(lines)
            (_GOLDEN / model / "expected.txt").write_bytes(
                run("translate", "-m", model, "-i", str(_GOLDEN / model / "input.txt")))
            (_GOLDEN / model / "expected_scores.txt").write_bytes(
                run("score", "-m", model, "-s", str(_GOLDEN / model / "input.txt"), "-t",
                    str(_GOLDEN / model / "expected.txt")))


if __name__ == "__main__":
    main()
