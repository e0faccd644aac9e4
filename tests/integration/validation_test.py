"""Validation as the program does it: its numbers are those of `talmach evaluate`, scripts that fail
or hang lose no training, and the best model by each metric translates.

Usage: validation_test.py PATH/TO/talmach
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))
SECONDS = 60.0  # far less on a machine of its own


class ValidationTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)

    @staticmethod
    def command(name, *flags, settings):
        changes = [part for setting in settings for part in ("--set", setting)]
        return [PROGRAM, "train", "-c", "config.yaml", "-m", name, "--threads", "1", *changes,
                *flags]

    def train(self, name, *flags, settings):
        return subprocess.run(self.command(name, *flags, settings=settings), cwd=self.directory,
                              capture_output=True, text=True, timeout=120, check=False)

    def run_program(self, *arguments):
        result = subprocess.run([PROGRAM, *arguments], cwd=self.directory, capture_output=True,
                                text=True, timeout=120, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def validations(self, name):
        records = [json.loads(line) for line in self.read(name + "/train.jsonl").splitlines()]
        return [record for record in records if record["event"] == "validation"]

    def test_numbers_are_those_of_evaluate_to_the_last_digit(self):
        self.write("keep.sh", 'cp "$1" kept.source; cp "$2" kept.reference; cp "$3" kept.output\n'
                              "echo keeping the texts >&2\nprintf '%s\\n' 'a line' 12.25\n")
        result = self.train("numbers", "--max-updates", "50", settings=[
            "validation.metrics=[bleu,chrf,ter,script]", "validation.script=sh keep.sh",
            "validation.keep_best=true"])
        self.assertEqual(result.returncode, 0, result.stderr)
        last = self.validations("numbers")[-1]
        self.assertEqual(last["script"], 12.25)
        self.assertIn("script: keeping the texts", self.read("numbers/train.log"))
        self.assertEqual(self.read("kept.source"), self.read("train.en"))
        self.assertEqual(self.read("kept.reference"), self.read("train.de"))
        evaluated = json.loads(self.run_program(
            "evaluate", "-r", "kept.reference", "-i", "kept.output", "-m", "bleu", "chrf", "ter",
            "--format", "json"))
        self.assertEqual([last["bleu"], last["chrf"], last["ter"]],
                         [metric["score"] for metric in evaluated])
        for metric in ("bleu", "chrf", "ter", "script"):
            best = f"numbers/checkpoints/best-{metric}"
            output = self.run_program("translate", "-m", best, "-i", "train.en", "--beam-size", "1")
            self.assertEqual(output.count("\n"), 100)
        verified = self.run_program("model", "verify", "-m", "numbers")
        self.assertIn("best-script/model.safetensors: ok", verified)

    def test_each_set_is_recorded_and_keeps_its_best_models(self):
        pairs = zip(self.read("train.en").splitlines(), self.read("train.de").splitlines())
        self.write("few.tsv", "".join(f"{target}\t{source}\n" for source, target in
                                      list(pairs)[:10]))
        result = self.train("sets", "--max-updates", "50", settings=[
            "validation.metrics=[bleu]", "validation.keep_best=true", "validation.stop_on=all",
            "training.early_stopping=9",
            "validation.sets=[{tsv: few.tsv, columns: [2, 1], name: few}]"])
        self.assertEqual(result.returncode, 0, result.stderr)
        last = self.validations("sets")[-1]
        self.assertEqual(sorted(last["sets"]), ["few", "valid"])
        self.assertEqual(last["sets"]["valid"]["bleu"], last["bleu"])
        self.assertEqual(sorted(last["stale"]), ["bleu", "few.bleu"])
        for best in ("best-bleu", "best-few.bleu"):
            self.run_program("translate", "-m", "sets/checkpoints/" + best, "-i", "train.en")
        again = self.train("sets", "--max-updates", "50", settings=[
            "validation.metrics=[bleu]", "validation.sets=[{tsv: train.tsv, name: few}]"])
        self.assertEqual(again.returncode, 3, again.stderr)
        self.assertIn("train.tsv", again.stderr)

    def test_a_script_that_fails_does_not_end_training(self):
        for script, message in (("false", "validation.script: failed; expected exit code 0, got 1"),
                                ("./none", "got 127"), ("echo so good", "got so good"),
                                ("kill -9 $$;", "got 137")):
            with self.subTest(script=script):
                result = self.train("failing", "--max-updates", "4", "--fresh", settings=[
                    "validation.every=2u", "validation.metrics=[script,cross_entropy]",
                    "validation.script=" + script])
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stderr.count(message), 2, result.stderr)
                self.assertEqual([record["script"] for record in self.validations("failing")],
                                 [None, None])
                self.assertTrue(os.path.exists(self.path("failing/model.safetensors")))

    def test_a_script_that_ignores_the_signal_does_not_keep_training_from_stopping(self):
        self.write("hang.sh", "trap '' TERM INT\n[ -e go ] && echo 1 && exit\ntouch hangs\n"
                              "while :; do sleep 1; done\n")
        settings = ["validation.every=4u", "validation.metrics=[script]",
                    "validation.script=sh hang.sh"]
        process = subprocess.Popen(
            self.command("hanging", "--max-updates", "6", settings=settings),
            cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(int(SECONDS / 0.05)):
            if os.path.exists(self.path("hangs")) or process.poll() is not None:
                break
            time.sleep(0.05)
        self.assertTrue(os.path.exists(self.path("hangs")))
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=SECONDS), 143)
        self.assertEqual(self.validations("hanging"), [])
        self.write("go", "")
        result = self.train("hanging", "--max-updates", "6", settings=settings)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([record["update"] for record in self.validations("hanging")], [4, 6])

    def test_mistakes_are_named_before_anything_starts(self):
        for settings, message in (
                (["validation.metrics=[bleu,meteor]"],
                 "validation.metrics: expected one of cross_entropy, perplexity, bleu, chrf, ter, "
                 "script, got meteor"),
                (["validation.metrics=[bleu,bleu]"],
                 "validation.metrics: expected each metric once, got bleu twice"),
                (["validation.metrics=[script]"],
                 "validation.script: expected a command, as script is one of the metrics"),
                (["validation.script=echo 1"],
                 "validation.script: expected script among validation.metrics"),
                (["validation.stop_on=last"],
                 "validation.stop_on: expected one of first, any, all, got last"),
                (["validation.every=0", "validation.keep_best=true"],
                 "validation.keep_best: needs validation")):
            with self.subTest(settings=settings):
                result = self.train("mistaken", settings=settings)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn(message, result.stderr)
                self.assertFalse(os.path.exists(self.path("mistaken")))


if __name__ == "__main__":
    unittest.main()
