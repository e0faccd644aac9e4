#!/usr/bin/env python3
"""Measures how the speed of training grows: tokens per second along six axes, one at a time.

The centre is the reference shape (configs/reference.yaml). From there the source length, the
vocabulary, the batch, the hidden size, the attention size, and workers x threads change, each in
float32 and bfloat16, on synthetic text (synthetic_text.py) whose sentences and vocabulary have
exactly the size asked for. Each point is the median of several runs of `talmach benchmark train`.

    benchmarks/sweep_training.py --talmach build/release/bin/talmach  all axes, in an hour
    benchmarks/sweep_training.py --axis length --value 60 100 --precision bfloat16 --seconds 20
    benchmarks/sweep_training.py --report                             tables and plots again

Results are kept in benchmarks/results/training_growth.json: a point that is measured again replaces
the old one. Tables (benchmarks/results/training_growth.md) and plots (docs/images/, with
python3-matplotlib) are made from all of them. A point whose products run at less than 1/1.5 of a
neighbour's rate is marked as a cliff.
"""

import json
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from sweep_results import (ROOT, argument_parser, is_wanted, keep, load, machine, range_of,
                           series)
from synthetic_text import make_text

CLIFF = 1.5

CENTRE = {"length": 15, "vocabulary": 8000, "batch": 64, "hidden": 512, "attention": 512}
AXES = {
    "length": ("tokens of a sentence", [10, 20, 40, 60, 100]),
    "vocabulary": ("pieces", [4000, 8000, 16000, 32000, 64000]),
    "batch": ("sentences of an update", [8, 16, 32, 64, 128, 256, 512]),
    "hidden": ("units of a GRU, H", [256, 384, 512, 768, 1024]),
    "attention": ("units of the attention, A", [256, 512, 768, 1024]),
    "workers": ("workers × threads", None),  # as many as the machine has processors
}
SMOKE = {
    "centre": {"length": 4, "vocabulary": 100, "batch": 4, "hidden": 16, "attention": 16},
    "axes": {"length": [4, 6], "vocabulary": [50, 100], "batch": [2, 4], "hidden": [8, 16],
             "attention": [8, 16], "workers": ["1 × 1", "2 × 1"]},
}


def worker_divisions():
    """All ways to divide the processors: 1 × 1, 1 × 2, 2 × 1, 1 × 4, 2 × 2, 4 × 1, …"""
    processors = len(os.sched_getaffinity(0))
    divisions, total = ["1 × 1"], 2
    while total <= processors:
        workers = 1
        while workers <= total:
            divisions.append(f"{workers} × {total // workers}")
            workers *= 2
        total *= 2
    return divisions


def plan(arguments):
    """(axis, value, sizes) of every point."""
    centre = dict(SMOKE["centre"] if arguments.smoke else CENTRE)
    for axis in arguments.axis:
        values = SMOKE["axes"][axis] if arguments.smoke else AXES[axis][1] or worker_divisions()
        for value in values:
            if not is_wanted(arguments, value):
                continue
            sizes = dict(centre)
            if axis != "workers":
                sizes[axis] = value
            yield axis, value, sizes


def settings(axis, value, sizes, prefix):
    workers, threads = map(int, value.split(" × ")) if axis == "workers" else (None, None)
    result = {
        "data.train.source": f"{prefix}.source", "data.train.target": f"{prefix}.target",
        "tokenizer.source_model": f"{prefix}.spm", "tokenizer.target_model": f"{prefix}.spm",
        "data.max_length": 200, "training.batch_sentences": sizes["batch"],
        "model.encoder.hidden_size": sizes["hidden"], "model.decoder.hidden_size": sizes["hidden"],
        "model.attention.size": sizes["attention"],
    }
    if workers is not None:
        result |= {"training.workers": workers, "training.threads": threads}
    return [f"{key}={setting}" for key, setting in result.items()]


def measure(arguments, axis, value, sizes, precision, folder):
    prefix = folder / f"{sizes['length']}-{sizes['vocabulary']}"
    if not prefix.with_suffix(".target").exists():
        # A tenth of the length as its spread; several windows of the largest batch.
        lines = 500 if arguments.smoke else 30000
        make_text(prefix, lines, sizes["vocabulary"], sizes["length"] - 1, sizes["length"] / 10)
    command = [arguments.talmach, "benchmark", "train", "-c",
               str(ROOT / "configs/reference.yaml"), "--precision", precision, "--seconds",
               str(arguments.seconds), "--json", "--quiet", "--set",
               *settings(axis, value, sizes, prefix)]
    records = [json.loads(subprocess.run(command, check=True, capture_output=True,
                                         text=True).stdout)
               for _ in range(arguments.repeat)]
    middle = sorted(records, key=lambda record: record["target_tokens_per_second"])
    record = middle[len(middle) // 2]
    return {"axis": axis, "value": value, **sizes, "precision": precision,
            "runs": arguments.repeat, "seconds_a_run": arguments.seconds,
            "target_tokens_per_second": round(record["target_tokens_per_second"], 1),
            "gflops": round(record["gflops"], 1),
            "peak_share": round(statistics.median(r["peak_share"] for r in records), 4),
            "peak_rss_mb": round(record["peak_rss_bytes"] / 1e6),
            "library": record["library"], "machine": machine()}


def cliffs(line):
    """The values whose rate of products falls by more than CLIFF from one neighbour."""
    marked = set()
    for a, b in zip(line, line[1:]):
        if a["axis"] != "workers" and max(a["gflops"], b["gflops"]) > CLIFF * min(a["gflops"],
                                                                                  b["gflops"]):
            marked.add(min(a, b, key=lambda p: p["gflops"])["value"])
    return marked


def write_tables(points, path):
    lines = ["# Growth of training", "",
             "Made by `benchmarks/sweep_training.py`; the centre is the reference shape with "
             "sentences of 15 tokens.", "", f"Machine: {points[-1]['machine']}; "
             f"{points[-1]['library']}; each value the median of "
             f"{range_of([p['runs'] for p in points])} runs of "
             f"{range_of([p['seconds_a_run'] for p in points])} seconds. The share is of the "
             "measured peak of matrix products, in the same run.", ""]
    for axis, (label, _) in AXES.items():
        if not any(p["axis"] == axis for p in points):
            continue
        lines += [f"## {label}", "", f"| {axis} | precision | target tokens/s | GFLOP/s | "
                  "share of peak | memory, MB |", "|---|---|---|---|---|---|"]
        for precision in ("bfloat16", "float32"):
            line = series(points, axis, precision)
            marked = cliffs(line)
            lines += [f"| {p['value']} | {precision} | {p['target_tokens_per_second']:,.0f} | "
                      f"{p['gflops']:.0f} | {p['peak_share']:.0%}"
                      f"{' (cliff)' if p['value'] in marked else ''} | {p['peak_rss_mb']} |"
                      for p in line]
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")


def draw(points, folder):
    """A picture for each axis: tokens per second, and the share of the peak."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    for axis, (label, _) in AXES.items():
        if not any(p["axis"] == axis for p in points):
            continue
        figure, (speed, share) = pyplot.subplots(1, 2, figsize=(9, 3.4))
        for precision, colour, marker in (("bfloat16", "#1f6feb", "o"),
                                          ("float32", "#c2410c", "s")):
            line = series(points, axis, precision)
            if not line:
                continue
            places = range(len(line))
            style = {"color": colour, "marker": marker, "label": precision}
            speed.plot(places, [p["target_tokens_per_second"] for p in line], **style)
            share.plot(places, [100 * p["peak_share"] for p in line], **style)
            for panel in (speed, share):
                panel.set_xticks(places, [str(p["value"]) for p in line])
        speed.set_title("target tokens per second")
        share.set_title("share of the GEMM peak, %")
        for panel in (speed, share):
            panel.set_ylim(bottom=0)
            panel.set_xlabel(label)
            panel.grid(axis="y", color="#dddddd")
            panel.spines[["top", "right"]].set_visible(False)
        share.set_ylim(0, 100)
        share.legend(frameon=False, loc="lower right")
        figure.tight_layout()
        figure.savefig(folder / f"training_growth_{axis}.png", dpi=110,
                       metadata={"Software": None})
        pyplot.close(figure)


def main():
    arguments = argument_parser(__doc__.split("\n")[0], AXES, ["bfloat16", "float32"], seconds=10,
                                seconds_help="of each run").parse_args()

    path = arguments.results / "training_growth.json"
    with tempfile.TemporaryDirectory() as folder:
        for axis, value, sizes in () if arguments.report else plan(arguments):
            for precision in arguments.precision:
                point = measure(arguments, axis, value, sizes, precision, Path(folder))
                keep(path, point)
                print(f"{axis} {value} {precision}: "
                      f"{point['target_tokens_per_second']:,.0f} tokens/s, "
                      f"{point['peak_share']:.0%} of peak", flush=True)
    points = load(path)
    write_tables(points, arguments.results / "training_growth.md")
    if not arguments.no_plots:
        arguments.images.mkdir(parents=True, exist_ok=True)
        draw(points, arguments.images)


if __name__ == "__main__":
    main()
