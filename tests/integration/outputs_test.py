"""No command writes over what it reads, nor over a file of a model, however it is spelled.

Usage: outputs_test.py PATH/TO/talmach
"""

import os
import random
import re
import shutil
import subprocess
import sys
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))

# A command: its inputs as flag and file, and its flags that write. {} is the file to be written.
TEXT = [("-s", "train.en"), ("-t", "train.de")]
COMMANDS = {
    "translate": (["translate"], [("-m", "model"), ("-i", "train.en"), ("--prefix", "train.de"),
                                  ("--shortlist", "list")], ["--output", "--attention"]),
    "score": (["score"], [("-m", "model"), *TEXT], ["--output", "--attention"]),
    "align": (["align"], [("-m", "model"), ("-r", "reverse"), *TEXT], ["--output"]),
    "probe": (["probe"], [("-m", "model"), *TEXT], ["--output", "--plot"]),
    "shortlist": (["shortlist"], [("-m", "model"), *TEXT], ["--output"]),
    "attention": (["attention"], [("--attention", "attention.jsonl")], ["--output"]),
    "evaluate": (["evaluate"], [("-r", "train.de"), ("-i", "hypotheses.de"),
                                ("--source", "train.en")], ["--output", "--html"]),
    "corpus stats": (["corpus", "stats"], [*TEXT, ("--valid-source", "train.en"),
                                           ("--valid-target", "train.de"),
                                           ("--test-source", "train.en"),
                                           ("--test-target", "train.de"),
                                           ("--source-model", "one.model"),
                                           ("--target-model", "one.model")],
                     ["--output", "--html"]),
    "corpus clean": (["corpus", "clean", "--output-source", "/dev/null", "--output-target",
                      "/dev/null"], TEXT, ["--dropped"]),
    "tokenizer encode": (["tokenizer", "encode"], [("-m", "one.model"), ("-i", "train.en")],
                         ["--output"]),
    "tokenizer decode": (["tokenizer", "decode"], [("-m", "one.model"), ("-i", "train.en")],
                         ["--output"]),
    "model average": (["model", "average"], [("-m", "model/model.safetensors")], ["--output"]),
    "model convert": (["model", "convert"], [("-m", "model/model.safetensors")], ["--output"]),
}
# Those that write several files or a folder; tested on their own.
OTHERS = {"tokenizer train": ["--model-prefix"], "heatmap": ["--output"],
          "corpus clean": ["--output-source", "--output-target"], "corpus split": ["--output"]}
# Files of the model directory, existing or not.
MODEL_FILES = ("model.safetensors", "config.yaml", "source.spm", "target.spm", "train.jsonl",
               "train.log", "train.lock", "checkpoints", "checkpoints/LATEST", "checkpoints/new",
               "checkpoints/update-00000002/state.json",
               "checkpoints/update-00000002/optimizer.safetensors")


class OutputsTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        for arguments in (["train", "-c", "config.yaml", "-m", "model", "--max-updates", "2"],
                          ["score", "-m", "model", "-s", "train.en", "-t", "train.de", "-o",
                           "scores", "--attention", "attention.jsonl"],
                          ["shortlist", "-m", "model", "-s", "train.en", "-t", "train.de", "-o",
                           "list"]):
            result = cls.run_program(*arguments)
            assert result.returncode == 0, result.stderr
        shutil.copytree(cls.path("model"), cls.path("reverse"))
        shutil.copy(cls.path("model/source.spm"), cls.path("one.model"))
        shutil.copy(cls.path("train.de"), cls.path("hypotheses.de"))

    @classmethod
    def run_program(cls, *arguments, **more):
        return subprocess.run([PROGRAM, *arguments], cwd=cls.directory, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, **more)

    def expect_refused(self, arguments, **more):
        before = toy.contents(self.directory)
        result = self.run_program(*arguments, **more)
        self.assertEqual(result.returncode, 2, (arguments, result.stderr))
        self.assertRegex(result.stderr.strip().splitlines()[-1], "--[a-z]+.*: .*would write over")
        self.assertEqual(toy.contents(self.directory), before, arguments)

    def spellings(self, name):
        """Other names of a file."""
        for link in ("symbolic", "hard"):
            if os.path.lexists(self.path(link)):
                os.remove(self.path(link))
        os.symlink(self.path(name), self.path("symbolic"))
        os.link(self.path(name), self.path("hard"))
        return [name, "./" + name, f"model/../{name}", f"nowhere/../{name}", self.path(name),
                "symbolic", "hard"]

    def test_no_command_writes_over_what_it_reads(self):
        for name, (command, inputs, outputs) in COMMANDS.items():
            arguments = command + [word for pair in inputs for word in pair]
            for output in outputs:
                for _, file in inputs:
                    if os.path.isdir(self.path(file)):
                        continue
                    for spelling in self.spellings(file):
                        if spelling.startswith("nowhere") and not os.path.exists(
                                self.path(spelling)):
                            continue  # names nothing
                        with self.subTest(command=name, output=output, spelling=spelling):
                            self.expect_refused([*arguments, output, spelling])
                            self.expect_refused([*command, output, spelling,
                                                 *arguments[len(command):]])

    def test_an_open_file_is_known_by_its_descriptor(self):
        with open(self.path("train.en"), encoding="utf-8") as file:
            self.expect_refused(["translate", "-m", "model", "-i", "train.en", "-o",
                                 f"/proc/self/fd/{file.fileno()}"], pass_fds=[file.fileno()])

    def test_no_command_writes_over_a_file_of_a_model_directory(self):
        os.symlink(self.path("model"), self.path("linked"))
        for name, (command, inputs, outputs) in COMMANDS.items():
            arguments = command + [word for pair in inputs for word in pair]
            for output in outputs:
                for file in MODEL_FILES:
                    with self.subTest(command=name, output=output, file=file):
                        self.expect_refused([*arguments, output, "model/" + file])
                self.expect_refused([*arguments, output, "linked/config.yaml"])
                self.expect_refused([*arguments, output, "reverse/checkpoints/LATEST"])
        os.link(self.path("model/target.spm"), self.path("another_name"))
        self.expect_refused(["translate", "-m", "model", "-i", "train.en", "-o", "another_name"])

    def test_outputs_of_several_files(self):
        os.symlink(self.path("train.en"), self.path("pieces.vocab"))
        self.expect_refused(["tokenizer", "train", "-i", "train.en", "--vocab-size", "40",
                             "--model-prefix", "pieces"])
        shutil.copy(self.path("train.en"), self.path("text.model"))
        self.expect_refused(["tokenizer", "train", "-i", "train.en", "text.model", "--vocab-size",
                             "40", "--model-prefix", "./text"])
        self.expect_refused(["heatmap", "-m", "model", "-s", "train.en", "-o",
                             "model/checkpoints/pictures"])

    def test_a_cleaned_or_divided_corpus_is_another_one(self):
        text = ["-s", "train.en", "-t", "train.de"]
        for source, target in (("train.en", "new"), ("new", "train.de"), ("new", "new"),
                               ("new", "model/config.yaml")):
            self.expect_refused(["corpus", "clean", *text, "--output-source", source,
                                 "--output-target", target])
        shutil.copy(self.path("train.en"), self.path("p.valid.source"))
        self.expect_refused(["corpus", "split", "-s", "p.valid.source", "-t", "train.de", "-o",
                             "./p"])

    def test_a_commented_configuration_is_not_written_over(self):
        shutil.copytree(self.path("model"), self.path("commented"))
        text = toy.CONFIG.replace("train.", "../train.") + "# my notes\n"
        self.write("commented/config.yaml", text)
        self.expect_refused(["train", "-c", "commented/config.yaml", "-m", "commented", "--fresh"])
        result = self.run_program("train", "-c", "commented/config.yaml", "-m", "commented",
                                  "--max-updates", "4")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.read("commented/config.yaml"), text)
        os.makedirs(self.path("empty"))
        self.write("empty/config.yaml", text)
        self.expect_refused(["train", "-c", "empty/config.yaml", "-m", "empty"])

    def test_new_files_and_files_of_nobody_are_written(self):
        os.makedirs(self.path("plain"))
        self.write("plain/config.yaml", "of something else")
        for output in ("new.txt", "plain/config.yaml", "model/notes.txt", "model/notes.txt",
                       "/dev/null"):
            result = self.run_program("translate", "-m", "model", "-i", "train.en", "-o", output)
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_the_table_holds_every_flag_that_names_files(self):
        """A new command cannot forget: what --help shows must be in the tables above."""
        reads = {"config show": {"config"}, "config check": {"config"},
                 "train": {"config", "model"},
                 "serve": {"model"}, "benchmark train": {"config"}, "model info": {"model"},
                 "model verify": {"model"},
                 "benchmark translate": {"model", "input", "shortlist"},
                 "heatmap": {"model", "source", "target", "attention"},
                 "tokenizer train": {"input"}, "corpus split": {"source", "target", "tsv"}}
        names = {flag: long for flag, long in (("-m", "model"), ("-i", "input"), ("-s", "source"),
                                               ("-t", "target"), ("-r", "reference"))}
        for name in [*COMMANDS, *reads]:
            known = set(reads.get(name, ()))
            if name in COMMANDS:
                _, inputs, outputs = COMMANDS[name]
                known |= {names.get(flag, flag.lstrip("-")) for flag, _ in inputs}
                known |= {flag.lstrip("-") for flag in outputs} | {"source", "target", "tsv",
                                                                    "reverse", "shortlist"}
            known |= {flag.lstrip("-") for flag in OTHERS.get(name, ())}
            text = self.run_program(*name.split(), "--help").stdout
            flags = re.findall(r"--([a-z-]+) \]? *(?:FILE|DIR|PREFIX)", text)
            self.assertTrue(flags or name == "serve", name)
            self.assertEqual(set(flags) - known, set(), name)


if __name__ == "__main__":
    unittest.main()
