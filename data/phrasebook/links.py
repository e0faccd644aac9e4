#!/usr/bin/env python3
"""Prints the true word links of a part of the phrasebook, a line per pair: for guided alignment.

usage: links.py train|valid|test > train.links
"""

import argparse
import sys

import generate


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["train", "valid", "test"])
    part = parser.parse_args().part
    sys.stdout.writelines(pair.links + "\n" for pair in generate.corpus()[part])


if __name__ == "__main__":
    main()
