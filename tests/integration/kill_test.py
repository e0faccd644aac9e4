"""Kills training again and again, at random moments, and proves that nothing is lost.

After every SIGKILL the newest checkpoint must be whole (`talmach model verify`) and no older than
the last one that train.log reported as saved; the same command must go on from it. When training
has come to its end in spite of all, the model and the last checkpoint must be, bit for bit, those
of an undisturbed run, and so are all records, but for what a clock decides.

Then --fresh is killed over a finished run: either this one is there as it was, to the byte, or the
new one has saved its first update, and the same command without --fresh goes on with it.

Usage: kill_test.py PATH/TO/talmach [--kills N] [--seed N]
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import toy

def fail(message):
    sys.exit(f"kill_test.py: {message}")


class Run:
    """Training in a model directory below `folder`."""

    def __init__(self, program, folder, name):
        self.program, self.folder, self.name = program, folder, name
        self.command = [program, "train", "-c", "config.yaml", "-m", name, "--threads", "1"]

    def start(self, *more):
        return subprocess.Popen(self.command + list(more), cwd=self.folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, update):
        process = self.start("--max-updates", str(update))
        messages = process.communicate(timeout=600)[1]
        if process.returncode != 0:
            fail(f"{self.name}: exit {process.returncode}: {messages}")

    def path(self, *parts):
        return os.path.join(self.folder, self.name, *parts)

    def checkpoints(self):
        """Updates of the visible checkpoints, oldest first."""
        folder = self.path("checkpoints")
        names = os.listdir(folder) if os.path.isdir(folder) else []
        return sorted(int(name.split("-")[1]) for name in names if name.startswith("update-"))

    def saved(self):
        """The last update that train.log calls saved; a line cut by the kill does not count."""
        last = -1
        if os.path.exists(self.path("train.log")):
            with open(self.path("train.log"), encoding="utf-8") as lines:
                for line in lines:
                    match = re.search(r"Saved .*/update-(\d+)\n", line)
                    if match:
                        last = max(last, int(match.group(1)))
        return last

    def check(self):
        """Every visible checkpoint is whole, and none that was reported is missing."""
        present = self.checkpoints()
        if self.saved() > (present[-1] if present else -1):
            fail(f"update {self.saved()} was reported as saved, but there is only {present}")
        for update in present:
            checkpoint = self.path("checkpoints", f"update-{update:08d}")
            result = subprocess.run([self.program, "model", "verify", checkpoint],
                                    capture_output=True, text=True)
            if result.returncode != 0:
                fail(f"{checkpoint}: {result.stderr}")
        return present[-1] if present else -1


    def result(self, update):
        """All that must not depend on kills, by name."""
        checkpoint = f"checkpoints/update-{update:08d}/"
        result = {}
        for name in ("model.safetensors", checkpoint + "model.safetensors",
                     checkpoint + "optimizer.safetensors"):
            with open(self.path(name), "rb") as file:
                result[name] = file.read()
        with open(self.path(checkpoint + "state.json"), encoding="utf-8") as file:
            record = json.load(file)
        state = record["state"]
        # Numbers of seconds differ in length, and so does what they are written to.
        del state["seconds"], state["window"]["seconds"], state["log_bytes"]
        result["state"], result["settings"] = state, record["settings"]
        result["train.jsonl"] = []
        with open(self.path("train.jsonl"), encoding="utf-8") as lines:
            for line in lines:
                event = json.loads(line)
                for key in ("seconds", "elapsed_seconds", "words_per_second", "path"):
                    event.pop(key, None)
                result["train.jsonl"].append(event)
        return result


def wait_for_save(run, process, after):
    """Returns when the run has reported a save of a later update than `after`."""
    started = time.monotonic()
    while run.saved() <= after:
        if process.poll() is not None or time.monotonic() - started > 300:
            process.kill()
            fail(f"no save; exit {process.returncode}: {process.communicate()[1]}")
        time.sleep(0.005)


def time_to_first_save(run):
    """Seconds from the start until a checkpoint after the first update is there; then kills."""
    started = time.monotonic()
    process = run.start()
    wait_for_save(run, process, after=0)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return time.monotonic() - started


def kill_fresh_starts(program, folder, kills, startup, rng):
    """How many of the killed starts had begun."""
    run = Run(program, folder, "fresh")
    run.finish(4)
    begun = 0
    for kill in range(kills):
        before = toy.contents(run.path())
        process = run.start("--fresh")
        time.sleep(rng.uniform(0, 2 * startup))
        process.send_signal(signal.SIGKILL)
        messages = process.communicate()[1]
        if process.returncode != -signal.SIGKILL:
            fail(f"exit {process.returncode} before kill {kill} of --fresh: {messages}")
        if toy.contents(run.path()) == before:
            continue
        begun += 1
        run.finish(1)
        if run.check() < 1:
            fail(f"kill {kill} of --fresh: neither the old run nor a saved update of the new one")
        run.finish(run.check() + 2)
    result = subprocess.run([program, "model", "verify", run.path()], capture_output=True,
                            text=True)
    if result.returncode != 0:
        fail(f"after {kills} kills of --fresh: {result.stderr}")
    return begun


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        toy.write_corpus(folder, rng)
        toy.write_config(folder)
        disturbed = Run(arguments.program, folder, "disturbed")
        startup = time_to_first_save(disturbed)
        last, went_on = disturbed.check(), 0
        for kill in range(1, arguments.kills):
            process = disturbed.start()
            if kill % 2 == 0:
                time.sleep(rng.uniform(0, 2 * startup))  # anywhere, the start included
            else:
                wait_for_save(disturbed, process, after=last)  # on a busy machine too
                time.sleep(rng.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
            messages = process.communicate()[1]
            if process.returncode != -signal.SIGKILL:
                fail(f"exit {process.returncode} before kill {kill}: {messages}")
            newest = disturbed.check()
            if newest < last:
                fail(f"checkpoint {last} was there, after kill {kill} the newest is {newest}")
            went_on += newest > last
            last = newest
        if went_on == 0:
            fail("no new checkpoint between two kills; expected some progress")
        disturbed.finish(last + 20)
        alone = Run(arguments.program, folder, "alone")
        alone.finish(last + 20)
        expected = alone.result(last + 20)
        for name, got in disturbed.result(last + 20).items():
            if got != expected[name]:
                fail(f"{name} differs from that of an undisturbed run")
        begun = kill_fresh_starts(arguments.program, folder, arguments.kills, startup, rng)
        print(f"{arguments.kills} kills of --fresh, {begun} of them of runs that had begun: "
              "nothing lost")
        print(f"{arguments.kills} kills survived, {went_on} of them after new checkpoints; model, "
              f"checkpoint and {len(expected['train.jsonl'])} records are those of an undisturbed "
              f"run of {last + 20} updates")


if __name__ == "__main__":
    main()
