"""A start that fails leaves the model directory as it was, to the byte, with --fresh and without.

Usage: fresh_start_test.py PATH/TO/talmach
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import unittest

import sanitizer
import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))


class FreshStartTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        cls.write("empty_lines.de", "\n" * 100)
        cls.write("bad.spm", b"no model")
        result = cls.train("old", "--max-updates", "4")
        assert result.returncode == 0, result.stderr
        cls.write("old/notes.txt", "mine")

    @classmethod
    def train(cls, name, *flags, **more):
        return subprocess.run([PROGRAM, "train", "-c", "config.yaml", "-m", name, "--threads", "1",
                               *flags], cwd=cls.directory, capture_output=True, text=True,
                              timeout=120, **more)

    def everything(self, name):
        """All files and folders below a directory, and what the files hold."""
        found = {}
        for folder, folders, files in os.walk(self.path(name)):
            for entry in folders + files:
                path = os.path.join(folder, entry)
                found[os.path.relpath(path, self.path(name))] = (
                    None if os.path.isdir(path) else self.read_bytes(path))
        return found

    FAILURES = ((3, ["--set", "data.train.target=empty_lines.de"]),
                (3, ["--set", "data.max_length=1"]),
                (3, ["--set", "data.train.target=none.de"]),
                (3, ["--set", "data.valid.source=empty_lines.de", "data.valid.target=none.de"]),
                (4, ["--set", "tokenizer.source_model=bad.spm", "tokenizer.target_model=bad.spm"]))

    def test_a_fresh_start_that_fails_changes_nothing(self):
        before = self.everything("old")
        for code, flags in self.FAILURES:
            with self.subTest(flags=flags):
                result = self.train("old", "--fresh", *flags)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertEqual(self.everything("old"), before)
        copy = {name: data for name, data in before.items() if name != "train.lock"}
        shutil.copytree(self.path("old"), self.path("copy"))
        os.remove(self.path("copy/train.lock"))
        self.assertEqual(self.train("copy", "--fresh", *self.FAILURES[0][1]).returncode, 3)
        self.assertEqual(self.everything("copy"), copy)

    def test_a_first_start_that_fails_leaves_nothing_that_refuses_the_right_corpus(self):
        for is_there in (False, True):
            name = f"first_{is_there}"
            if is_there:
                os.makedirs(self.path(name))
                self.write(name + "/notes.txt", "mine")
            for code, flags in self.FAILURES:
                with self.subTest(flags=flags, is_there=is_there):
                    result = self.train(name, *flags)
                    self.assertEqual(result.returncode, code, result.stderr)
                    self.assertEqual(os.path.exists(self.path(name)), is_there)
                    if is_there:
                        self.assertEqual(self.everything(name), {"notes.txt": b"mine"})
            result = self.train(name, "--max-updates", "2")
            self.assertEqual(result.returncode, 0, result.stderr)

    @unittest.skipUnless(sanitizer.MEMORY_COUNTS, "a sanitizer needs terabytes of addresses")
    def test_refused_memory_changes_nothing(self):
        before = self.everything("old")
        failed = 0
        for mebibytes in range(120, 600, 40):
            limit = mebibytes << 20
            result = self.train(
                "old", "--fresh", "--max-updates", "1", "--set", "training.batch_sentences=100",
                "model.decoder.hidden_size=512", "model.encoder.hidden_size=512",
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            if result.returncode == 0:
                break
            failed += 1
            after = {name: data for name, data in self.everything("old").items()
                     if result.returncode > 0 or not name.startswith("new-run")}
            after["train.lock"] = before["train.lock"]  # names the process until the next one
            self.assertEqual(after, before, (mebibytes, result.returncode, result.stderr))
        self.assertGreater(failed, 0)

    def test_a_signal_before_the_first_update_changes_nothing(self):
        before = self.everything("old")
        process = subprocess.Popen(
            [PROGRAM, "train", "-c", "config.yaml", "-m", "old", "--threads", "1", "--fresh",
             "--log-level", "debug"], cwd=self.directory, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "a tokenizer of" in line:
                break
        process.send_signal(signal.SIGTERM)
        messages = process.communicate(timeout=120)[1]
        self.assertEqual(process.returncode, 143, messages)
        after = self.everything("old")
        if after != before:  # the signal came late, and the run had begun
            self.assertIn("checkpoints/update-00000001", after, messages)
            self.assertFalse([name for name in after if name.startswith(("new-", "old-"))])

    def test_updates_that_never_succeed_change_nothing_but_name_their_lines(self):
        shutil.copytree(self.path("old"), self.path("diverging"))
        before = self.everything("diverging")
        result = self.train("diverging", "--fresh", "--set", "training.learning_rate=1e38",
                            "training.warmup_updates=0", "training.max_skipped=2",
                            "training.max_rollbacks=0", "training.clip_norm=0",
                            "validation.every=1000u")
        self.assertEqual(result.returncode, 5, result.stderr)
        after = self.everything("diverging")
        self.assertIn("diverging/diverged.txt", result.stderr)
        self.assertTrue(after.pop("diverged.txt"))
        self.assertEqual(after, before)

    def test_a_fresh_start_that_succeeds_replaces_all(self):
        shutil.copytree(self.path("old"), self.path("renewed"))
        result = self.train("renewed", "--fresh", "--max-updates", "1", "--set",
                            "training.seed=2")
        self.assertEqual(result.returncode, 0, result.stderr)
        after = self.everything("renewed")
        self.assertEqual(after["notes.txt"], b"mine")
        self.assertNotIn("checkpoints/update-00000004", after)
        self.assertFalse([name for name in after if name.startswith(("new-", "old-"))])
        verified = subprocess.run([PROGRAM, "model", "verify", "renewed"], cwd=self.directory,
                                  capture_output=True, text=True)
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertNotIn("new-run", self.read("renewed/train.jsonl"))
        self.assertNotIn("Saved renewed/new-run", result.stderr)

    def test_a_tokenizer_with_a_flipped_bit_is_not_trained_on_with(self):
        shutil.copytree(self.path("old"), self.path("flipped"))
        data = bytearray(self.read_bytes("flipped/source.spm"))
        data[len(data) // 3] ^= 1
        self.write("flipped/source.spm", bytes(data))
        before = self.everything("flipped")
        result = self.train("flipped", "--max-updates", "6")
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertEqual(self.everything("flipped"), before)


if __name__ == "__main__":
    unittest.main()
