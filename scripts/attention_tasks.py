#!/usr/bin/env python3
"""Trains the two attention tasks, dates and motif, checks what they learnt, and draws it.

usage: attention_tasks.py [--talmach PROGRAM] [--output DIR] [dates] [motif]

Each task trains with its file in configs/ and must answer nearly all of its test lines; the motif
model's attention must lie on the two letters that decide. Pictures of a few lines go to
DIR/TASK/pictures. Exit code 1 if a task falls short.
"""

import argparse
import json
import pathlib
import subprocess
import sys

_ROOT = pathlib.Path(__file__).resolve().parents[1]
_TASKS = {"dates": ("text", "iso"), "motif": ("letters", "answer")}
_PICTURES = 8  # lines drawn of each test set
_MIN_RIGHT = 0.98
_MIN_ON_MOTIF = 0.8


def run(*command):
    subprocess.run([str(part) for part in command], check=True)


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def share_on_links(records, links):
    """How much of the attention of linked target tokens lies on the tokens they are linked to."""
    on_links, rows = 0.0, 0
    for record, line in zip(records, links):
        pairs = [tuple(map(int, link.split("-"))) for link in line.split()]
        for target in {t for _, t in pairs}:
            on_links += sum(record["weights"][target][s] for s, t in pairs if t == target)
            rows += 1
    return on_links / rows


def check(task, talmach, folder):
    """Trains one task and prints what came of it. True if that is enough."""
    source, target = (_ROOT / "data" / task / f"test.{side}" for side in _TASKS[task])
    model = folder / "model"
    folder.mkdir(parents=True, exist_ok=True)
    run(talmach, "train", "-c", _ROOT / "configs" / f"{task}.yaml", "-m", model, "--quiet")
    run(talmach, "translate", "-m", model, "-i", source, "-o", folder / "answers.txt",
        "--attention", folder / "attention.jsonl", "--quiet")
    (folder / "drawn.txt").write_text("\n".join(lines(source)[:_PICTURES]) + "\n", encoding="utf-8")
    run(talmach, "heatmap", "-m", model, "-s", folder / "drawn.txt", "-o", folder / "pictures",
        "--format", "png", "--resolution", "108", "--quiet")
    pairs = list(zip(lines(folder / "answers.txt"), lines(target)))
    right = sum(answer == wanted for answer, wanted in pairs) / len(pairs)
    print(f"{task}: {100 * right:.1f} % of {len(pairs)} test lines right")
    enough = right >= _MIN_RIGHT
    links = _ROOT / "data" / task / "test.links"
    if links.exists():
        records = [json.loads(line) for line in lines(folder / "attention.jsonl")]
        share = share_on_links(records, lines(links))
        print(f"{task}: {100 * share:.1f} % of the attention on what decides")
        enough = enough and share >= _MIN_ON_MOTIF
    return enough


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--talmach", default=_ROOT / "build/release/bin/talmach")
    parser.add_argument("--output", type=pathlib.Path, default=_ROOT / "runs")
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="dates, motif; both by default")
    arguments = parser.parse_args()
    unknown = set(arguments.tasks) - set(_TASKS)
    if unknown:
        parser.error(f"unknown task {', '.join(sorted(unknown))}; there are {', '.join(_TASKS)}")
    results = [check(task, arguments.talmach, arguments.output / task)
               for task in arguments.tasks or _TASKS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
