"""A run that starts from a model: what it takes, what it refuses, and that the parent stays.

Usage: initial_model_test.py PATH/TO/talmach
"""

import json
import os
import random
import shutil
import subprocess
import sys
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))


class InitialModelTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        result = cls.train("parent", "--max-updates", "30")
        assert result.returncode == 0, result.stderr
        cls.parent = toy.contents(cls.path("parent"))

    def tearDown(self):
        self.assertEqual(toy.contents(self.path("parent")), self.parent)

    @classmethod
    def run_program(cls, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], cwd=cls.directory, capture_output=True,
                              text=True, timeout=120, **more)

    @classmethod
    def train(cls, name, *flags):
        return cls.run_program("train", "-c", "config.yaml", "-m", name, "--threads", "1", *flags)

    def child(self, name, *flags, parent="parent", updates=1):
        result = self.train(name, "--initial-model", parent, "--max-updates", str(updates), *flags)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stderr

    def refused(self, code, name, *flags):
        result = self.train(name, *flags)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertFalse(os.path.exists(self.path(name)))
        return result.stderr

    def translate(self, model):
        result = self.run_program("translate", "-m", model, "-i", "train.en", "--n-best", "2",
                                  "--threads", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def info(self, model):
        result = self.run_program("model", "info", model)
        self.assertEqual(result.returncode, 0, result.stderr)
        return dict(line.split(None, 1) if not line.startswith(("initial model", "source v",
                                                                "target v"))
                    else (line[:13], line[20:]) for line in result.stdout.splitlines())

    # What is taken.

    def test_before_its_first_update_it_translates_as_its_parent(self):
        self.child("child", "--learning-rate", "0.001", "--schedule", "constant")
        start = "child/checkpoints/update-00000000"
        self.assertEqual(self.translate(start), self.translate("parent"))
        self.assertNotEqual(self.translate("child"), self.translate("parent"))
        for tokenizer in ("source.spm", "target.spm"):
            self.assertEqual(self.read_bytes("child/" + tokenizer), self.parent[tokenizer])
        self.assertEqual(self.run_program("model", "verify", "child").returncode, 0)

    def test_its_parent_stands_in_its_file_and_record(self):
        messages = self.child("named")
        self.assertIn("all weights are taken", messages)
        checksum = self.info("parent")["checksum"]
        for model in ("named", "named/checkpoints/update-00000001"):
            self.assertEqual(self.info(model)["initial model"], f"parent, checksum {checksum}")
        self.assertNotIn("initial model", self.info("parent"))
        records = [json.loads(line) for line in self.read("named/train.jsonl").splitlines()]
        record = next(record for record in records if record["event"] == "initial_model")
        self.assertEqual((record["path"], record["checksum"]), ("parent", checksum))

    def test_a_checkpoint_or_a_model_file_will_do(self):
        for i, parent in enumerate(("parent/checkpoints/update-00000028",
                                    "parent/model.safetensors",
                                    "parent/checkpoints/update-00000028/model.safetensors")):
            self.child(f"child_{i}", parent=parent)
            self.assertEqual(self.translate(f"child_{i}/checkpoints/update-00000000"),
                             self.translate(os.path.dirname(parent) if parent.endswith("tensors")
                                            else parent))

    def make_tokenizer(self, name, text, size):
        self.write(name + ".txt", text)
        result = self.run_program("tokenizer", "train", "-i", name + ".txt", "--model-prefix",
                                  name, "--vocab-size", str(size))
        self.assertEqual(result.returncode, 0, result.stderr)
        return ["--set", f"tokenizer.source_model={name}.model",
                f"tokenizer.target_model={name}.model"]

    def test_named_tokenizers_give_rows_by_piece(self):
        flags = self.make_tokenizer("other", self.read("train.en") + "zebra zoo\n" * 20, 40)
        messages = self.child("by_piece", *flags)
        line = next(line for line in messages.splitlines() if "Starting from" in line)
        self.assertRegex(line, r"for \d+ of \d+ source and \d+ of \d+ target pieces")
        dry = self.train("dry", "--initial-model", "parent", "--dry-run", *flags)
        self.assertEqual(dry.returncode, 0, dry.stderr)
        self.assertIn(line[line.index("whose rows"):], dry.stdout)
        self.assertFalse(os.path.exists(self.path("dry")))
        self.assertNotEqual(self.read_bytes("by_piece/source.spm"), self.parent["source.spm"])

    def test_a_resumed_run_does_not_read_it(self):
        shutil.copytree(self.path("parent"), self.path("gone"))
        self.child("resumed", parent="gone")
        shutil.rmtree(self.path("gone"))
        for name, parent in (("resumed", "gone"), ("whole", "parent")):
            result = self.train(name, "--initial-model", parent, "--max-updates", "3")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.tensors("resumed"), self.tensors("whole"))
        optimizer = "/checkpoints/update-00000003/optimizer.safetensors"
        self.assertEqual(self.read_bytes("resumed" + optimizer),
                         self.read_bytes("whole" + optimizer))

    def test_a_run_that_has_begun_says_that_it_does_not_start_again(self):
        self.assertEqual(self.train("begun", "--max-updates", "1").returncode, 0)
        result = self.train("begun", "--initial-model", "parent", "--max-updates", "2")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("training.initial_model: not read", result.stderr)

    def test_frozen_tensors_stay_in_the_model(self):
        self.child("freezing", "--freeze", "[encoder, embedding, *readout.bias]", updates=4)
        child = self.tensors("freezing")
        for name, data in self.tensors("parent").items():
            is_frozen = name.startswith(("encoder", "embedding")) or name.endswith("readout.bias")
            self.assertEqual(data == child[name], is_frozen, name)
        result = self.run_program("config", "show", "freezing/config.yaml")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r'freeze: \[encoder, embedding, "\*readout.bias"\]')

    def tensors(self, model):
        data = self.read_bytes(model + "/model.safetensors")
        size = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + size])
        return {name: data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
                for name, entry in header.items() if name != "__metadata__"}

    # What is refused.

    def test_another_size_names_each_tensor(self):
        messages = self.refused(2, "sizes", "--initial-model", "parent", "--set",
                                "model.encoder.hidden_size=20")
        self.assertIn("encoder.layers.0.forward.weight_hh", messages)
        self.assertIn("expected [60, 20], got [72, 24]", messages)
        self.assertIn("decoder.attention.key.weight", messages)
        self.assertNotIn("embedding.weight", messages.replace("readout.embedding.weight", ""))

    def test_a_frozen_parent_is_refused(self):
        result = self.run_program("model", "convert", "parent", "--precision", "int8", "-o",
                                  "int8")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("take the model it was converted from",
                      self.refused(4, "from_int8", "--initial-model", "int8"))

    def test_vocabularies_without_a_common_piece_are_refused(self):
        flags = self.make_tokenizer("greek", "αλφα βητα γαμμα\nδελτα ζητα\n", 20)
        messages = self.refused(2, "none_in_common", "--initial-model", "parent", *flags)
        self.assertIn("it shares no piece with the source vocabulary of parent", messages)

    def test_a_missing_parent_is_refused_and_found_by_config_check(self):
        self.assertIn("nowhere", self.refused(4, "none", "--initial-model", "nowhere"))
        check = ["config", "check", "config.yaml", "--set"]
        result = self.run_program(*check, "training.initial_model=nowhere",
                                  "model.pretrained_embeddings=none.vec")
        self.assertEqual(result.returncode, 2)
        self.assertIn("training.initial_model", result.stderr)
        self.assertIn("none.vec", result.stderr)
        for parent in ("parent", "parent/checkpoints/update-00000028", "parent/model.safetensors"):
            result = self.run_program(*check, "training.initial_model=" + parent)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_parent_is_not_written_over(self):
        for flags in (["--fresh"], []):
            for parent in ("parent", "parent/checkpoints/update-00000028"):
                result = self.train("parent", "--initial-model", parent, *flags)
                self.assertEqual(result.returncode, 2, result.stderr)
                self.assertIn("training.initial_model", result.stderr)

    def test_a_fresh_start_takes_another_parent(self):
        self.child("again")
        first = self.translate("again/checkpoints/update-00000000")
        parent = "parent/checkpoints/update-00000028"
        self.child("again", "--fresh", parent=parent)
        self.assertEqual(self.translate("again/checkpoints/update-00000000"),
                         self.translate(parent))
        self.assertNotEqual(self.translate(parent), first)

    def test_patterns_that_match_nothing_are_refused_with_the_names(self):
        messages = self.refused(2, "pattern", "--freeze", "encodr")
        self.assertIn("training.freeze", messages)
        self.assertIn("encoder.layers.0.forward.weight_ih", messages)
        self.assertIn("nothing is left to train", self.refused(2, "all", "--freeze", "*"))

    # Pretrained embeddings.

    def test_pretrained_embeddings_fill_rows_by_piece(self):
        result = self.run_program("tokenizer", "encode", "-m", "parent/source.spm", "-i",
                                  "train.en")
        self.assertEqual(result.returncode, 0, result.stderr)
        piece = result.stdout.split()[0]
        self.write("good.vec", "2 24\n" + piece + " 0.5" * 24 + "\nzzz" + " 1" * 24 + "\n")
        self.write("bad.vec", piece + " 0.5" * 24 + "\nzzz" + " 1" * 23 + "\n")
        flags = ["--max-updates", "1", "--set", "model.pretrained_embeddings="]
        self.assertIn("bad.vec:2: ", self.refused(3, "bad", *flags[:-1], flags[-1] + "bad.vec"))
        result = self.train("vectors", *flags[:-1], flags[-1] + "good.vec", "--freeze",
                            "embedding")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"1 of \d+ pieces start with one of its 2 vectors")
        rows = self.tensors("vectors")["embedding.weight"]
        row = b"\0\0\0\x3f" * 24
        self.assertIn(0, [i % 96 for i in range(len(rows)) if rows.startswith(row, i)])
        self.assertIn("at most one", self.refused(2, "both", *flags[:-1], flags[-1] + "good.vec",
                                                  "--initial-model", "parent"))


if __name__ == "__main__":
    unittest.main()
