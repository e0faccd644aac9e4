#!/usr/bin/env python3
"""Runs `talmach evaluate` for every row of a scores.json and compares what it says.

See check_golden_metrics.sh. A row names the file, the number of references, the metric with its
options, and the figures to be met.
"""

import json
import math
import pathlib
import subprocess
import sys

TOLERANCE = 1e-9
# Members of a row that are figures, by metric.
FIGURES = {
    "bleu": ["score", "precisions", "bp", "counts", "totals", "sys_len", "ref_len"],
    "chrf": ["score"],
    "ter": ["score", "num_edits", "ref_length"],
}


def flags_of(row):
    """The flags that ask for a row's metric."""
    metric = row["metric"]
    if metric == "bleu":
        flags = ["-m", "bleu", "--tokenize", row["tokenize"], "--smooth-method", row["smooth"]]
        return flags + (["--lowercase"] if row["lowercase"] else [])
    if metric == "chrf":
        flags = ["-m", "chrf", "--chrf-word-order", str(row["word_order"])]
        flags += ["--chrf-beta", str(row["beta"])]
        return flags + (["--chrf-lowercase"] if row["lowercase"] else [])
    if metric == "ter":
        names = ["normalized", "no_punct", "asian_support", "case_sensitive"]
        return ["-m", "ter"] + [f"--ter-{n}".replace("_", "-") for n in names if row[n]]
    if metric == "sentence_bleu":
        return ["-m", "bleu", "--sentence-level", "--format", "json"]
    raise SystemExit(f"scores.json: unknown metric {metric!r}")


def evaluate(program, folder, row):
    """What the program prints for a row, as text."""
    name = row["file"]
    references = [str(folder / f"{name}.ref{i}") for i in range(row["nrefs"])]
    command = [program, "evaluate", "--quiet", "--force", "-r", *references]
    command += ["-i", str(folder / f"{name}.hyp"), *flags_of(row)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def is_close(got, expected):
    if isinstance(expected, list):
        return len(got) == len(expected) and all(map(is_close, got, expected))
    if isinstance(expected, int):
        return got == expected
    return math.isclose(got, expected, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def without_version(signature):
    """Signatures end in the version of the program that wrote them."""
    return signature.rsplit("|version:", 1)[0]


def differences(row, output):
    """Yields a text for every figure that is not met."""
    if row["metric"] == "sentence_bleu":
        lines = [json.loads(line) for line in output.splitlines()]
        got = {"scores": [line["score"] for line in lines[: row["lines"]]]}
        got["signature"] = lines[0]["signature"]
        names = ["scores"]
    else:
        got = json.loads(output)
        names = FIGURES[row["metric"]]
    for name in names:
        if not is_close(got[name], row[name]):
            yield f"{name}: expected {row[name]}, got {got[name]}"
    if without_version(got["signature"]) != without_version(row["signature"]):
        yield f"signature: expected {row['signature']}, got {got['signature']}"


def main():
    folder, program = pathlib.Path(sys.argv[1]), sys.argv[2]
    rows = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    failed = 0
    for number, row in enumerate(rows):
        problems = list(differences(row, evaluate(program, folder, row)))
        failed += bool(problems)
        for problem in problems:
            print(f"row {number} ({row['file']} {row['signature']}): {problem}")
    print(f"check_golden_metrics: {len(rows) - failed} rows equal, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
