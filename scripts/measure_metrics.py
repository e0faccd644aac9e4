#!/usr/bin/env python3
"""How much faster `talmach evaluate` is than the same algorithms in Python.

    scripts/measure_metrics.py HYPOTHESES REFERENCES [--program build/release/bin/talmach]
                               [--lines 100000] [--python-lines 2000]

The texts are repeated up to --lines lines for the program, whose time includes its start and the
reading of the files. The Python code below is written as such code usually is (regular
expressions, Counter, rows of the edit distance cached by prefix) and scores the first
--python-lines of the same lines, by default, to save time; its time is scaled up and excludes its
start. Both must print the same scores, so this is a check, too.

Two times are compared: seconds by the clock, where the program has all cores and both have what
other programs leave them, and processor seconds, which is what one core would take if left alone.
"""

import argparse
import collections
import itertools
import json
import math
import os
import re
import resource
import subprocess
import tempfile
import time

# --- BLEU, tokenizer 13a, exponential smoothing --------------------------------------------------

STEPS_13A = [
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
]
ENTITIES = [("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]


def tokenize_13a(line):
    line = line.replace("<skipped>", "")
    if "&" in line:
        for entity, character in ENTITIES:
            line = line.replace(entity, character)
    line = f" {line} "
    for pattern, replacement in STEPS_13A:
        line = pattern.sub(replacement, line)
    return line.split()


def count_ngrams(tokens):
    grams = (tuple(tokens[i : i + n]) for n in range(1, 5) for i in range(len(tokens) - n + 1))
    return collections.Counter(grams)


def bleu(hypotheses, references):
    correct, total, lengths = [0] * 4, [0] * 4, [0, 0]
    for hypothesis, reference in zip(hypotheses, references):
        tokens, expected = tokenize_13a(hypothesis.rstrip()), tokenize_13a(reference.rstrip())
        in_reference = count_ngrams(expected)
        lengths[0] += len(tokens)
        lengths[1] += len(expected)
        for gram, count in count_ngrams(tokens).items():
            total[len(gram) - 1] += count
            if gram in in_reference:
                correct[len(gram) - 1] += min(count, in_reference[gram])
    halving, logs = 1, 0.0
    for matched, all_of_them in zip(correct, total):
        if matched == 0:
            halving *= 2
        logs += math.log(matched / all_of_them if matched else 1 / (halving * all_of_them))
    penalty = 1 if lengths[0] >= lengths[1] else math.exp(1 - lengths[1] / lengths[0])
    return 100 * penalty * math.exp(logs / 4)


# --- TER with its search for shifts --------------------------------------------------------------

MAX_LENGTH, MAX_DISTANCE, MAX_TRIED, BEAM = 10, 50, 1000, 25
FAR = 10**9


class Distances:
    """Edit distances to one reference; rows of the matrix are cached by prefix."""

    def __init__(self, reference, num_words):
        self.reference = reference
        self.ratio = len(reference) / num_words if num_words else 1
        wide = BEAM < self.ratio / 2
        self.beam = math.ceil(self.ratio / 2 + BEAM) if wide else BEAM
        self.num_words = num_words
        self.first_row = [(i, "i") for i in range(len(reference) + 1)]
        self.cache = {}

    def rows(self, words):
        rows, node = [self.first_row], self.cache
        for i, word in enumerate(words, 1):
            if word not in node:
                node[word] = ({}, self.next_row(rows[-1], word, i))
            node, row = node[word]
            rows.append(row)
        return rows

    def next_row(self, above, word, i):
        size = len(self.reference) + 1
        diagonal = math.floor(i * self.ratio)
        end = size if i == self.num_words else min(size, diagonal + self.beam)
        row = [(FAR, "x")] * size
        for j in range(max(0, diagonal - self.beam), end):
            if j == 0:
                row[0] = (above[0][0] + 1, "d")
                continue
            best = row[j]
            if word == self.reference[j - 1]:
                options = ((above[j - 1][0], " "),)
            else:
                options = ((above[j - 1][0] + 1, "s"),)
            for option in options + ((above[j][0] + 1, "d"), (row[j - 1][0] + 1, "i")):
                if option[0] < best[0]:
                    best = option
            row[j] = best
        return row

    def of(self, words):
        return self.rows(words)[-1][-1][0]


def align(rows):
    i, j = len(rows) - 1, len(rows[0]) - 1
    aligned, word_errors, place_errors = [0] * j, [1] * i, [1] * j
    while i or j:
        step = rows[i][j][1]
        if step in " s":
            i, j = i - 1, j - 1
            aligned[j] = i
            word_errors[i] = place_errors[j] = int(step == "s")
        elif step == "d":
            i -= 1
        else:
            j -= 1
            aligned[j] = i - 1
    return aligned, word_errors, place_errors


def moved(words, start, length, target):
    end = start + length
    block = words[start:end]
    if target < start:
        return words[:target] + block + words[target:start] + words[end:]
    behind = target if target > end else length + target
    return words[:start] + words[end:behind] + block + words[behind:]


def matching_blocks(words, reference):
    for start, place in itertools.product(range(len(words)), range(len(reference))):
        if abs(start - place) > MAX_DISTANCE:
            continue
        for length in range(1, MAX_LENGTH + 1):
            if start + length > len(words) or place + length > len(reference):
                break
            if words[start + length - 1] != reference[place + length - 1]:
                break
            yield start, place, length


def best_shift(words, reference, distances, tried):
    rows = distances.rows(words)
    aligned, word_errors, place_errors = align(rows)
    best = None
    for start, place, length in matching_blocks(words, reference):
        if not any(word_errors[start : start + length]):
            continue
        if not any(place_errors[place : place + length]):
            continue
        if start <= aligned[place] < start + length:
            continue
        previous = -1
        for near in range(place - 1, place + length):
            target = 0 if near < 0 else aligned[near] + 1
            if target == previous:
                continue
            previous = target
            shifted = moved(words, start, length, target)
            gain = rows[-1][-1][0] - distances.of(shifted)
            tried += 1
            candidate = (gain, length, -start, -target, shifted)
            if best is None or candidate > best:
                best = candidate
        if tried >= MAX_TRIED:
            break
    return best, tried


def count_edits(words, reference):
    if not reference:
        return len(words)
    distances, shifts, tried = Distances(reference, len(words)), 0, 0
    while True:
        best, tried = best_shift(words, reference, distances, tried)
        if tried >= MAX_TRIED or best is None or best[0] <= 0:
            return shifts + distances.of(words)
        shifts, words = shifts + 1, best[-1]


def ter(hypotheses, references):
    edits = length = 0
    for hypothesis, reference in zip(hypotheses, references):
        expected = reference.lower().split()
        edits += count_edits(hypothesis.lower().split(), expected)
        length += len(expected)
    return 100 * edits / length


# --- The comparison ------------------------------------------------------------------------------


def read_lines(path, count):
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = [line.rstrip() for line in file]
    return list(itertools.islice(itertools.cycle(lines), count))


class Stopwatch:
    """Seconds by the clock and processor seconds, of this process and its children, since then."""

    def __init__(self):
        self.begin = self.now()

    @staticmethod
    def now():
        usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in usages)

    def read(self):
        return tuple(now - begin for now, begin in zip(self.now(), self.begin))


def run_program(program, metric, hypotheses, references):
    """Times and score of the program on these lines."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("hypotheses", "references")]
        for path, lines in zip(paths, (hypotheses, references)):
            with open(path, "w", encoding="utf-8") as file:
                file.writelines(line + "\n" for line in lines)
        command = [program, "evaluate", "--quiet", "--force", "-m", metric]
        watch = Stopwatch()
        result = subprocess.run(
            command + ["-i", paths[0], "-r", paths[1]], check=True, capture_output=True
        )
        times = watch.read()
    return times, json.loads(result.stdout)["score"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("hypotheses")
    parser.add_argument("references")
    parser.add_argument("--program", default="build/release/bin/talmach")
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--python-lines", type=int, default=2000)
    arguments = parser.parse_args()
    hypotheses = read_lines(arguments.hypotheses, arguments.lines)
    references = read_lines(arguments.references, arguments.lines)
    few = slice(arguments.python_lines)
    for metric, score in (("bleu", bleu), ("ter", ter)):
        watch = Stopwatch()
        expected = score(hypotheses[few], references[few])
        scale = arguments.lines / min(arguments.lines, arguments.python_lines)
        python_times = [seconds * scale for seconds in watch.read()]
        _, got = run_program(arguments.program, metric, hypotheses[few], references[few])
        times, _ = run_program(arguments.program, metric, hypotheses, references)
        equal = "equal scores" if math.isclose(got, expected, rel_tol=1e-9) else "SCORES DIFFER"
        print(f"{metric}: {arguments.lines} lines, {equal}")
        for kind, theirs, ours in zip(("clock", "processor"), python_times, times):
            print(
                f"  {kind:9} Python {theirs:6.1f} s, talmach {ours:6.2f} s, "
                f"{theirs / ours:3.0f} times faster"
            )


if __name__ == "__main__":
    main()
