"""Training on several corpora: in parts as at once, and what is wrong with one of them is said first.

Usage: corpora_test.py PATH/TO/talmach
"""

import gzip
import json
import os
import random
import subprocess
import sys
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))

LIST = """
data:
  train:
    - {source: train.en, target: train.de, name: toy, weight: 3}
    - {tsv: small.tsv.gz, columns: [3, 1], name: small, tag: <bt>, weight: 1}
  mixing: weights
tokenizer: {symbols: [<bt>]}
"""


class CorporaTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        cls.write("list.yaml", LIST)
        pairs = zip(cls.read("train.en").splitlines()[:20], cls.read("train.de").splitlines()[:20])
        cls.table = "".join(f"{target}\t-\t{source}\n" for source, target in pairs)
        cls.write("small.tsv.gz", gzip.compress(cls.table.encode()))

    @classmethod
    def run_program(cls, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], cwd=cls.directory, capture_output=True,
                              text=True, timeout=120, **more)

    @classmethod
    def train(cls, name, *flags):
        return cls.run_program("train", "-c", "config.yaml", "list.yaml", "-m", name, "--threads",
                               "1", *flags)

    def records(self, name):
        """train.jsonl without what the clock and the directory decide."""
        records = []
        for line in self.read(name + "/train.jsonl").splitlines():
            record = json.loads(line)
            for key in ("seconds", "elapsed_seconds", "words_per_second", "path"):
                record.pop(key, None)
            records.append(record)
        return records

    def refused(self, code, where, *arguments):
        """Checks that one line says why nothing was started."""
        result = self.run_program(*arguments)
        self.assertEqual(result.returncode, code, result.stderr)
        lines = [line for line in result.stderr.splitlines() if where in line]
        self.assertEqual(len(lines), 1, result.stderr)

    def test_a_mixed_run_in_parts_is_the_whole_to_the_bit(self):
        for updates in (7, 30, 31, 70):
            result = self.train("parts", "--max-updates", str(updates))
            self.assertEqual(result.returncode, 0, result.stderr)
        result = self.train("whole", "--max-updates", "70")
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("model.safetensors", "checkpoints/update-00000070/model.safetensors",
                     "checkpoints/update-00000070/optimizer.safetensors"):
            self.assertEqual(self.read_bytes("parts/" + name), self.read_bytes("whole/" + name))

    def test_the_log_tells_the_cost_of_each_corpus_by_its_weight(self):
        result = self.train("logged", "--max-updates", "60")
        self.assertEqual(result.returncode, 0, result.stderr)
        tokens = {"toy": 0, "small": 0}
        for record in self.records("logged"):
            for name, corpus in record.get("corpora", {}).items():
                self.assertGreater(corpus["cost"], 0)
                tokens[name] += corpus["target_tokens"]
        self.assertAlmostEqual(tokens["small"] / sum(tokens.values()), 0.25, delta=0.06)
        self.assertRegex(self.read("logged/train.log"), r"Cost \d+\.\d+ : toy \d+\.\d+, small \d+\.")

    def test_a_list_of_one_corpus_is_the_short_form(self):
        one = "data.train=[{source: train.en, target: train.de, weight: 5}]"
        for name, updates, changes in (("short", 12, []), ("list", 9, ["--set", one]),
                                       ("list", 12, ["--set", one, "data.mixing=weights"])):
            result = self.run_program("train", "-c", "config.yaml", "--threads", "1",
                                      "--max-updates", str(updates), "-m", name, *changes)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual("data.train.weight: does nothing without" in result.stderr,
                             name == "list", result.stderr)
        for name in ("model.safetensors", "optimizer.safetensors"):
            name = "checkpoints/update-00000012/" + name
            self.assertEqual(self.read_bytes("short/" + name), self.read_bytes("list/" + name))

    def test_dry_run_check_and_show_know_the_list(self):
        result = self.run_program("train", "-c", "config.yaml", "list.yaml", "--dry-run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("parameters", result.stdout)
        shown = self.run_program("config", "show", "config.yaml", "list.yaml")
        self.write("shown.yaml", shown.stdout)
        self.assertIn("columns: [3, 1]", shown.stdout)
        again = self.run_program("config", "show", "shown.yaml")
        self.assertEqual(again.stdout, shown.stdout)
        self.assertEqual(self.run_program("config", "check", "shown.yaml").returncode, 0)
        missing = self.run_program("config", "check", "config.yaml", "--set",
                                   "data.train=[{tsv: small.tsv.gz, tag: <x>}, {tsv: none.tsv}]")
        self.assertEqual(missing.returncode, 2)
        self.assertIn("data.train[2].tsv: expected a file, got none.tsv", missing.stderr)

    def test_what_is_wrong_with_a_corpus_is_said_before_anything_starts(self):
        self.write("short.de", "ein\n")
        self.write("gap.tsv", self.table + "ein Hund\n")
        os.mkfifo(self.path("pipe"))
        good = "{tsv: small.tsv.gz, columns: [3, 1], weight: 1}"
        for code, where, corpus in (
                (3, "100 and 1", "{source: train.en, target: short.de, weight: 1}"),
                (3, "gap.tsv:21: a column is missing", "{tsv: gap.tsv, weight: 1}"),
                (3, "pipe: cannot be trained on", "{tsv: pipe, weight: 1}"),
                (3, "standard input: cannot be", "{source: train.en, target: '-', weight: 1}"),
                (2, "data.train[2].weight: expected > 0, got -2", "{tsv: gap.tsv, weight: -2}"),
                (2, "data.train[2].weight: expected a number, got nan", "{tsv: gap.tsv, weight: nan}"),
                (2, "data.train[2].name", "{tsv: gap.tsv, name: small.tsv, weight: 1}"),
                (2, "data.train[2].tag: '<bt>' is no piece",
                 "{source: train.en, target: train.de, tag: <bt>, weight: 1}")):
            with self.subTest(corpus=corpus):
                flags = ["-c", "config.yaml", "--set", f"data.train=[{good}, {corpus}]",
                         "--max-updates", "1"]
                self.refused(code, where, "train", *flags, "-m", "new")
                self.assertFalse(os.path.exists(self.path("new")))
                if code == 2:
                    self.refused(code, where, "train", *flags, "--dry-run")
        os.remove(self.path("pipe"))

    def test_another_list_is_refused_and_a_moved_one_reported(self):
        result = self.train("resumed", "--max-updates", "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        train = ["train", "-c", "config.yaml", "list.yaml", "-m", "resumed", "--threads", "1",
                 "--max-updates", "6"]
        self.refused(2, "data.train (corpora)", *train, "--set", "data.train.source=train.en",
                     "data.train.target=train.de", "data.mixing=all")
        self.refused(2, "data.mixing: cannot change", *train, "--set", "data.mixing=all")
        self.write("other.tsv", self.table.replace("Hund", "Hunde"))
        moved = LIST.replace("small.tsv.gz", "moved.tsv")
        self.write("moved.tsv", self.table)
        for name, text in (("moved.yaml", moved), ("other.yaml", LIST.replace("small.tsv.gz",
                                                                              "other.tsv"))):
            self.write(name, text)
        self.refused(2, "data.train[2].source (text)", *train, "-c", "other.yaml")
        result = self.run_program(*train, "-c", "moved.yaml")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("data.train[2].tsv was ", result.stderr)


if __name__ == "__main__":
    unittest.main()
