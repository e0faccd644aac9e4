#!/usr/bin/env python3
"""Writes sequences of twelve letters of which two, the third and the eighth, decide the answer.

usage: generate.py [--check] [--output DIR]

The same seed gives the same bytes; --check compares the files instead of writing them.
"""

import argparse
import pathlib
import random
import sys

_SEED = 38
_SIZES = {"train": 8000, "valid": 300, "test": 500}
_LETTERS = "acgt"
_ANSWERS = ("north", "east", "south", "west")
_LENGTH = 12
_DECIDING = (2, 7)  # from 0


def answer(letters):
    """The sum of the numbers of the deciding letters, modulo four: neither tells it alone."""
    total = sum(_LETTERS.index(letters[position]) for position in _DECIDING)
    return _ANSWERS[total % len(_ANSWERS)]


def corpus():
    """{"train": [(letters, answer), …], …}; no sequence comes twice."""
    rng = random.Random(_SEED)
    seen, parts = set(), {}
    for name, size in _SIZES.items():
        parts[name] = []
        while len(parts[name]) < size:
            letters = tuple(rng.choices(_LETTERS, k=_LENGTH))
            if letters not in seen:
                seen.add(letters)
                parts[name].append((letters, answer(letters)))
    return parts


def files(parts):
    """{file name: its text}."""
    texts = {}
    for name, pairs in parts.items():
        texts[name + ".letters"] = "".join(" ".join(letters) + "\n" for letters, _ in pairs)
        texts[name + ".answer"] = "".join(word + "\n" for _, word in pairs)
    links = " ".join(f"{position}-0" for position in _DECIDING)
    texts["test.links"] = (links + "\n") * _SIZES["test"]
    return texts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the files, write nothing")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    arguments = parser.parse_args()
    different = 0
    for name, text in files(corpus()).items():
        path = arguments.output / name
        if not arguments.check:
            arguments.output.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{name}: differs from what generate.py writes", file=sys.stderr)
            different = 1
    return different


if __name__ == "__main__":
    sys.exit(main())
