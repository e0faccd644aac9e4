"""Models of every released format version still load, verify, translate and go on training.

tests/golden/model_v* were written by scripts/make_golden_model.py with the version that made the
format; what they translated and scored then stands beside them.

Usage: golden_model_test.py PATH/TO/talmach
"""

import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
MODELS = sorted(path for path in GOLDEN.glob("model_v*") if path.is_dir())


class GoldenModelTest(unittest.TestCase):
    def run_program(self, *arguments, cwd=None):
        result = subprocess.run([PROGRAM, *arguments, "--threads", "1"], cwd=cwd,
                                capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, f"{arguments}: {result.stderr}")
        return result.stdout

    def test_there_are_models_of_both_kinds(self):
        self.assertTrue({"model_v1", "model_v1_int8"} <= {path.name for path in MODELS})

    def test_they_verify(self):
        for model in MODELS:
            self.run_program("model", "verify", str(model))

    def test_they_translate_as_they_did(self):
        for model in MODELS:
            self.assertEqual(self.run_program("translate", "-m", str(model), "-i",
                                              str(model / "input.txt")),
                             (model / "expected.txt").read_text(encoding="utf-8"), model.name)

    def test_they_score_as_they_did(self):
        for model in MODELS:
            scores = self.run_program("score", "-m", str(model), "-s", str(model / "input.txt"),
                                      "-t", str(model / "expected.txt")).split()
            expected = (model / "expected_scores.txt").read_text().split()
            self.assertEqual(len(scores), len(expected))
            for got, wanted in zip(scores, expected):
                self.assertAlmostEqual(float(got), float(wanted), delta=1e-2, msg=model.name)

    def test_their_training_goes_on(self):
        resumable = [model for model in MODELS if (model / "checkpoints").is_dir()]
        self.assertTrue(resumable)
        for model in resumable:
            with tempfile.TemporaryDirectory() as folder:
                toy.write_corpus(folder, random.Random(1))
                copy = os.path.join(folder, "model")
                shutil.copytree(model, copy)
                config = pathlib.Path(copy, "config.yaml")
                text = config.read_text(encoding="utf-8").replace("/corpus/", folder + "/")
                pathlib.Path(folder, "config.yaml").write_text(text, encoding="utf-8")
                update = int((model / "checkpoints" / "LATEST").read_text().split("-")[1]) + 3
                self.run_program("train", "-c", "config.yaml", "-m", "model", "--max-updates",
                                 str(update), cwd=folder)
                log = pathlib.Path(copy, "train.log").read_text(encoding="utf-8")
                self.assertIn("Resumed from", log)
                self.run_program("model", "verify", "model", cwd=folder)


if __name__ == "__main__":
    unittest.main()
