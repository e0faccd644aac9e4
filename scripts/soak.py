"""Does memory stay flat? Trains for many updates, translates many lines, and watches both.

usage: python3 scripts/soak.py PATH/TO/talmach [--updates N] [--lines N] [--plot FILE.png]

Trains configs/phrasebook.yaml (with small batches and without its limit of time), then translates sentences of the bundled
corpus greedily, in random order and some of them joined to long lines, in one process. Several times a
second the resident memory of the process is written down beside how far it has come. Flat means:
over the second half of each run, a line fitted through the measurements rises by less than 4 MB.
The plot needs matplotlib (Debian: python3-matplotlib).
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
_LIMIT_MB = 4.0
_SECONDS_BETWEEN = 0.25


def resident_mb(process):
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
    """[(progress, MB)…] until the process ends."""
    points = []
    while process.poll() is None:
        memory = resident_mb(process)
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
             "--batch-sentences", "16",
             "--set", "logging.display_every=10u", "--set", "training.save_every=100u",
             "--set", "validation.every=200u"], stderr=errors)
    displays = Tail(os.path.join(model, "train.jsonl"), b'"event":"display"')
    return watch(process, lambda: 10 * displays.read())


def translate(program, folder, num_lines):
    rng = random.Random(1)
    with open(_ROOT / "data" / "phrasebook" / "train.en", encoding="utf-8") as corpus:
        sentences = corpus.read().splitlines()
    source, output = os.path.join(folder, "source"), os.path.join(folder, "output")
    with open(source, "w", encoding="utf-8") as file:
        for _ in range(num_lines):
            joined = rng.randint(2, 8) if rng.random() < 0.01 else 1
            file.write(" ".join(rng.choices(sentences, k=joined)) + "\n")
    with open(source, "rb") as text, open(output, "wb") as result:
        process = subprocess.Popen(
            [program, "translate", "-m", os.path.join(folder, "model"), "-b", "1", "--quiet"],
            stdin=text, stdout=result)
    lines = Tail(output)
    points = watch(process, lines.read)
    if lines.read() != num_lines:
        sys.exit(f"soak.py: {num_lines} lines in, {lines.count} out")
    return points


def rise(points):
    """MB by which the fitted line rises over the second half of the way."""
    end = points[-1][0]
    half = [(x / end, memory) for x, memory in points if x >= end / 2]
    if len(half) < 8:
        sys.exit("soak.py: too few measurements; expected a longer run")
    mean_x = sum(x for x, _ in half) / len(half)
    mean_y = sum(y for _, y in half) / len(half)
    slope = (sum((x - mean_x) * (y - mean_y) for x, y in half)
             / sum((x - mean_x) ** 2 for x, _ in half))
    return slope * 0.5


def plot(runs, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(1, len(runs), figsize=(10, 3.6), constrained_layout=True)
    for axis, (title, unit, points) in zip(axes, runs):
        axis.plot([x for x, _ in points], [memory for _, memory in points], color="#1f5a8c",
                  linewidth=1.2)
        axis.set_title(title)
        axis.set_xlabel(unit)
        axis.set_ylabel("resident memory (MB)")
        axis.set_xlim(left=0)
        axis.set_ylim(0, 1.15 * max(memory for _, memory in points))
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
        runs = [("Training", "updates", train(arguments.program, folder, arguments.updates)),
                ("Translating", "lines", translate(arguments.program, folder, arguments.lines))]
    flat = True
    for title, unit, points in runs:
        rises = rise(points)
        flat &= rises < _LIMIT_MB
        print(f"{title}: {points[-1][0]:,} {unit}, {len(points)} measurements, at most "
              f"{max(memory for _, memory in points):.1f} MB, second half {rises:+.2f} MB")
    if arguments.plot:
        plot(runs, arguments.plot)
    if not flat:
        sys.exit(f"soak.py: memory grows; expected less than {_LIMIT_MB} MB over the second half")


if __name__ == "__main__":
    main()
