#!/usr/bin/env python3
"""Measures how the speed of translation grows: output tokens per second along four axes.

The centre is the reference shape (configs/reference.yaml) with beam 5, 64 sentences at a time,
source sentences of 15 tokens and 8,000 pieces. From there the beam, the sentences at a time, the
source length and the vocabulary change, one at a time, in float32, bfloat16 and int8. Text is
synthetic (synthetic_text.py); weights are those of a model after one update, which never wants to
end a sentence: every translation is as long as its source plus 10 tokens and keeps its whole beam,
so that all points do the work they are named for. A trained model's sentences end earlier.

    benchmarks/sweep_translation.py --talmach build/release/bin/talmach
    benchmarks/sweep_translation.py --axis beam --precision int8 --seconds 2
    benchmarks/sweep_translation.py --report         table and plots again, nothing measured

Results are kept in benchmarks/results/translation_growth.json: a point that is measured again
replaces the old one. The table (benchmarks/results/translation_growth.md) and the plots
(docs/images/, with python3-matplotlib) are made from all of them.
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

CENTRE = {"beam": 5, "batch": 64, "length": 15, "vocabulary": 8000}
AXES = {
    "beam": ("hypotheses of a sentence", [1, 2, 3, 5, 8, 12, 20]),
    "batch": ("sentences at a time", [1, 2, 4, 8, 16, 32, 64, 128, 256]),
    "length": ("tokens of a source sentence", [10, 15, 20, 30, 40, 60, 80, 100]),
    "vocabulary": ("pieces", [4000, 8000, 16000, 32000, 64000]),
}
SMOKE = {"beam": [1, 3], "batch": [1, 4], "length": [4, 6], "vocabulary": [50, 100]}
TINY = {"model.embedding_size": 16, "model.encoder.hidden_size": 16,
        "model.decoder.hidden_size": 16, "model.attention.size": 16, "model.readout.size": 16}
COLOURS = {"int8": ("#15803d", "^"), "bfloat16": ("#1f6feb", "o"), "float32": ("#c2410c", "s")}


def make_model(arguments, sizes, folder):
    """Text and a model after one update; returns the prefix of the text and the directory."""
    prefix = folder / f"{sizes['length']}-{sizes['vocabulary']}"
    model = folder / f"model-{sizes['vocabulary']}"
    if not prefix.with_suffix(".source").exists():
        make_text(prefix, 20000, sizes["vocabulary"], sizes["length"] - 1, sizes["length"] / 10)
    if not model.exists():
        settings = {"data.train.source": f"{prefix}.source",
                    "data.train.target": f"{prefix}.target",
                    "tokenizer.source_model": f"{prefix}.spm",
                    "tokenizer.target_model": f"{prefix}.spm", "training.max_updates": 1}
        settings |= TINY if arguments.smoke else {}
        subprocess.run([arguments.talmach, "train", "-c", str(ROOT / "configs/reference.yaml"),
                        "-m", str(model), "--quiet", "--set",
                        *(f"{key}={value}" for key, value in settings.items())], check=True)
    return prefix, model


def run(arguments, sizes, precision, prefix, model, lines):
    text = prefix.with_suffix(".part")
    with open(prefix.with_suffix(".source"), encoding="utf-8") as source:
        text.write_text("".join(line for line, _ in zip(source, range(lines))), encoding="utf-8")
    command = [arguments.talmach, "benchmark", "translate", "-m", str(model), "-i", str(text), "-b",
               str(sizes["beam"]), "--mini-batch", str(sizes["batch"]), "--max-length-factor", "1",
               "--precision", precision, "--json", "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(arguments, axis, value, precision, folder):
    sizes = {**CENTRE, axis: value}
    if arguments.smoke:
        sizes = {**{name: values[0] for name, values in SMOKE.items()}, axis: value}
    prefix, model = make_model(arguments, sizes, folder)
    # Every worker has as many batches as the others.
    round_lines = sizes["batch"] * len(os.sched_getaffinity(0))
    first = run(arguments, sizes, precision, prefix, model, round_lines)
    rounds = max(1, round(arguments.seconds * first["sentences_per_second"] / round_lines))
    lines = min(20000 // round_lines, rounds) * round_lines
    records = [run(arguments, sizes, precision, prefix, model, lines)
               for _ in range(arguments.repeat)]
    return {"axis": axis, "value": value, **sizes, "precision": precision,
            "runs": arguments.repeat, "lines": lines,
            "output_tokens_per_second": round(statistics.median(
                r["output_tokens_per_second"] for r in records), 1),
            "peak_rss_mb": round(max(r["peak_rss_bytes"] for r in records) / 1e6),
            "library": records[0]["library"], "machine": machine()}


def write_tables(points, path):
    lines = ["# Growth of translation", "",
             "Made by `benchmarks/sweep_translation.py`; the centre is the reference shape with "
             "beam 5, 64 sentences at a time, 15 source tokens and 8,000 pieces.", "",
             f"Machine: {points[-1]['machine']}; {points[-1]['library']}; each value the median of "
             f"{range_of([p['runs'] for p in points])} runs.", ""]
    for axis, (label, _) in AXES.items():
        lines += [f"## {label}", "", f"| {axis} | int8 | bfloat16 | float32 | memory in int8, MB |",
                  "|---|---|---|---|---|"]
        by_precision = {p: {q["value"]: q for q in series(points, axis, p)} for p in COLOURS}
        for value in sorted({p["value"] for p in points if p["axis"] == axis}):
            cells = [f"{of[value]['output_tokens_per_second']:,.0f}" if value in of else ""
                     for of in by_precision.values()]
            memory = by_precision["int8"].get(value, {}).get("peak_rss_mb", "")
            lines.append(f"| {value} | {' | '.join(cells)} | {memory} |")
        lines.append("")
    path.write_text("\n".join(lines), encoding="utf-8")


def draw(points, path):
    """A panel for each axis."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot, ticker
    figure, panels = pyplot.subplots(2, 2, figsize=(9, 6.6))
    for panel, (axis, (label, _)) in zip(panels.flat, AXES.items()):
        values = sorted({p["value"] for p in points if p["axis"] == axis})
        for precision, (colour, marker) in COLOURS.items():
            line = series(points, axis, precision)
            panel.plot([values.index(p["value"]) for p in line],
                       [p["output_tokens_per_second"] for p in line], color=colour, marker=marker,
                       label=precision)
        panel.set_xticks(range(len(values)), [f"{value:,}" for value in values])
        panel.set_yscale("log")
        panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        panel.yaxis.set_major_formatter(lambda speed, _: f"{speed:,.0f}")
        panel.yaxis.set_minor_formatter(ticker.NullFormatter())
        panel.set_ylabel("output tokens per second")
        panel.set_xlabel(label)
        panel.grid(axis="y", which="both", color="#e5e5e5")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(figure)


def main():
    parser = argument_parser(__doc__.split("\n")[0], AXES, COLOURS, seconds=3,
                             seconds_help="of each run, about")
    parser.add_argument("--folder", type=Path, help="where to keep texts and models between calls")
    arguments = parser.parse_args()

    path = arguments.results / "translation_growth.json"
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for axis in () if arguments.report else arguments.axis:
            for value in (SMOKE if arguments.smoke else {a: v for a, (_, v) in AXES.items()})[axis]:
                if not is_wanted(arguments, value):
                    continue
                for precision in arguments.precision:
                    point = measure(arguments, axis, value, precision, folder)
                    keep(path, point)
                    print(f"{axis} {value} {precision}: "
                          f"{point['output_tokens_per_second']:,.0f} tokens/s", flush=True)
    points = load(path)
    write_tables(points, arguments.results / "translation_growth.md")
    if not arguments.no_plots:
        arguments.images.mkdir(parents=True, exist_ok=True)
        draw(points, arguments.images / "translation_growth.png")


if __name__ == "__main__":
    main()
