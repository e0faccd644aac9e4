#!/usr/bin/env python3
"""Measures what the size of the training text costs: memory, the start, and the input pipeline.

Trains at the reference shape on synthetic text (synthetic_text.py) of 29,000 and of 5,000,000 lines
and prints for both the peak of resident memory, the seconds from the start of the program to the
first update, the share of the time in which training waited for text, and the speed.

    benchmarks/measure_large_corpus.py --talmach build/release/bin/talmach --seconds 30
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from synthetic_text import make_text

ROOT = Path(__file__).resolve().parent.parent


def train(arguments, prefix):
    command = [arguments.talmach, "benchmark", "train", "-c", str(ROOT / "configs/reference.yaml"),
               "--set", f"data.train.source={prefix}.source", f"data.train.target={prefix}.target",
               f"tokenizer.source_model={prefix}.spm", f"tokenizer.target_model={prefix}.spm",
               "--precision", arguments.precision, "--seconds", str(arguments.seconds), "--json",
               "--quiet"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--talmach", default=str(ROOT / "build/release/bin/talmach"))
    parser.add_argument("--lines", type=int, nargs="+", default=[29000, 5000000])
    parser.add_argument("--precision", default="bfloat16")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--folder", type=Path, help="where the text is kept and found again")
    arguments = parser.parse_args()

    print("|     lines | peak memory, MB | start, s | waiting | target tokens/s |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        for lines in arguments.lines:
            prefix = (arguments.folder or Path(scratch)) / f"synthetic-{lines}"
            if not prefix.with_suffix(".target").exists():
                make_text(prefix, lines, vocabulary=8000, length=13, spread=4)
            record = train(arguments, prefix)
            print(f"| {lines:9,} | {record['peak_rss_bytes'] / 1e6:.0f} "
                  f"| {record['start_seconds']:.2f} | {record['waiting_share']:.2%} "
                  f"| {record['target_tokens_per_second']:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
