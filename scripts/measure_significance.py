#!/usr/bin/env python3
"""Compares the significance tests of `talmach evaluate` with sacreBLEU's, done in numpy.

    scripts/measure_significance.py REFERENCES BASELINE SYSTEM
                                    [--program build/release/bin/talmach] [--trials 1000]

Needs numpy (Debian's python3-numpy). sacreBLEU draws resamples from numpy's default generator with
the seed 12345, and adds them up in float32; the functions below do the same to BLEU's statistics.
The program draws the same numbers but adds in float64, so figures should agree in all digits shown.
"""

import argparse
import json
import math
import subprocess

import numpy
from measure_metrics import count_ngrams, tokenize_13a

SEED = 12345


def line_statistics(hypothesis, reference):
    """Lengths, matched n-grams and all n-grams of a line."""
    tokens, expected = tokenize_13a(hypothesis.rstrip()), tokenize_13a(reference.rstrip())
    in_reference, row = count_ngrams(expected), [len(tokens), len(expected)] + [0] * 8
    for gram, count in count_ngrams(tokens).items():
        row[1 + len(gram)] += min(count, in_reference[gram])
        row[5 + len(gram)] += count
    return row


def bleu(sums):
    """Enough for whole corpora: every order has matches."""
    logs = sum(math.log(sums[2 + n] / sums[6 + n]) for n in range(4))
    penalty = min(1, math.exp(1 - sums[1] / sums[0]))
    return 100 * penalty * math.exp(logs / 4)


def interval(scores):
    scores = numpy.sort(scores)
    outside = len(scores) // 40
    return scores.mean(), (scores[-outside - 1] - scores[outside]) / 2


def share_above(values, limit):
    return ((values > limit).sum() + 1) / (len(values) + 1)


def bootstrap(tables, difference, trials):
    """The interval of the system, and the p-value of the pair."""
    count = len(tables[0])
    drawn = numpy.random.default_rng(SEED).choice(count, size=(trials, count), replace=True)
    tables = [table.astype("float32") for table in tables]
    scores = [numpy.array([bleu(table[lines].sum(0)) for lines in drawn]) for table in tables]
    departures = numpy.abs(scores[1] - scores[0])
    return interval(scores[1]), share_above(departures - departures.mean(), difference)


def randomisation(tables, difference, trials):
    shape = (trials, len(tables[0]))
    kept = numpy.random.default_rng(SEED).integers(2, size=shape, dtype=bool)
    first = kept @ tables[0] + ~kept @ tables[1]
    second = ~kept @ tables[0] + kept @ tables[1]
    differences = [abs(bleu(a) - bleu(b)) for a, b in zip(first, second)]
    return share_above(numpy.array(differences), difference)


def run_program(arguments, test):
    command = [arguments.program, "evaluate", "--quiet", "--force", "-r", arguments.references]
    command += ["-i", arguments.baseline, arguments.system, f"--paired-{test}"]
    command += [f"--paired-{test}-n", str(arguments.trials)]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    return json.loads(output)[1]["BLEU"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("references", "baseline", "system"):
        parser.add_argument(name)
    parser.add_argument("--program", default="build/release/bin/talmach")
    parser.add_argument("--trials", type=int, default=1000)
    arguments = parser.parse_args()
    texts = []
    for path in (arguments.references, arguments.baseline, arguments.system):
        with open(path, encoding="utf-8", newline="\n") as file:
            texts.append([line.rstrip("\n") for line in file])
    tables = [numpy.array(list(map(line_statistics, text, texts[0]))) for text in texts[1:]]
    difference = abs(bleu(tables[0].sum(0)) - bleu(tables[1].sum(0)))
    (mean, half_width), p_bootstrap = bootstrap(tables, difference, arguments.trials)
    p_randomisation = randomisation(tables, difference, arguments.trials)
    ours, random_ours = run_program(arguments, "bs"), run_program(arguments, "ar")
    print(f"{'':28}{'numpy':>18}{'talmach':>18}")
    for name, theirs, mine in (
        ("mean of the resamples", mean, ours["mean"]),
        ("half width, 95 %", half_width, ours["ci"]),
        ("p, paired bootstrap", p_bootstrap, ours["p_value"]),
        ("p, paired randomisation", p_randomisation, random_ours["p_value"]),
    ):
        print(f"{name:28}{theirs:18.4f}{mine:18.4f}")


if __name__ == "__main__":
    main()
