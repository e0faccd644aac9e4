"""n lines in, n lines out, in order, whatever they hold.

Files of random lines of every nasty kind go through `translate`. Whatever the batch size, the order
of the lines, the number of threads and the kind of search, each line must come out as when it is
translated alone. The other commands that give a line for each line must do so, too: `score`,
`align`, `tokenizer encode` and `decode`, `evaluate --sentence-level`.

Usage: line_contract_test.py PATH/TO/talmach [--lines N] [--seed N]
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile

import toy

WORDS = ["dog", "cat", "sees", "finds", "a", "small", "house"]

# Each makes the bytes of one line, without its end.
KINDS = {
    "words": lambda rng: " ".join(rng.choices(WORDS, k=rng.randint(1, 12))).encode(),
    "empty": lambda rng: b"",
    "blank": lambda rng: rng.choice([b" ", b"\t", b"   ", "\u3000".encode(), "\u00a0".encode()]),
    "carriage return": lambda rng: b"dog sees cat\r",
    "inner carriage return": lambda rng: b"dog\rsees cat",
    "line separators": lambda rng: "dog\u2028sees\u2029cat\u0085a\x0bhouse\x0c".encode(),
    "null": lambda rng: b"dog\x00sees",
    "control": lambda rng: bytes(rng.choices(range(1, 10), k=5)) + b"cat",
    "invalid": lambda rng: b"dog \xff\xfe\xc3 cat \xed\xa0\x80",
    "bytes": lambda rng: bytes(b for b in rng.choices(range(256), k=30) if b != 10),
    "mark": lambda rng: "\ufeffdog sees".encode(),
    "emoji": lambda rng: "dog 👩‍👩‍👧‍👦 sees 🏳️‍🌈".encode(),
    "right to left": lambda rng: "كلب يرى قطة \u202e dog".encode(),
    "combining": lambda rng: ("d" + "\u0301" * 200 + "og").encode(),
    "special pieces": lambda rng: "<unk> <s> </s> <pad> ▁dog ▁".encode(),
    "separators": lambda rng: b"dog ||| cat ||| sees",
    "options": lambda rng: b"--help -m / ../.. $(true) %s {} {0}",
    "long": lambda rng: " ".join(rng.choices(WORDS, k=300)).encode(),
    "long word": lambda rng: b"d" * 5000,
}


def fail(message):
    sys.exit(f"line_contract_test.py: {message}")


class Model:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        rng = random.Random(1)
        toy.write_corpus(folder, rng)
        toy.write_config(folder)
        self.run(["train", "-c", "config.yaml", "-m", "model", "--max-updates", "60"], b"")

    def run(self, arguments, data):
        result = subprocess.run([self.program, *arguments, "--quiet"], cwd=self.folder, input=data,
                                capture_output=True, timeout=600)
        if result.returncode != 0:
            fail(f"{arguments}: exit {result.returncode}: {result.stderr.decode()}")
        return result.stdout

    def translate(self, lines, *flags, end=b"\n"):
        """The output lines for these input lines; there must be as many."""
        output = self.run(["translate", "-m", "model", "--max-length", "40", *flags],
                          b"\n".join(lines) + (end if lines else b""))
        if not lines:
            return output.split(b"\n")[:-1]
        if not output.endswith(b"\n"):
            fail(f"{flags}: the output does not end its last line")
        translations = output[:-1].split(b"\n")
        if len(translations) != len(lines):
            fail(f"{flags}: {len(lines)} lines in, {len(translations)} out")
        return translations


    def convert(self, lines, command, *files):
        """The output lines of a command that reads `lines` as the file `text`; as many lines."""
        with open(os.path.join(self.folder, "text"), "wb") as file:
            file.write(b"\n".join(lines) + b"\n")
        output = self.run([*command, *files], b"").split(b"\n")
        if output.pop() != b"" or len(output) != len(lines):
            fail(f"{command}: {len(lines)} lines in, {len(output)} out")
        return output


def is_text(line):
    try:
        return "\0" not in line.decode() and line.decode().strip() != ""
    except UnicodeDecodeError:
        return False


def check_other_commands(model, lines, translations):
    """Each line gets what it gets in the opposite order, but where all lines count together."""
    tokenizer = os.path.join("model", "source.spm")
    with open(os.path.join(model.folder, "other"), "wb") as file:
        file.write(b"\n".join(translations) + b"\n")
    model.convert(lines, ["align"], "-s", "text", "-t", "other")
    model.convert(lines, ["align"], "-s", "other", "-t", "text")
    text = [line for line in lines if is_text(line)]  # evaluate refuses the others
    for command in (["tokenizer", "encode", "-m", tokenizer, "-i", "text"],
                    ["tokenizer", "decode", "-m", tokenizer, "-i", "text"],
                    ["score", "-m", "model", "-s", "text", "-t", "text"],
                    ["align", "-m", "model", "-s", "text", "-t", "text"],
                    ["evaluate", "--sentence-level", "-r", "text", "-i", "text"],
                    ["evaluate", "--sentence-level", "-m", "ter", "-r", "text", "-i", "text"]):
        read = text if command[0] == "evaluate" else lines
        forwards = model.convert(read, command)
        opposite = model.convert([read[0]] + read[:0:-1], command)
        compare(read, forwards, [opposite[0]] + opposite[:0:-1], command)


def compare(lines, expected, actual, what):
    for line, wanted, got in zip(lines, expected, actual):
        if wanted != got:
            fail(f"{what}: {line!r} became {got!r}; expected {wanted!r}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    kinds = list(KINDS) + rng.choices(list(KINDS), k=max(0, arguments.lines - len(KINDS)))
    rng.shuffle(kinds)
    # A byte order mark at the very beginning is dropped, so the file begins with words.
    lines = [b"dog sees cat"] + [KINDS[kind](rng) for kind in kinds]
    with tempfile.TemporaryDirectory() as folder:
        model = Model(arguments.program, folder)
        expected = model.translate(lines)
        if len(set(expected)) < 5:
            fail("the model translates everything alike; expected different lines")
        for line, translation in zip(lines, expected):
            if not line.strip() and translation:
                fail(f"an empty line became {translation!r}")

        for flags in (["--mini-batch", "1"], ["--mini-batch", "7", "--threads", "1"],
                      ["--threads", "3"]):
            compare(lines, expected, model.translate(lines, *flags), flags)
        compare(lines, expected, model.translate(lines, end=b""), "no final newline")
        order = list(range(1, len(lines)))
        rng.shuffle(order)
        shuffled = model.translate([lines[0]] + [lines[i] for i in order])
        compare([lines[i] for i in order], [expected[i] for i in order], shuffled[1:], "shuffled")
        for i in rng.sample(range(len(lines)), 10):
            alone = model.translate([b"dog", lines[i]])[1]
            compare([lines[i]], [expected[i]], [alone], "alone")
        greedy = model.translate(lines, "--beam-size", "1")
        compare(lines, greedy, model.translate(lines, "--beam-size", "1", "--mini-batch", "5"),
                "greedy")
        check_other_commands(model, lines, expected)
        if model.translate([]):
            fail("nothing in, something out")
    print(f"{len(lines)} lines of {len(KINDS)} kinds kept their number, order and translation")


if __name__ == "__main__":
    main()
