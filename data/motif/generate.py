#!/usr/bin/env python3
"""Writes sequences of twelve letters of which two, the third and the eighth, decide the answer.

usage: generate.py [--check] [--output DIR]

The same seed gives the same bytes; --check compares the files instead of writing them.
"""

import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import corpus_files  # noqa: E402

_SEED = 38
_SIZES = {"train": 8000, "valid": 300, "test": 500}
_LETTERS = "acgt"
_ANSWERS = ("north", "east", "south", "west")
_LENGTH = 12
_DECIDING = (2, 7)  # from 0


def answer(letters):
    """The sum of the numbers of the deciding letters, modulo four: neither decides it alone."""
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


if __name__ == "__main__":
    sys.exit(corpus_files.main(__file__, __doc__, lambda: (files(corpus()), [])))
