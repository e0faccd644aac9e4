#!/usr/bin/env python3
"""Compares the significance tests of `talmach evaluate` with the same definitions in Python.

    scripts/measure_significance.py REFERENCES BASELINE SYSTEM
                                    [--program build/release/bin/talmach] [--trials 1000]

Both sides draw their own random numbers, so figures agree within Monte-Carlo error only: a p-value
p has the standard error sqrt(p (1 - p) / trials), an interval's width about three percent.
"""

import argparse
import json
import math
import random
import statistics
import subprocess

from measure_metrics import count_ngrams, tokenize_13a


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


def total(rows):
    return [sum(column) for column in zip(*rows)]


def interval(scores):
    scores = sorted(scores)
    outside = len(scores) // 40
    return statistics.mean(scores), (scores[-outside - 1] - scores[outside]) / 2


def share_above(values, limit):
    return (sum(value > limit for value in values) + 1) / (len(values) + 1)


def bootstrap(tables, difference, trials):
    """The interval of the system, and the p-value of the pair."""
    lines, scores = range(len(tables[0])), ([], [])
    for _ in range(trials):
        drawn = random.choices(lines, k=len(lines))
        for table, kept in zip(tables, scores):
            kept.append(bleu(total([table[line] for line in drawn])))
    departures = [abs(system - baseline) for baseline, system in zip(*scores)]
    mean = statistics.mean(departures)
    return interval(scores[1]), share_above([d - mean for d in departures], difference)


def randomisation(tables, difference, trials):
    differences = []
    for _ in range(trials):
        pairs = [(a, b) if random.random() < 0.5 else (b, a) for a, b in zip(*tables)]
        first, second = (bleu(total(side)) for side in zip(*pairs))
        differences.append(abs(first - second))
    return share_above(differences, difference)


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
    tables = [list(map(line_statistics, text, texts[0])) for text in texts[1:]]
    difference = abs(bleu(total(tables[0])) - bleu(total(tables[1])))
    (mean, half_width), p_bootstrap = bootstrap(tables, difference, arguments.trials)
    p_randomisation = randomisation(tables, difference, arguments.trials)
    ours, random_ours = run_program(arguments, "bs"), run_program(arguments, "ar")
    print(f"{'':28}{'Python':>18}{'talmach':>18}")
    for name, theirs, mine in (
        ("mean of the resamples", mean, ours["mean"]),
        ("half width, 95 %", half_width, ours["ci"]),
        ("p, paired bootstrap", p_bootstrap, ours["p_value"]),
        ("p, paired randomisation", p_randomisation, random_ours["p_value"]),
    ):
        print(f"{name:28}{theirs:18.4f}{mine:18.4f}")


if __name__ == "__main__":
    main()
