#!/usr/bin/env python3
"""Trains the reference shape in float32 and in bfloat16 and compares what they learn.

For each seed both precisions see the same batches, dropout masks and initial weights; after the
same number of updates the cross-entropy of the validation text is compared, in nats a token.

    scripts/get_multi30k.sh
    benchmarks/compare_precisions.py --updates 1000 --seeds 1 2 3

Prints a Markdown table. Trained models of earlier runs with the same settings are resumed, which
costs nothing when they are finished.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cross_entropy(arguments, precision, seed):
    """Of the validation text after the last update."""
    folder = arguments.output / f"{precision}-{arguments.updates}-{seed}"
    data = arguments.data.resolve()
    settings = {
        "data.train.source": data / "train.en", "data.train.target": data / "train.de",
        "data.valid.source": data / "val.en", "data.valid.target": data / "val.de",
        "training.precision": precision, "training.seed": seed,
        "training.max_updates": arguments.updates,
        "training.save_every": f"{arguments.updates}u", "training.keep_last": 1,
        "validation.every": f"{arguments.updates}u", "validation.metrics": "[cross_entropy]",
    }
    if arguments.tokenizer:
        settings |= {"tokenizer.source_model": arguments.tokenizer.resolve(),
                     "tokenizer.target_model": arguments.tokenizer.resolve()}
    command = [arguments.talmach, "train", "-c", str(ROOT / "configs/reference.yaml"), "-m",
               str(folder), "--set", *(f"{key}={value}" for key, value in settings.items())]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"compare_precisions.py: {' '.join(command)}\n{done.stderr[-2000:]}")
    records = [json.loads(line) for line in
               (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    values = [record["cross_entropy"] for record in records
              if record.get("event") == "validation" and record["update"] == arguments.updates]
    return values[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--talmach", default=str(ROOT / "build/release/bin/talmach"))
    parser.add_argument("--data", type=Path, default=ROOT / "data/multi30k",
                        help="folder with train.{en,de} and val.{en,de}")
    parser.add_argument("--tokenizer", type=Path, help="a SentencePiece model for both languages")
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--output", type=Path, default=ROOT / "runs/compare_precisions")
    arguments = parser.parse_args()

    print("| seed | float32 | bfloat16 | difference |\n|---|---|---|---|", flush=True)
    for seed in arguments.seeds:
        exact = cross_entropy(arguments, "float32", seed)
        rounded = cross_entropy(arguments, "bfloat16", seed)
        print(f"| {seed} | {exact:.4f} | {rounded:.4f} | {rounded - exact:+.4f} |", flush=True)


if __name__ == "__main__":
    main()
