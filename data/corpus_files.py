"""What the generators of the bundled corpora have in common: they write files, or compare them."""

import argparse
import pathlib
import sys


def main(script, description, make):
    """Runs a generator: `make()` gives {file name: its text} and a list of faults in them, in words.

    Writes the files beside `script`, or compares them. Returns the exit code.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the files, write nothing")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path(script).parent)
    arguments = parser.parse_args()
    texts, faults = make()
    if arguments.check:
        faults = faults + [f"{name}: differs from what generate.py writes"
                           for name, text in texts.items()
                           if not _holds(arguments.output / name, text)]
    elif not faults:
        arguments.output.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (arguments.output / name).write_text(text, encoding="utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _holds(path, text):
    return path.exists() and path.read_text(encoding="utf-8") == text
