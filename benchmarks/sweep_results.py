"""What the sweeps of training and of translation share: arguments, results, lines of a plot.

A sweep changes one size at a time. Its results are a JSON list of points, each an object with
"axis", "value" and "precision", the sizes, and what was measured there; a value is a number, or the
text "workers × threads".
"""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def argument_parser(summary, axes, precisions, seconds, seconds_help):
    """The arguments of every sweep; `precisions` and `seconds` are the defaults."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--talmach", default=str(ROOT / "build/release/bin/talmach"))
    parser.add_argument("--axis", nargs="+", choices=axes, default=list(axes))
    parser.add_argument("--value", nargs="+", help="of the axes, only these values")
    parser.add_argument("--precision", nargs="+", default=list(precisions))
    parser.add_argument("--seconds", type=float, default=seconds, help=seconds_help)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each point")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks/results")
    parser.add_argument("--images", type=Path, default=ROOT / "docs/images")
    parser.add_argument("--no-plots", action="store_true")
    parser.add_argument("--report", action="store_true", help="measure nothing")
    parser.add_argument("--smoke", action="store_true", help="tiny sizes, to try the script")
    return parser


def is_wanted(arguments, value):
    return arguments.value is None or str(value) in arguments.value


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {len(os.sched_getaffinity(0))} processors"


def load(path):
    """The points of a file; ends the program if there is none."""
    if not path.exists():
        sys.exit(f"{Path(sys.argv[0]).name}: no results in {path}")
    return json.loads(path.read_text(encoding="utf-8"))


def keep(path, point):
    """Adds the point to the file, in place of an older one."""
    points = load(path) if path.exists() else []
    same = ("axis", "value", "precision")
    points = [old for old in points if any(old[key] != point[key] for key in same)] + [point]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[\n" + ",\n".join(json.dumps(p, ensure_ascii=False) for p in points) + "\n]\n",
                    encoding="utf-8")


def series(points, axis, precision):
    """The points of a line in a plot, in order; few threads in all come before many."""
    def place(point):
        value = point["value"]
        return tuple(map(int, value.split(" × ")))[::-1] if axis == "workers" else value

    return sorted((p for p in points if p["axis"] == axis and p["precision"] == precision),
                  key=place)


def range_of(numbers):
    """"2", or "2 to 10"."""
    least, most = min(numbers), max(numbers)
    return f"{least:g}" if least == most else f"{least:g} to {most:g}"
