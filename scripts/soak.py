"""Does memory stay flat? Trains for many updates, translates many lines, and watches both.

usage: python3 scripts/soak.py PATH/TO/talmach [--updates N] [--lines N] [--plot FILE.png]

Trains configs/phrasebook.yaml, changed so that everything happens often: small batches,
segmentation drawn at random, two workers, a checkpoint every 50 updates, a validation with BLEU
every 100. Then translates sentences of the bundled corpus by greedy search, in random order and
some of them joined to long lines: in float32 and in int8, each in one process.
Four times a second the resident memory is written down beside how far the process has come.

Flat means: in the last fifth of a run memory is on average less than 4 MiB above that in the second
fifth, the first being the time in which everything happens for the first time. Exits with 1 if it
is not flat. The plot needs matplotlib (Debian: python3-matplotlib).
"""

import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_LIMIT_MIB = 4.0
_SECONDS_BETWEEN = 0.25
_PRECISIONS = ("float32", "int8")


def resident_mib(process):
    """Of a running process; None once it has ended."""
    try:
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return None


class Tail:
    """Counts the lines of a growing file."""

    def __init__(self, path, mark=b"\n"):
        self.path, self.mark, self.count, self.file = path, mark, 0, None

    def read(self):
        if self.file is None and os.path.exists(self.path):
            self.file = open(self.path, "rb")
        if self.file is not None:
            self.count += self.file.read().count(self.mark)
        return self.count


def watch(process, progress):
    """[(progress, MiB)…] until the process ends."""
    points = []
    while process.poll() is None:
        memory = resident_mib(process)
        if memory is not None:
            points.append((progress(), memory))
        time.sleep(_SECONDS_BETWEEN)
    if process.returncode != 0:
        sys.exit(f"soak.py: {process.args}: exit {process.returncode}")
    return points


def train(program, folder, updates):
    model = os.path.join(folder, "model")
    with open(os.path.join(folder, "train.err"), "wb") as errors:
        process = subprocess.Popen(
            [program, "train", "-c", str(_ROOT / "configs" / "phrasebook.yaml"), "-m", model,
             "--max-seconds", "0", "--max-epochs", "0", "--max-updates", str(updates),
             "--batch-sentences", "16", "--workers", "2", "--threads", "2",
             "--save-every", "50u", "--average-best", "2",
             "--set", "logging.display_every=10u", "tokenizer.sampling_alpha=0.2",
             "validation.every=100u", "validation.metrics=[cross_entropy, bleu]"], stderr=errors)
    displays = Tail(os.path.join(model, "train.jsonl"), b'"event":"display"')
    return watch(process, lambda: 10 * displays.read())


def write_source(path, num_lines):
    """Sentences of the corpus; one line in a hundred is some of them together."""
    rng = random.Random(1)
    with open(_ROOT / "data" / "phrasebook" / "train.en", encoding="utf-8") as corpus:
        sentences = corpus.read().splitlines()
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(num_lines):
            joined = rng.randint(2, 8) if rng.random() < 0.01 else 1
            file.write(" ".join(rng.choices(sentences, k=joined)) + "\n")


def translate(program, folder, num_lines, precision):
    write_source(os.path.join(folder, "source"), num_lines)
    output = os.path.join(folder, "output")
    with open(os.path.join(folder, "source"), "rb") as text, open(output, "wb") as result:
        process = subprocess.Popen(
            [program, "translate", "-m", os.path.join(folder, "model"), "--precision", precision,
             "-b", "1", "--threads", "2", "--quiet"],
            stdin=text, stdout=result, stderr=subprocess.DEVNULL)
    lines = Tail(output)
    points = watch(process, lines.read)
    if lines.read() != num_lines:
        sys.exit(f"soak.py: {num_lines} lines in, {lines.count} out")
    return points


def rise(points):
    """MiB from the mean over the second fifth of the way to that over the last one."""
    end = points[-1][0]

    def mean(first, last):
        fifth = [memory for x, memory in points if first * end <= 5 * x <= last * end]
        if len(fifth) < 4:
            sys.exit("soak.py: too few measurements; expected a longer run")
        return sum(fifth) / len(fifth)

    return mean(4, 5) - mean(1, 2)


def plot(runs, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker
    columns = 2
    rows = -(-len(runs) // columns)
    figure, grid = pyplot.subplots(rows, columns, figsize=(10, 3 * rows), constrained_layout=True,
                                   squeeze=False)
    for axis in grid.flat[len(runs):]:
        axis.remove()
    for axis, (title, unit, points) in zip(grid.flat, runs):
        axis.plot([x for x, _ in points], [memory for _, memory in points], color="#1f5a8c",
                  linewidth=1.2)
        axis.axvspan(0, points[-1][0] / 5, color="#eeeeee", linewidth=0)
        axis.set_title(f"{title}: {rise(points):+.1f} MiB")
        axis.set_xlabel(unit)
        axis.set_ylabel("resident memory (MiB)")
        axis.set_xlim(0, points[-1][0])
        axis.set_ylim(0, 1.15 * max(memory for _, memory in points))
        axis.xaxis.set_major_locator(ticker.MaxNLocator(5))
        axis.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        axis.grid(color="#dddddd", linewidth=0.6)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--updates", type=int, default=2000)
    parser.add_argument("--lines", type=int, default=200000)
    parser.add_argument("--plot", metavar="FILE.png")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = [("Training", "updates", train(arguments.program, folder, arguments.updates))]
        for precision in _PRECISIONS:
            runs.append((f"Translating, {precision}", "lines",
                         translate(arguments.program, folder, arguments.lines, precision)))
    for title, unit, points in runs:
        print(f"{title}: {points[-1][0]:,} {unit}, {len(points)} measurements, at most "
              f"{max(memory for _, memory in points):.1f} MiB, {rise(points):+.2f} MiB")
    if arguments.plot:
        plot(runs, arguments.plot)
    growing = [title for title, _, points in runs if rise(points) >= _LIMIT_MIB]
    if growing:
        sys.exit(f"soak.py: memory grows by {_LIMIT_MIB} MiB or more: {'; '.join(growing)}")


if __name__ == "__main__":
    main()
