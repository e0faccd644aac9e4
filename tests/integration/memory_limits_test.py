"""Refused memory ends in one line that names the limit and exit code 1, whichever thread asks for
it and whatever library: the program runs under limits of address space (ulimit -v) from the least
it starts with to enough.

usage: memory_limits_test.py PATH/TO/talmach [--limits N]     N limits for each command (12)
"""

import argparse
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import sanitizer
import shared_folder
import toy

ARGUMENTS = argparse.ArgumentParser()
ARGUMENTS.add_argument("program")
ARGUMENTS.add_argument("--limits", type=int, default=12)
OPTIONS, REST = ARGUMENTS.parse_known_args()
PROGRAM = os.path.abspath(OPTIONS.program)
MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "model_v1")
MEBIBYTE = 1 << 20
MOST = 4096 * MEBIBYTE  # more than any of the commands takes
ENVIRONMENT = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}


def limited(limit):
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def errors_of(stderr):
    """Its lines but those of the log."""
    return [line for line in stderr.splitlines() if not line.startswith("[")]


@unittest.skipUnless(sanitizer.MEMORY_COUNTS, "a sanitizer reserves address space of its own")
class MemoryLimitsTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        cls.least = cls.find_least()

    @classmethod
    def find_least(cls):
        """The least limit with which the program starts; below it the system's loader complains."""
        low, high = 0, MOST
        while high - low > MEBIBYTE:
            middle = (low + high) // 2
            starts = subprocess.run([PROGRAM, "--version"], preexec_fn=limited(middle), check=False,
                                    capture_output=True).returncode == 0
            low, high = (low, middle) if starts else (middle, high)
        return high

    def run_limited(self, limit, *arguments):
        return subprocess.run([PROGRAM, *arguments], cwd=self.directory, preexec_fn=limited(limit),
                              capture_output=True, text=True, timeout=600, check=False,
                              env=ENVIRONMENT)

    def limits(self, succeeds):
        """Limits from the least to the first of a growing row with which the command succeeds."""
        enough = self.least
        while not succeeds(enough):
            self.assertLess(enough, MOST, "it never succeeds")
            enough = min(MOST, enough + enough // 4)
        step = (enough - self.least) / (OPTIONS.limits - 1)
        return [int(self.least + i * step) for i in range(OPTIONS.limits)]

    def check_failure(self, limit, code, stderr):
        what = f"{limit // 1024} KiB: exit code {code}\n{stderr}"
        self.assertEqual(code, 1, what)
        errors = errors_of(stderr)
        self.assertEqual(len(errors), 1, what)
        self.assertRegex(errors[0], "out of memory|refuses another thread", what)
        self.assertIn(f"ulimit -v is {limit // 1024} KiB", errors[0], what)

    def sweep(self, *arguments):
        """Runs a command under each limit."""
        for limit in self.limits(lambda limit: self.run_limited(limit, *arguments).returncode == 0):
            result = self.run_limited(limit, *arguments)
            if result.returncode != 0:
                self.check_failure(limit, result.returncode, result.stderr)

    def test_train(self):
        with open(self.path("twenty.yaml"), "w", encoding="utf-8") as file:
            file.write(toy.CONFIG.replace("1000000", "20").replace(
                "every: 25u, metrics: [cross_entropy]", "every: 5u, metrics: [cross_entropy, bleu]"))
        for flags in ((), ("--set", "training.workers=2"),
                      ("--set", "training.threads=2", "--set", "training.precision=bfloat16")):
            with self.subTest(flags=flags):
                self.sweep("train", "-c", "twenty.yaml", "-m", "new", "--fresh", *flags)

    def test_translate(self):
        for flags in (("--precision", precision, "--threads", threads)
                      for precision in ("float32", "int8") for threads in ("1", "2")):
            with self.subTest(flags=flags):
                self.sweep("translate", "-m", MODEL, "-i", "train.en", "-o", "out", *flags)

    def test_score_and_align(self):
        self.sweep("score", "-m", MODEL, "-s", "train.en", "-t", "train.de", "-o", "out")
        self.sweep("align", "-s", "train.en", "-t", "train.de", "-o", "out")

    def test_evaluate(self):
        self.sweep("evaluate", "-r", "train.de", "-i", "train.en", "-m", "bleu", "chrf", "ter",
                   "--confidence")

    def test_tokenizer(self):
        self.sweep("tokenizer", "train", "-i", "train.en", "--model-prefix", "pieces",
                   "--vocab-size", "60")

    def start_server(self, limit):
        """Starts a server, has it translate and stops it: its exit code and what it said."""
        process = subprocess.Popen(
            [PROGRAM, "serve", "-m", MODEL, "--port", "0", "--threads", "2"],
            preexec_fn=limited(limit), stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        said = ""
        for line in process.stderr:
            said += line
            found = re.search(r"listening on (http://\S+)/", line)
            if not found:
                continue
            self.assertIn(self.ask(found[1]), (200, 503), said)
            process.send_signal(signal.SIGTERM)
        process.stderr.close()
        return process.wait(timeout=60), said

    @staticmethod
    def ask(address):
        """The status of a request to translate."""
        request = urllib.request.Request(address + "/translate", b'{"text": "a dog sees a cat"}',
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_serve(self):
        stopped = 128 + signal.SIGTERM
        for limit in self.limits(lambda limit: self.start_server(limit)[0] == stopped):
            code, said = self.start_server(limit)
            if code != stopped:
                self.check_failure(limit, code, said)

    def test_threads_that_do_not_fit(self):
        for arguments in (("translate", "-m", MODEL, "-i", "train.en"),
                          ("score", "-m", MODEL, "-s", "train.en", "-t", "train.de"),
                          ("align", "-s", "train.en", "-t", "train.de"),
                          ("evaluate", "-r", "train.de", "-i", "train.en", "--confidence"),
                          ("serve", "-m", MODEL, "--port", "0")):
            with self.subTest(arguments=arguments):
                result = self.run_limited(1024 * MEBIBYTE, *arguments, "--threads", "1024")
                self.check_failure(1024 * MEBIBYTE, result.returncode, result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *REST])
