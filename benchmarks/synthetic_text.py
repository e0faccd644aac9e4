#!/usr/bin/env python3
"""Makes parallel text of any size for measurements, and a tokenizer that cuts it at its spaces.

    benchmarks/synthetic_text.py --lines 5000000 --prefix /tmp/big
    talmach benchmark train -c configs/reference.yaml --set data.train.source=/tmp/big.source \\
        data.train.target=/tmp/big.target tokenizer.source_model=/tmp/big.spm \\
        tokenizer.target_model=/tmp/big.spm

Words are drawn from a vocabulary by Zipf's law (the r-th word with weight 1 / r), sentence lengths
from a normal distribution. The text has no meaning and the two sides have nothing to do with each
other: speed and memory do not depend on that. The same arguments make the same files. Every word is
one piece of the SentencePiece model, so that lengths and vocabulary sizes are what was asked for.
"""

import argparse
import itertools
import random
import struct
from pathlib import Path

LETTERS = "abcdefghijklmnopqrstuvwxyz"
POOL = 20000  # half sentences from which whole ones are joined


def make_words(count):
    """`count` distinct words, short ones first."""
    names = (("".join(letters)) for length in itertools.count(1)
             for letters in itertools.product(LETTERS, repeat=length))
    return list(itertools.islice(names, count))


class TextMaker:
    """Draws sentences of about `length` words from a vocabulary."""

    def __init__(self, words, length, spread, seed):
        self.random = random.Random(seed)
        weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
        self.halves = []
        for _ in range(POOL):
            number = max(1, round(self.random.gauss(length / 2, spread / 2 ** 0.5)))
            self.halves.append(" ".join(self.random.choices(words, cum_weights=weights, k=number)))

    def write(self, path, lines):
        choose = self.random.choice
        with open(path, "w", encoding="utf-8") as file:
            for _ in range(lines):
                file.write(f"{choose(self.halves)} {choose(self.halves)}\n")


# A SentencePiece model is a message in protobuf's wire format (sentencepiece_model.proto): pieces
# (field 1) of text (1), score (2) and type (3: 1 normal, 2 unknown, 3 control).

def varint(number):
    data = bytearray()
    while number > 0x7F:
        data.append(number & 0x7F | 0x80)
        number >>= 7
    data.append(number)
    return bytes(data)


def delimited(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def piece(text, score, kind):
    return delimited(1, delimited(1, text.encode()) + b"\x15" + struct.pack("<f", score) +
                     b"\x18" + varint(kind))


def write_tokenizer(path, words):
    """A unigram model whose pieces are <unk>, <s>, </s> and the words."""
    model = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3)
    model += b"".join(piece("\u2581" + word, -1.0, 1) for word in words)
    trainer = b"\x18\x01"  # model_type: unigram
    normalizer = delimited(1, b"identity")
    Path(path).write_bytes(model + delimited(2, trainer) + delimited(3, normalizer))


def make_text(prefix, lines, vocabulary, length, spread, seed=1):
    """Writes PREFIX.source, PREFIX.target and PREFIX.spm with `vocabulary` pieces."""
    words = make_words(vocabulary - 3)
    write_tokenizer(f"{prefix}.spm", words)
    for number, side in enumerate(("source", "target")):
        TextMaker(words, length, spread, 2 * seed + number).write(f"{prefix}.{side}", lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--prefix", required=True, help="of the three files")
    parser.add_argument("--lines", type=int, default=29000)
    parser.add_argument("--vocabulary", type=int, default=8000, help="pieces")
    parser.add_argument("--length", type=float, default=13, help="mean words of a sentence")
    parser.add_argument("--spread", type=float, default=4, help="standard deviation of the length")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    make_text(**vars(arguments))


if __name__ == "__main__":
    main()
