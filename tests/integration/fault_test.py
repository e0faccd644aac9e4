"""Lets every call by which training changes its files go wrong, and proves that nothing is lost.

A run resumes from a checkpoint and goes on to its end while the n-th write, sync, rename, … in its
model directory fails (ENOSPC, EIO), fails from then on (a full disk), is cut short, or never
returns (SIGKILL); n goes over all calls. Whatever happens, every visible checkpoint must be whole,
the newest no older than before, the exit code that of a failure and the reason printed, unless only
train.log has lost a line or train.lock its owner; and the same command without a fault must end
with the weights of an undisturbed run.

The same is done to a run that --fresh starts over a finished one: either this one is there as it
was, to the byte, or the next run, without --fresh, goes on with the new one.

Usage: fault_test.py PATH/TO/talmach PATH/TO/libfault_injector.so [--per-kind N] [--kinds KIND…]
                     [--jobs N] [--seed N]
"""

import argparse
import concurrent.futures
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

import toy

KINDS = ("ENOSPC", "EIO", "FULL", "SHORT", "KILL")
BEGIN, END = 4, 6  # updates
FOR_PEOPLE = ("train.log", "train.lock")  # what is lost there changes no exit code


def fail(message):
    sys.exit(f"fault_test.py: {message}")


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


class Bench:
    """Copies of one begun run, and what it ends with when nothing goes wrong."""

    def __init__(self, program, injector, folder):
        self.program, self.injector, self.folder = program, injector, folder
        toy.write_corpus(folder, random.Random(1))
        toy.write_config(folder)
        result = self.train("begun", BEGIN)
        if result.returncode != 0:
            fail(result.stderr)
        self.copy("undisturbed")
        report = os.path.join(folder, "calls")
        self.train("undisturbed", END, FAULT_AT="0", FAULT_KIND="EIO", FAULT_REPORT=report)
        self.calls = int(read(report).split()[0])
        self.expected = self.weights("undisturbed")

        self.fresh_flags = ["--fresh", "--set", "training.seed=2"]
        self.copy("undisturbed")
        self.train("undisturbed", BEGIN, self.fresh_flags, FAULT_AT="0", FAULT_KIND="EIO",
                   FAULT_REPORT=report)
        self.fresh_calls = int(read(report).split()[0])
        self.fresh_expected = self.weights("undisturbed", BEGIN)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def copy(self, name):
        shutil.rmtree(self.path(name), ignore_errors=True)
        shutil.copytree(self.path("begun"), self.path(name))

    def train(self, name, updates, flags=(), **faults):
        environment = dict(os.environ)
        if faults:
            environment.update(faults, LD_PRELOAD=self.injector, FAULT_FOLDER=self.path(name) + "/")
        return subprocess.run(
            [self.program, "train", "-c", "config.yaml", "-m", name, "--threads", "1",
             "--max-updates", str(updates), "--set", "validation.every=3u",
             "--set", "training.average_best=2", *flags],
            cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)

    def weights(self, name, update=END):
        checkpoint = self.path(name, "checkpoints", f"update-{update:08d}")
        return [read(checkpoint, file) for file in ("model.safetensors", "optimizer.safetensors")]

    def check(self, name, what):
        """Every visible checkpoint is whole, and none of before is lost but to newer ones."""
        folder = self.path(name, "checkpoints")
        updates = [int(entry.split("-")[1]) for entry in os.listdir(folder)
                   if entry.startswith("update-")]
        if max(updates) < BEGIN:
            fail(f"{what}: the newest checkpoint is {max(updates)}")
        result = subprocess.run([self.program, "model", "verify", name], cwd=self.folder,
                                capture_output=True, text=True)
        if result.returncode != 0:
            fail(f"{what}: model verify: {result.stderr}")

    def try_fault(self, kind, call):
        what = f"{kind} at call {call}"
        name = f"{kind}-{call}"
        report = self.path(name + ".report")
        self.copy(name)
        result = self.train(name, END, FAULT_AT=str(call), FAULT_KIND=kind, FAULT_REPORT=report)
        self.check_exit(name, kind, what, result, report)
        self.check(name, what)
        again = self.train(name, END)
        if again.returncode != 0:
            fail(f"{what}: the next run: exit {again.returncode}: {again.stderr}")
        self.check(name, what + ", next run")
        left = [entry for _, folders, files in os.walk(self.path(name))
                for entry in folders + files if ".tmp-" in entry]
        if left:
            fail(f"{what}: the next run left {left}")
        for line in read(self.path(name), "train.jsonl").splitlines():
            try:
                json.loads(line)
            except ValueError:
                fail(f"{what}: train.jsonl holds {line[:80]}")
        if self.weights(name) != self.expected:
            fail(f"{what}: the weights differ from those of an undisturbed run")
        shutil.rmtree(self.path(name))
        return result.returncode

    def try_fresh_fault(self, kind, call):
        what = f"{kind} at call {call} of --fresh"
        name = f"fresh-{kind}-{call}"
        self.copy(name)
        before = toy.contents(self.path(name))
        result = self.train(name, BEGIN, self.fresh_flags, FAULT_AT=str(call), FAULT_KIND=kind,
                            FAULT_REPORT=self.path(name + ".report"))
        expected = (-signal.SIGKILL,) if kind == "KILL" else (0, 1)
        if result.returncode not in expected:
            fail(f"{what}: exit {result.returncode}: {result.stderr}")
        if toy.contents(self.path(name)) == before:
            if kind != "KILL" and os.path.exists(self.path(name, "new-run")):
                fail(f"{what}: new-run was left")
            again = self.train(name, BEGIN)  # the old run
        else:
            again = self.train(name, BEGIN, self.fresh_flags[1:])
            if self.weights(name, BEGIN) != self.fresh_expected:
                fail(f"{what}: the weights differ from those of an undisturbed run: {result.stderr}"
                     f" {again.stderr}")
        if again.returncode != 0:
            fail(f"{what}: the next run: exit {again.returncode}: {again.stderr}")
        self.check(name, what)
        left = [entry for entry in os.listdir(self.path(name))
                if entry.startswith(("new-", "old-"))]
        if left:
            fail(f"{what}: the next run left {left}")
        shutil.rmtree(self.path(name))
        return result.returncode

    def lacks(self, name):
        """Whether it has not saved all that an undisturbed run saves."""
        return (not os.path.exists(self.path(name, "checkpoints", f"update-{END:08d}"))
                or self.weights(name) != self.expected
                or self.num_records(name) != self.num_records("undisturbed"))

    def num_records(self, name):
        return read(self.path(name), "train.jsonl").count(b"\n")

    def check_exit(self, name, kind, what, result, report):
        if kind == "KILL":
            if result.returncode != -signal.SIGKILL:
                fail(f"{what}: exit {result.returncode}: {result.stderr}")
            return
        hit = read(report).decode().split("\n")[1]
        what += f" ({os.path.relpath(hit, self.folder)})"
        if result.returncode not in (0, 1):
            fail(f"{what}: exit {result.returncode}: {result.stderr}")
        reason = "Input/output error" if kind == "EIO" else "No space left on device"
        if result.returncode == 1 and reason not in result.stderr:
            fail(f"{what}: no reason given: {result.stderr}")
        if result.returncode == 0:
            # A disk that is full from then on must have lost nothing else either.
            if os.path.basename(hit) not in FOR_PEOPLE or (kind == "FULL" and self.lacks(name)):
                fail(f"{what}: exit 0: {result.stderr}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("injector", type=os.path.abspath)
    parser.add_argument("--per-kind", type=int, default=2, help="calls to try; 0: all")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--jobs", type=int, default=1, help="faults to try at once")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.program, arguments.injector, os.path.realpath(folder))
        faults = []
        for kind in arguments.kinds:
            calls = range(1, bench.calls + 1)
            if arguments.per_kind > 0:
                calls = sorted(rng.sample(calls, arguments.per_kind))
            faults += [(bench.try_fault, kind, call) for call in calls]
            calls = range(1, bench.fresh_calls + 1)
            if arguments.per_kind > 0:
                calls = sorted(rng.sample(calls, arguments.per_kind))
            faults += [(bench.try_fresh_fault, kind, call) for call in calls]
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as executor:
            codes = list(executor.map(lambda fault: fault[0](*fault[1:]), faults))
    reported = codes.count(1)
    if bench.calls < 50 or (reported == 0 and arguments.kinds != ["KILL"]):
        fail(f"{bench.calls} calls, {reported} failures; expected more")
    print(f"{len(faults)} faults of {len(arguments.kinds)} kinds at {bench.calls} calls, and at "
          f"{bench.fresh_calls} of --fresh: nothing "
          f"lost; {reported} ended with exit code 1, the others were got over or killed")


if __name__ == "__main__":
    main()
