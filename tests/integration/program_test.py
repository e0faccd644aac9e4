"""Runs the program as users do: trains a tiny model, uses it, and hands it bad input.

Usage: program_test.py PATH/TO/talmach
"""

import gzip
import itertools
import json
import os
import pathlib
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
import unittest

import shared_folder
from sanitizer import MEMORY_COUNTS

PROGRAM = os.path.abspath(sys.argv.pop(1))

NOUNS = {"dog": "Hund", "cat": "Katze", "bird": "Vogel", "horse": "Pferd", "child": "Kind"}
VERBS = {"sees": "sieht", "hears": "hoert", "finds": "findet", "likes": "mag"}

CONFIG = """
data:
  train: {source: train.en, target: train.de}
  valid: {source: valid.en, target: valid.de}
tokenizer: {vocabulary_size: 60}
model:
  embedding_size: 16
  encoder: {hidden_size: 16}
  decoder: {hidden_size: 16}
  attention: {size: 16}
  readout: {size: 16}
training:
  precision: float32
  batch_sentences: 16
  max_updates: 30
  warmup_updates: 10
  learning_rate: 1.0e-2
  save_every: 10u
validation: {every: 15u, metrics: [cross_entropy, bleu], beam_size: 2}
logging: {display_every: 10u}
"""


def sentence_pair(rng):
    subject, obj = rng.choice(sorted(NOUNS)), rng.choice(sorted(NOUNS))
    verb = rng.choice(sorted(VERBS))
    return (f"{subject} {verb} {obj}", f"{NOUNS[subject]} {VERBS[verb]} {NOUNS[obj]}")


class ProgramTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(1)
        for name, count in (("train", 200), ("valid", 10)):
            pairs = [sentence_pair(rng) for _ in range(count)]
            cls.write(f"{name}.en", "".join(f"{source}\n" for source, _ in pairs))
            cls.write(f"{name}.de", "".join(f"{target}\n" for _, target in pairs))
        cls.write("config.yaml", CONFIG)
        result = cls.run_program("train", "-c", "config.yaml", "-m", "model")
        assert result.returncode == 0, result.stderr

    def contents(self, directory):
        """The bytes of every file below a directory, by name."""
        files = {}
        for folder, _, names in os.walk(self.path(directory)):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[os.path.relpath(path, self.path(directory))] = file.read()
        return files

    @classmethod
    def run_program(cls, *arguments, stdin=b""):
        data = stdin.encode() if isinstance(stdin, str) else stdin
        result = subprocess.run([PROGRAM, *arguments, "--threads", "1"] if arguments else [PROGRAM],
                                cwd=cls.directory, input=data, capture_output=True, timeout=120)
        result.stdout = result.stdout.decode()
        result.stderr = result.stderr.decode()
        return result

    def succeed(self, *arguments, stdin=b""):
        result = self.run_program(*arguments, stdin=stdin)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def fail_with(self, code, *arguments, stdin=b""):
        """The error of a run that must end with this code, print nothing and one clear line."""
        result = self.run_program(*arguments, stdin=stdin)
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        return result.stderr.strip().splitlines()[-1]

    # Threads.

    def run_with_room_for_few_threads(self, *arguments):
        """A run that may start fifty threads or so, and no thousand."""
        limit = 1 << 30  # bytes of address space, of which a stack takes 8 MiB
        result = subprocess.run(
            [PROGRAM, *arguments], cwd=self.directory, capture_output=True, text=True, timeout=120,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        return result.returncode, result.stderr.splitlines()

    @unittest.skipUnless(MEMORY_COUNTS, "a sanitizer reserves terabytes of addresses")
    def test_refused_threads_are_an_error_that_names_limit_and_option(self):
        texts = ["-s", "valid.en", "-t", "valid.de"]
        refused = (r": the system refuses another thread \(Resource temporarily unavailable\); "
                   r"expected limits that leave room for it, got ulimit -v is 1048576 KiB.*; ask "
                   r"for fewer threads, or raise the limit$")
        for option, arguments in (
                ("--threads", ["translate", "-m", "model", "-i", "valid.en", "--threads", "1024"]),
                ("--threads", ["score", "-m", "model", *texts, "--threads", "1024"]),
                ("--threads", ["align", *texts, "--threads", "1024"]),
                ("--threads", ["evaluate", "-r", "valid.de", "-i", "valid.en", "--threads", "1024"]),
                ("--threads", ["serve", "-m", "model", "--port", "0", "--threads", "1024"]),
                ("training.workers", ["train", "-c", "config.yaml", "-m", "refused", "--set",
                                      "training.workers=900"]),
                ("training.threads", ["train", "-c", "config.yaml", "-m", "refused", "--set",
                                      "training.threads=900"])):
            with self.subTest(arguments=arguments):
                code, messages = self.run_with_room_for_few_threads(*arguments)
                self.assertEqual(code, 1, messages)
                self.assertRegex(messages[-1], "^" + option + refused)

    def test_more_threads_than_processors_are_reported(self):
        result = subprocess.run([PROGRAM, "translate", "-m", "model", "-i", "valid.en", "--threads",
                                 "99"], cwd=self.directory, capture_output=True, text=True,
                                timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("--threads: 99 threads share", result.stderr)
        result = subprocess.run([PROGRAM, "train", "-c", "config.yaml", "-m", "crowded",
                                 "--max-updates", "2", "--set", "training.workers=90"],
                                cwd=self.directory, capture_output=True, text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("training.workers: 90 workers of 1 threads share", result.stderr)

    # Training.

    def test_guided_alignment(self):
        self.write("train.links", "0-0 1-1 2-2\n" * 200)
        command = ("train", "-c", "config.yaml", "-m", "guided", "--max-updates", "10",
                   "--set", "training.guided_alignment.links=" + self.path("train.links"))
        result = self.run_program(*command)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(" : Align ", result.stderr)
        self.assertIn("alignment_cost", self.read("guided/train.jsonl"))
        for line, what in (("0-0 3-1", "bad.links:2: a link to a source word"),
                           ("0-0 x", "bad.links:2: not an alignment")):
            self.write("bad.links", "0-0\n" + line + "\n" * 199)
            result = self.run_program(
                "train", "-c", "config.yaml", "-m", "refused",
                "--set", "training.guided_alignment.links=" + self.path("bad.links"))
            self.assertEqual(result.returncode, 3)
            self.assertIn(what, result.stderr)
            self.assertFalse(os.path.exists(self.path("refused")))

    def test_links_of_attention(self):
        def links(*flags):
            result = self.run_program("score", "-m", "model", "-s", "valid.en", "-t", "valid.de",
                                      "--alignment", *flags)
            self.assertEqual(result.returncode, 0, result.stderr)
            return [line.split(" ||| ")[1] for line in result.stdout.splitlines()]

        def align(*flags):
            result = self.run_program("align", "-m", "model", "-s", "valid.en", "-t", "valid.de",
                                      "--quiet", *flags)
            self.assertEqual(result.returncode, 0, result.stderr)
            return result.stdout.splitlines()

        words = links("--alignment-units", "word")
        shifted = links("--alignment-units", "word", "--alignment-shift")
        self.assertEqual(len(words), 10)
        self.assertNotEqual(words, shifted)
        self.assertEqual(align(), words)
        self.assertEqual(align("--shift"), shifted)
        self.assertEqual(align("--links", "0.2"), links("0.2", "--alignment-units", "word"))
        # The same model stands in for one of the opposite direction: its target is English here.
        joined = align("--reverse", "model", "--symmetrise", "union")
        for forward, both in zip(words, joined):
            self.assertLessEqual(set(forward.split()), set(both.split()))
        for value in ("soft", "1.5", "all"):
            result = self.run_program("align", "-m", "model", "-s", "valid.en", "-t", "valid.de",
                                      "--links", value)
            self.assertEqual(result.returncode, 2)
            self.assertIn("--links: expected hard or a threshold in (0, 1], got " + value,
                          result.stderr)
        for flags in (["--shift"], ["--reverse", "model"]):
            result = self.run_program("align", "-s", "valid.en", "-t", "valid.de", *flags)
            self.assertEqual(result.returncode, 2)
        self.assertIn("--model: expected one directory, got 2",
                      self.fail_with(2, "align", "-m", "model", "-m", "model", "-s", "valid.en",
                                     "-t", "valid.de"))
        result = self.run_program("score", "-m", "model", "-s", "valid.en", "-t", "valid.de",
                                  "--alignment-shift")
        self.assertEqual(result.returncode, 2)

    def test_align_finds_the_links_of_a_toy_language(self):
        result = self.run_program("align", "-s", "train.en", "-t", "train.de", "-o", "links")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("perplexity", result.stderr)
        self.assertEqual(self.read("links"), "0-0 1-1 2-2\n" * 200)
        result = self.run_program("align", "-s", "train.en", "-t", "valid.de", "--quiet")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stdout, "")

    def test_training_leaves_what_the_manual_says(self):
        for name in ("model.safetensors", "config.yaml", "source.spm", "target.spm", "train.jsonl",
                     "train.log", "checkpoints/LATEST"):
            self.assertTrue(os.path.isfile(self.path("model/" + name)), name)
        events = [json.loads(line) for line in self.read("model/train.jsonl").splitlines()]
        self.assertEqual({event["event"] for event in events}, {"display", "validation", "save"})

    def test_a_finished_run_says_so(self):
        result = self.run_program("train", "-c", "config.yaml", "-m", "model")
        self.assertEqual(result.returncode, 0)
        self.assertIn("finished", result.stderr)

    def test_training_goes_on_where_it_stopped(self):
        self.succeed("train", "-c", "config.yaml", "-m", "resumed", "--max-updates", "10")
        self.succeed("train", "-c", "config.yaml", "-m", "resumed", "--set",
                     "training.max_updates=20")
        events = [json.loads(line) for line in self.read("resumed/train.jsonl").splitlines()]
        updates = [event["update"] for event in events if event["event"] == "display"]
        self.assertEqual(updates, [10, 20])

    def start_training(self, directory):
        """A training without end that has made its first updates."""
        process = subprocess.Popen(
            [PROGRAM, "train", "-c", "config.yaml", "-m", directory, "--max-updates", "1000000",
             "--threads", "1"], cwd=self.directory, stderr=subprocess.PIPE)
        for line in process.stderr:
            if b" Up. " in line:
                return process
        self.fail("training ended")

    def test_a_changed_model_is_refused_by_name(self):
        error = self.fail_with(2, "train", "-c", "config.yaml", "-m", "model", "--set",
                               "model.attention.size=8")
        self.assertIn("model.attention.size", error)
        error = self.fail_with(2, "train", "-c", "config.yaml", "-m", "model", "--set",
                               "tokenizer.vocabulary_size=40")
        self.assertIn("tokenizer.vocabulary_size", error)

    def test_a_signal_saves_and_the_next_run_goes_on(self):
        arguments = ["train", "-c", "config.yaml", "-m", "stopped", "--max-updates", "100000",
                     "--threads", "1"]
        for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            process = subprocess.Popen([PROGRAM, *arguments], cwd=self.directory,
                                       stderr=subprocess.PIPE)
            for line in process.stderr:
                if b" Up. " in line:
                    break
            process.send_signal(number)
            rest = process.stderr.read().decode()
            process.stderr.close()
            self.assertEqual(process.wait(timeout=60), code, rest)
            self.assertIn("saved", rest)

    def test_a_second_signal_ends_at_once(self):
        process = self.start_training("ended")
        # Both signals wait for the stopped process, so neither can be answered before the other.
        process.send_signal(signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        rest = process.stderr.read().decode()
        process.stderr.close()
        self.assertIn(process.wait(timeout=60), (130, 143))
        self.assertNotIn("saved after", rest)
        self.succeed("model", "verify", "ended")

    def test_two_trainings_do_not_share_a_directory(self):
        process = self.start_training("locked")
        self.addCleanup(process.kill)
        before = {name for name in os.listdir(self.path("locked")) if ".tmp-" not in name}
        for more in ([], ["--fresh"]):
            error = self.fail_with(1, "train", "-c", "config.yaml", "-m", "locked", *more)
            self.assertEqual(error, "locked/train.lock: another training runs in this directory; "
                                    f"got process {process.pid}")
        self.assertLessEqual(before, set(os.listdir(self.path("locked"))))
        process.kill()  # leaves no lock
        process.communicate()
        self.succeed("train", "-c", "config.yaml", "-m", "locked", "--max-updates", "1")

    def test_max_seconds_saves_and_the_next_run_goes_on(self):
        updates = []
        for _ in range(2):
            result = self.run_program("train", "-c", "config.yaml", "-m", "queued",
                                      "--max-updates", "100000", "--max-seconds", "0.1")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("the same command goes on from here", result.stderr)
            events = [json.loads(line) for line in self.read("queued/train.jsonl").splitlines()]
            updates.append([e["update"] for e in events if e["event"] == "save"][-1])
        self.assertGreater(updates[1], updates[0])
        self.succeed("translate", "-m", "queued", stdin="dog\n")

    def test_a_dry_run_counts_parameters_and_leaves_nothing(self):
        output = self.succeed("train", "-c", "config.yaml", "-m", "dry", "--dry-run")
        self.assertIn("parameters", output)
        self.assertFalse(os.path.exists(self.path("dry")))

    def test_training_mistakes_end_with_their_codes(self):
        self.write("bad.yaml", CONFIG + "training_: 1\n")
        self.assertIn("bad.yaml:21: training_: unknown key; did you mean training?",
                      self.fail_with(2, "train", "-c", "bad.yaml"))
        self.fail_with(2, "train", "-c", "none.yaml")
        self.fail_with(2, "train")
        self.assertIn("none.en", self.fail_with(3, "train", "-c", "config.yaml", "-m", "broken",
                                                "--set", "data.train.source=none.en"))
        error = self.fail_with(3, "train", "-c", "config.yaml", "-m", "broken2", "--set",
                               "data.train.source=valid.en")
        self.assertIn("10", error)
        self.assertIn("200", error)
        self.write("empty.txt", "")
        self.fail_with(3, "train", "-c", "config.yaml", "-m", "broken3", "--set",
                       "data.train.source=empty.txt", "data.train.target=empty.txt")

    def test_a_start_that_fails_leaves_nothing_behind(self):
        self.write("empty.txt", "")
        for change in (["data.train.target=empty.txt"], ["data.train.target=valid.de"],
                       ["data.valid.target=train.de"], ["data.valid.source=none.en"],
                       ["data.max_length=1"]):
            self.fail_with(3, "train", "-c", "config.yaml", "-m", "failed", "--set", *change)
            self.assertFalse(os.path.exists(self.path("failed")), change)

    def test_a_failed_fresh_start_leaves_the_run_as_it_was(self):
        self.succeed("train", "-c", "config.yaml", "-m", "kept", "--max-updates", "10")
        before = self.contents("kept")
        self.write("bad.spm", b"no model")
        for code, settings in ((3, ["data.train.target=valid.de"]), (3, ["data.max_length=1"]),
                               (4, ["tokenizer.source_model=bad.spm",
                                    "tokenizer.target_model=bad.spm"])):
            with self.subTest(settings=settings):
                self.fail_with(code, "train", "-c", "config.yaml", "-m", "kept", "--fresh", "--set",
                               *settings)
                after = self.contents("kept")
                self.assertEqual(sorted(before), sorted(after))
                self.assertEqual([name for name in before if before[name] != after[name]], [])
        self.succeed("train", "-c", "config.yaml", "-m", "kept", "--fresh", "--max-updates", "1")
        self.assertNotIn("new-run", "".join(self.contents("kept")))

    def test_a_run_that_was_taking_its_place_is_put_there(self):
        """As after a kill when the first update of a run was saved."""
        self.succeed("train", "-c", "config.yaml", "-m", "aside", "--max-updates", "10")
        before = self.contents("aside")
        os.makedirs(self.path("aside/new-run-moving"))
        for name in ("checkpoints", "config.yaml", "source.spm", "model.safetensors"):
            os.rename(self.path("aside/" + name), self.path("aside/new-run-moving/" + name))
        os.makedirs(self.path("aside/old-run"))
        self.write("aside/old-run/source.spm", b"of another")
        self.succeed("train", "-c", "config.yaml", "-m", "aside", "--max-updates", "10")
        after = self.contents("aside")
        self.assertEqual([name for name in before if not name.endswith((".log", ".jsonl")) and
                          before[name] != after.get(name)], [])

    def test_checkpoints_without_their_configuration_are_left_alone(self):
        self.succeed("train", "-c", "config.yaml", "-m", "bare", "--max-updates", "2")
        os.remove(self.path("bare/config.yaml"))
        before = self.contents("bare")
        self.fail_with(2, "train", "-c", "config.yaml", "-m", "bare", "--set",
                       "tokenizer.vocabulary_size=40")
        self.assertEqual(before, self.contents("bare"))

    def test_a_model_without_checkpoints_is_not_trained_over(self):
        self.succeed("model", "average", "model", "-o", "alone")
        before = self.contents("alone")
        self.assertEqual(
            self.fail_with(2, "train", "-c", "config.yaml", "-m", "alone", "--max-updates", "1"),
            "alone/model.safetensors: training would write over this model; expected the "
            "checkpoints of its training beside it, to continue from, got none; use another -m, or "
            "--fresh to start anew")
        self.fail_with(3, "train", "-c", "config.yaml", "-m", "alone", "--fresh", "--set",
                       "data.max_length=1")
        after = self.contents("alone")
        self.assertEqual([name for name in before if before[name] != after.get(name)], [])
        self.succeed("train", "-c", "config.yaml", "-m", "alone", "--fresh", "--max-updates", "1")
        self.succeed("model", "verify", "alone")

    def test_a_training_is_not_frozen_over(self):
        self.succeed("train", "-c", "config.yaml", "-m", "frozen_over", "--max-updates", "2")
        before = self.contents("frozen_over")
        checkpoint = "frozen_over/checkpoints/update-00000002"
        for output in ("frozen_over", "frozen_over/", "nowhere/../frozen_over", checkpoint,
                       "frozen_over/checkpoints", "frozen_over/checkpoints/new",
                       "frozen_over/model.safetensors", checkpoint + "/model.safetensors", ""):
            for command in ("convert", "average"):
                self.fail_with(2, "model", command, "-m", "model", "-o", output)
        self.assertEqual(before, self.contents("frozen_over"))
        self.assertFalse(os.path.exists(self.path("nowhere")))

    def test_a_run_that_diverges_leaves_a_sound_directory(self):
        change = ["training.learning_rate=1e38", "validation.every=1000u"]
        self.succeed("train", "-c", "config.yaml", "-m", "diverged", "--max-seconds", "1", "--set",
                     "training.max_skipped=100000", "training.max_updates=0", *change)
        self.succeed("model", "verify", "diverged")
        self.fail_with(5, "train", "-c", "config.yaml", "-m", "diverged", "--set",
                       "training.max_skipped=10", "training.max_updates=100000", *change)
        self.succeed("model", "verify", "diverged")

    def test_errors_have_their_exit_code_where_stderr_is_full(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([PROGRAM, "translate", "-m", "none"], cwd=self.path(""),
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=full)
        self.assertEqual(done.returncode, 4)

    def test_tokenizers_without_a_run_are_built_again(self):
        """They may come from a start that failed, and from other text."""
        self.succeed("tokenizer", "train", "-i", "train.en", "--model-prefix", "english",
                     "--vocab-size", "40")
        os.makedirs(self.path("stale"))
        for name, origin in (("source.spm", "english.model"), ("target.spm", "english.model"),
                             ("config.yaml", "model/config.yaml")):
            self.write("stale/" + name, self.read_bytes(origin))
        self.succeed("train", "-c", "config.yaml", "-m", "stale", "--max-updates", "1")
        self.assertTrue(self.contents("stale")["source.spm"] ==
                        self.contents("model")["source.spm"])

    # Translation.

    def test_there_is_a_line_for_each_line(self):
        lines = ["dog sees cat", "", "   ", "cat\u2028dog", "\u00c5ngstr\u00f6m \u4f60\u597d",
                 "tab\tinside", "dog"]
        data = "\n".join(lines).encode() + b"\nbad \xff\xfe bytes\nnul \0 inside\r\nlast"
        output = self.succeed("translate", "-m", "model", "--quiet", stdin=data)
        self.assertTrue(output.endswith("\n"))
        translated = output[:-1].split("\n")
        self.assertEqual(len(translated), len(lines) + 3)
        self.assertEqual(translated[1:3], ["", ""])

    def test_nothing_in_nothing_out(self):
        self.assertEqual(self.succeed("translate", "-m", "model", stdin=""), "")

    def test_a_file_needs_no_flag_and_is_no_second_model(self):
        expected = self.succeed("translate", "-m", "model", "-i", "valid.en")
        self.assertEqual(self.succeed("translate", "-m", "model", "valid.en"), expected)
        self.assertIn("given more than once",
                      self.fail_with(2, "translate", "-m", "model", "valid.en", "valid.de"))

    def test_outputs_are_compressed_by_their_names(self):
        expected = self.succeed("translate", "-m", "model", "valid.en")
        self.succeed("translate", "-m", "model", "valid.en", "-o", "out.gz")
        self.assertEqual(gzip.decompress(self.read_bytes("out.gz")).decode(), expected)
        self.succeed("tokenizer", "encode", "-m", "model/source.spm", "-i", "out.gz", "-o", "o.zst")
        self.succeed("tokenizer", "decode", "-m", "model/source.spm", "-i", "o.zst", "-o", "plain")
        self.assertEqual(self.read("plain").count("\n"), 10)

    def test_a_long_n_best_list_widens_the_beam_or_names_it(self):
        output = self.succeed("translate", "-m", "model", "--n-best", "10", stdin="dog sees cat\n")
        self.assertEqual(output.count("\n"), 10)
        error = self.fail_with(2, "translate", "-m", "model", "-b", "3", "--n-best", "10")
        self.assertEqual(error, "--n-best: expected an integer from 1 to 3, got 10; a larger -b "
                                "(--beam-size) gives more translations")

    def test_lines_of_several_sentences_are_named(self):
        for text, notice in (("A dog sees.\nA dog sees. A cat hears.\n", "line 2 holds several"),
                             ("A dog. A cat.\n" * 7, "7 lines (1, 2, 3, 4, 5, …) hold several")):
            result = self.run_program("translate", "-m", "model", stdin=text)
            self.assertIn(notice + " sentences", result.stderr)
        result = self.run_program("translate", "-m", "model", stdin="A dog.\n")
        self.assertNotIn("several", result.stderr)
        self.assertIn("translated 1 line in", result.stderr)

    def test_a_model_replaced_in_place_is_whole_or_refused(self):
        shutil.copytree(self.path("model"), self.path("replaced"))
        path = self.path("replaced/model.safetensors")
        whole = self.read_bytes("replaced/model.safetensors")
        expected = self.succeed("translate", "-m", "model", "valid.en")
        done = threading.Event()

        def replace():
            while not done.is_set():
                for size in (len(whole) // 3, len(whole)):
                    with open(path, "r+b") as file:
                        file.truncate(size // 2)
                        file.write(whole[:size])
                    time.sleep(0.001)

        thread = threading.Thread(target=replace)
        thread.start()
        try:
            for _ in range(30):
                result = self.run_program("translate", "-m", "replaced", "valid.en")
                self.assertIn(result.returncode, (0, 4), result.stderr)
                self.assertEqual(result.stdout, expected if result.returncode == 0 else "")
        finally:
            done.set()
            thread.join()

    def test_long_lines_are_cut_with_a_notice(self):
        self.write("long.txt", "dog sees cat " * 4000 + "\ndog\n")
        result = self.run_program("translate", "-m", "model", "-i", "long.txt", "-b", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("long.txt: line 1 was cut at 512 tokens", result.stderr)
        self.assertEqual(result.stdout.count("\n"), 2)

    def test_translations_do_not_depend_on_batches(self):
        text = self.read("train.en")
        expected = self.succeed("translate", "-m", "model", stdin=text)
        for flags in (["--mini-batch", "1"], ["--mini-batch", "7"]):
            self.assertEqual(self.succeed("translate", "-m", "model", *flags, stdin=text), expected)

    def test_n_best_lists_have_marian_s_form(self):
        output = self.succeed("translate", "-m", "model", "--n-best", "2", "-b", "3",
                              stdin="dog sees cat\nbird\n")
        lines = output.splitlines()
        self.assertEqual(len(lines), 4)
        for i, line in enumerate(lines):
            number, _, log_probability, score = line.split(" ||| ")
            self.assertEqual(number, str(i // 2))
            self.assertRegex(log_probability, r"^F0= -[0-9.e-]+$")
            self.assertLess(float(score), 0)

    def test_scores_and_attention_agree_with_the_search(self):
        source = self.read("valid.en")
        self.write("source.txt", source)
        output = self.succeed("translate", "-m", "model", "--attention", "searched.jsonl",
                              "--n-best", "1", stdin=source)
        texts = [line.split(" ||| ")[1] for line in output.splitlines()]
        self.write("target.txt", "".join(text + "\n" for text in texts))
        scores = self.succeed("score", "-m", "model", "-s", "source.txt", "-t", "target.txt",
                              "--attention", "scored.jsonl").splitlines()
        searched = [json.loads(line) for line in self.read("searched.jsonl").splitlines()]
        scored = [json.loads(line) for line in self.read("scored.jsonl").splitlines()]
        self.assertEqual(len(searched), len(scored))
        same_pieces = [i for i in range(len(searched))
                       if searched[i]["target"] == scored[i]["target"]]
        self.assertTrue(same_pieces, "the model spelt every text in other pieces")
        for i, b in enumerate(scored):
            self.assertAlmostEqual(float(scores[i]), b["score"], delta=1e-3)
        for i in same_pieces:
            a, b = searched[i], scored[i]
            self.assertAlmostEqual(a["score"], b["score"], delta=1e-3)
            for row_a, row_b in zip(a["weights"], b["weights"]):
                for weight_a, weight_b in zip(row_a, row_b):
                    self.assertAlmostEqual(weight_a, weight_b, delta=1e-5)

    def test_saliency_stands_beside_attention(self):
        score = ("score", "-m", "model", "-s", "valid.en", "-t", "valid.de")
        self.succeed(*score, "--attention", "salient.jsonl",
                     "--saliency", "norm,gradient,leave-one-out,norm")
        records = [json.loads(line) for line in self.read("salient.jsonl").splitlines()]
        self.assertEqual(len(records), 10)
        for record in records:
            self.assertEqual(list(record["layers"]), ["norm", "gradient", "leave-one-out"])
            for matrix in record["layers"].values():
                self.assertEqual([len(row) for row in matrix],
                                 [len(record["source"])] * len(record["target"]))
        numbers = json.loads(self.succeed("attention", "--attention", "salient.jsonl",
                                          "--format", "json"))
        self.assertEqual(numbers["sentences"], 10)
        self.assertTrue(0 < numbers["tau norm"] <= 1)
        self.assertIn("--attention", self.fail_with(2, *score, "--saliency", "gradient"))
        self.assertIn("did you mean gradient?",
                      self.fail_with(2, *score, "--attention", "a.jsonl", "--saliency", "gradeint"))
        self.assertIn("int8", self.fail_with(2, *score, "--attention", "a.jsonl", "--saliency",
                                             "gradient", "--precision", "int8"))

    def test_probes_show_whether_attention_matters(self):
        probe = ("probe", "-m", "model", "-s", "valid.en", "-t", "valid.de")
        record = json.loads(self.succeed(*probe, "--format", "json", "--plot", "probe.png"))
        self.assertEqual(record["sentences"], 10)
        self.assertTrue(self.read_bytes("probe.png").startswith(b"\x89PNG"))
        translations = self.succeed("translate", "-m", "model", "-i", "valid.en")
        self.write("hypotheses.txt", translations)
        score = json.loads(self.succeed("evaluate", "-r", "valid.de", "-i", "hypotheses.txt"))
        bleu = (score[0] if isinstance(score, list) else score)["score"]
        self.assertAlmostEqual(record["bleu"]["as_learnt"], bleu, places=6)
        self.assertEqual(list(record["kendall_tau"]), ["gradient", "leave-one-out", "norm"])
        lost = record["nats_lost"]
        self.assertAlmostEqual(lost["ratio"], lost["most_attended"] / lost["random"], places=6)
        table = self.succeed(*probe)
        self.assertEqual(self.succeed(*probe), table)
        self.assertRegex(table, rf"BLEU, uniform attention +{record['bleu']['uniform']:.1f}\n")

    def test_probes_refuse_what_they_cannot_use(self):
        probe = ("probe", "-m", "model", "-s", "valid.en", "-t")
        self.write("one.de", "Hund\n")
        self.write("gaps.de", "\n" * 10)
        self.write("empty.txt", "")
        self.assertIn("one.de", self.fail_with(3, *probe, "one.de"))
        self.assertIn("gaps.de: no reference", self.fail_with(3, *probe, "gaps.de"))
        self.assertIn("empty", self.fail_with(3, "probe", "-m", "model", "-s", "empty.txt",
                                              "-t", "empty.txt"))
        self.assertIn("--plot", self.fail_with(2, *probe, "valid.de", "--plot", "probe.gif"))
        self.assertIn("int8", self.fail_with(2, *probe, "valid.de", "--precision", "int8"))
        self.assertIn("--model", self.fail_with(2, *probe, "valid.de", "-m", "model"))

    def test_alignments_and_word_scores_follow_the_text(self):
        output = self.succeed("translate", "-m", "model", "--alignment", "--word-scores",
                              stdin="dog sees cat\n")
        _, alignment, scores = output.rstrip("\n").split(" ||| ")
        self.assertRegex(alignment, r"^(\d+-\d+( \d+-\d+)*)?$")
        self.assertRegex(scores, r"^WordScores=( -[0-9.e-]+)+$")

    def test_a_checkpoint_translates_with_the_tokenizers_of_its_run(self):
        checkpoint = "model/checkpoints/update-00000030"
        os.makedirs(self.path("copied"))
        for name in ("config.yaml", "source.spm", "target.spm"):
            shutil.copy(self.path("model/" + name), self.path("copied/" + name))
        shutil.copy(self.path(checkpoint + "/model.safetensors"), self.path("copied"))
        os.symlink(self.path(checkpoint), self.path("linked"))
        expected = self.succeed("translate", "-m", "copied", "-i", "valid.en")
        for directory in (checkpoint, checkpoint + "/", "linked"):
            self.assertEqual(self.succeed("translate", "-m", directory, "-i", "valid.en"), expected)
        self.succeed("score", "-m", checkpoint, "-s", "valid.en", "-t", "valid.de")
        self.succeed("align", "-m", checkpoint, "-s", "valid.en", "-t", "valid.de")
        self.succeed("translate", "-m", checkpoint, "-m", "model", "-i", "valid.en")

    def test_an_ensemble_of_copies_is_the_model(self):
        text = "dog sees cat\nbird\n"
        self.assertEqual(self.succeed("translate", "-m", "model", "-m", "model", stdin=text),
                         self.succeed("translate", "-m", "model", stdin=text))

    def test_samples_depend_on_the_seed(self):
        text = "dog sees cat\nbird likes horse\n" * 5
        flags = ["--sampling", "topk", "20", "--temperature", "2", "--seed"]
        first = self.succeed("translate", "-m", "model", *flags, "1", stdin=text)
        self.assertEqual(self.succeed("translate", "-m", "model", *flags, "1", stdin=text), first)
        self.assertNotEqual(self.succeed("translate", "-m", "model", *flags, "2", stdin=text),
                            first)

    def test_a_closed_pipe_ends_quietly(self):
        process = subprocess.Popen([PROGRAM, "translate", "-m", "model", "-i", "train.en",
                                    "--threads", "1"], cwd=self.directory,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        error = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 0, error)
        self.assertEqual(error, b"")

    def test_translations_come_out_while_the_input_goes_on(self):
        process = subprocess.Popen([PROGRAM, "translate", "-m", "model", "-b", "1", "--quiet",
                                    "--threads", "1"], cwd=self.directory, bufsize=0,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdin.write(b"dog sees cat\n" * 3000)
        process.stdin.flush()
        self.assertNotEqual(process.stdout.readline(), b"")  # and stdin is still open
        process.stdin.write(b"bird\n")
        rest, _ = process.communicate(timeout=120)
        self.assertEqual(rest.count(b"\n"), 3000)
        self.assertEqual(process.returncode, 0)

    def start(self, *arguments):
        """The program with open pipes, which `answer` uses line by line."""
        process = subprocess.Popen([PROGRAM, *arguments, "--threads", "1"], cwd=self.directory,
                                   bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def answer(self, process, line):
        """What comes out before anything else goes in."""
        process.stdin.write(line.encode())
        answer = b""
        while not answer.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], 60)
            self.assertTrue(ready, f"no answer to {line!r}")
            byte = process.stdout.read(1)
            self.assertTrue(byte, process.stderr.read().decode() if not byte else "")
            answer += byte
        return answer.decode()

    @staticmethod
    def catches(process, number):
        """Whether it has made itself ready for a signal."""
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            caught = next(line.split()[1] for line in status if line.startswith("SigCgt:"))
        return int(caught, 16) >> (number - 1) & 1 == 1

    def test_a_line_is_answered_before_the_next_one_is_written(self):
        lines = ["dog sees cat\n", "\n", "bird likes horse\n"]
        self.write("asked.de", "Hund\nKatze\nVogel\n")
        for command in (["translate", "-m", "model"],
                        ["translate", "-m", "model", "--prefix", "asked.de"],
                        ["score", "-m", "model", "-s", "-", "-t", "asked.de"],
                        ["tokenizer", "encode", "-m", "model/source.spm"]):
            expected = self.succeed(*command, stdin="".join(lines))
            process = self.start(*command)
            # Half a line holds nothing back.
            answers = [self.answer(process, text)
                       for text in ("dog sees cat\n", "\nbi", "rd likes horse\n")]
            process.kill()
            self.assertEqual("".join(answers), expected, command)

    def test_a_signal_ends_the_wait_for_input(self):
        self.write("asked.de", "Hund\nKatze\n")
        for command in (["translate", "-m", "model"],
                        ["tokenizer", "encode", "-m", "model/source.spm"],
                        ["score", "-m", "model", "-s", "-", "-t", "asked.de"]):
            for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
                process = self.start(*command)
                self.answer(process, "dog sees cat\n")  # so it waits for the next one
                process.stdin.write(b"dog")
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=60), code, command)
                self.assertEqual(process.stdout.read(), b"")
                self.assertIn(b"stopped by signal", process.stderr.read())
        process = self.start("evaluate", "-r", "valid.de")
        while not self.catches(process, signal.SIGTERM):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=60), 143)
        endless = self.start("tokenizer", "encode", "-m", "model/source.spm", "-i", "/dev/zero")
        while not self.catches(endless, signal.SIGTERM):
            time.sleep(0.01)
        endless.send_signal(signal.SIGTERM)
        self.assertEqual(endless.wait(timeout=60), 143)

    def test_nothing_is_answered_with_nothing(self):
        self.write("empty.txt", "")
        pair = ("-s", "empty.txt", "-t", "empty.txt")
        self.assertEqual(self.succeed("translate", "-m", "model", "-i", "empty.txt", "--prefix",
                                      "empty.txt"), "")
        self.assertEqual(self.succeed("score", "-m", "model", *pair), "")
        self.assertIn("empty", self.fail_with(3, "align", *pair))

    def test_memory_does_not_grow_with_the_input(self):
        def peak(lines):
            """Kilobytes, asked while the program waits for more input: what the system tells of an
            ended process also counts its parent's memory, from before the program was loaded."""
            text = b"".join(b"dog sees cat %d\n" % (i % 10) for i in range(lines))
            process = subprocess.Popen([PROGRAM, "translate", "-m", "model", "-b", "1", "--quiet",
                                        "--max-length-factor", "1", "--threads", "1"],
                                       cwd=self.directory, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            writer = threading.Thread(target=lambda: (process.stdin.write(text),
                                                      process.stdin.flush()))
            writer.start()
            count = sum(1 for _ in itertools.islice(process.stdout, lines))
            writer.join()
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            rest, _ = process.communicate()
            self.assertEqual((process.returncode, count, rest), (0, lines, b""))
            return int(re.search(r"VmHWM:\s*(\d+)", status)[1])

        small, large = peak(6000), peak(30000)
        self.assertGreater(small, 1000)
        if MEMORY_COUNTS:
            self.assertLess(large - small, 2000, f"{small} KB, {large} KB")

    def test_a_shortlist_limits_the_words(self):
        self.succeed("shortlist", "-m", "model", "-s", "train.en", "-t", "train.de", "-o", "list",
                     "--quiet")
        flags = ["translate", "-m", "model", "-i", "valid.en", "--shortlist", "list"]
        together = self.succeed(*flags)
        self.assertEqual(together.count("\n"), 10)
        self.assertEqual(self.succeed(*flags, "--mini-batch", "1"), together)
        self.succeed("shortlist", "-m", "model", "-s", "train.en", "-t", "train.de", "-o", "short",
                     "--common", "0", "--best", "1")
        self.assertLess(os.path.getsize(self.path("short")), os.path.getsize(self.path("list")))
        data = self.read_bytes("list")
        self.write("cut", data[:-1])
        self.assertIn("cut: a shortlist that is cut off",
                      self.fail_with(4, *flags[:-1], "cut"))
        self.fail_with(4, *flags[:-1], "missing")

    def test_every_result_has_to_be_written(self):
        for arguments in (["--help"], ["--version"], ["train", "--help"], ["config", "keys"],
                          ["config", "show", "config.yaml"], ["model", "info", "model"],
                          ["model", "verify", "model"],
                          ["train", "-c", "config.yaml", "-m", "dry", "--dry-run"],
                          ["translate", "-m", "model", "-i", "valid.en"],
                          ["evaluate", "-r", "valid.de", "-i", "valid.en"]):
            command = [PROGRAM, *arguments]
            with open("/dev/full", "wb") as full:
                result = subprocess.run(command, cwd=self.directory, stdout=full,
                                        stderr=subprocess.PIPE, timeout=120)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertIn(b"standard output: cannot be written: No space left", result.stderr)
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run(command, cwd=self.directory, stdout=writer,
                                    stderr=subprocess.PIPE, timeout=120)
            os.close(writer)
            self.assertEqual(result.returncode, 0, (arguments, result.stderr))

    def test_translation_mistakes_end_with_their_codes(self):
        self.assertIn("none: no model here", self.fail_with(4, "translate", "-m", "none"))
        self.fail_with(3, "translate", "-m", "model", "-i", "none.txt")
        self.fail_with(2, "translate", "-m", "model", "-b", "0")
        self.assertEqual(self.fail_with(2, "translate", "-m", "model", "--beam-szie", "3"),
                         "--beam-szie: unknown flag; did you mean --beam-size?")
        self.fail_with(2, "translate", "-m", "model", "--n-best", "9", "-b", "3")
        self.fail_with(2, "translate", "-m", "model", "--sampling", "topk")
        self.fail_with(2, "translate", "-m", "model", "--seed", "3")
        self.fail_with(1, "translate", "-m", "model", "-o", "none/out.txt", stdin="dog\n")
        self.write("one.txt", "dog\n")
        self.assertFalse(os.path.exists(self.path("none")))
        self.fail_with(3, "score", "-m", "model", "-s", "train.en", "-t", "one.txt")

    def test_flags_that_name_the_same_file_are_refused(self):
        for output, attention in (("same.txt", "./same.txt"), ("-", "-")):
            error = self.fail_with(2, "translate", "-m", "model", "-o", output, "--attention",
                                   attention, stdin="dog\n")
            self.assertIn("--output and --attention: they would write over each other", error)
        self.assertFalse(os.path.exists(self.path("same.txt")))
        self.succeed("translate", "-m", "model", "-o", "/dev/null", "--attention", "/dev/null",
                     stdin="dog\n")
        for command in (["score", "-m", "model"], ["align"], ["probe", "-m", "model"],
                        ["heatmap", "-m", "model", "-o", "pictures"],
                        ["shortlist", "-m", "model", "-o", "list"]):
            self.assertIn("--source and --target: standard input can be read once",
                          self.fail_with(2, *command, "-s", "-", "-t", "-"))
        self.assertIn("--output and --plot",
                      self.fail_with(2, "probe", "-m", "model", "-s", "valid.en", "-t", "valid.de",
                                     "-o", "same.png", "--plot", "same.png"))
        self.assertIn("--output and --html",
                      self.fail_with(2, "evaluate", "-r", "valid.de", "-i", "valid.de",
                                     "-o", "same.html", "--html", "same.html"))
        self.assertIn("--input and --prefix",
                      self.fail_with(2, "translate", "-m", "model", "--prefix", "-"))

    def test_outputs_that_cannot_be_made_are_reported_before_the_work(self):
        os.makedirs(self.path("folder"), exist_ok=True)
        self.write("bad.txt", "no pair of it\n")  # would be reported first if the work began
        text = ("-s", "bad.txt", "-t", "train.de")
        for command in (("probe", "-m", "model", *text, "--plot", "none/probe.png"),
                        ("probe", "-m", "model", *text, "-o", "none/probe.txt"),
                        ("shortlist", "-m", "model", *text, "-o", "none/list"),
                        ("align", *text, "-o", "none/links"),
                        ("evaluate", "-r", "train.de", "-i", "bad.txt", "--html", "none/x.html"),
                        ("tokenizer", "train", "-i", "none.txt", "--model-prefix", "none/spm")):
            error = self.fail_with(1, *command)
            self.assertRegex(error, "none/[a-z.]+: cannot be created: No such file or directory")
        self.assertIn("folder: cannot be written: it is a directory",
                      self.fail_with(1, "shortlist", "-m", "model", *text, "-o", "folder"))

    def test_damaged_models_are_refused(self):
        os.makedirs(self.path("damaged"), exist_ok=True)
        for name in ("config.yaml", "source.spm", "target.spm"):
            self.write("damaged/" + name, self.read_bytes("model/" + name))
        model = self.read_bytes("model/model.safetensors")
        for damaged in (b"", model[:100], model[:-7]):
            self.write("damaged/model.safetensors", damaged)
            self.fail_with(4, "translate", "-m", "damaged", stdin="dog\n")
            result = self.run_program("model", "verify", "damaged")
            self.assertEqual(result.returncode, 4, result.stdout)

    def test_a_foreign_vocabulary_is_refused(self):
        self.succeed("tokenizer", "train", "-i", "train.en", "--model-prefix", "other",
                     "--vocab-size", "40")
        os.makedirs(self.path("foreign"), exist_ok=True)
        for name in ("config.yaml", "model.safetensors"):
            self.write("foreign/" + name, self.read_bytes("model/" + name))
        other = self.read_bytes("other.model")
        self.write("foreign/source.spm", other)
        self.write("foreign/target.spm", other)
        error = self.fail_with(4, "translate", "-m", "foreign", stdin="dog\n")
        self.assertIn("foreign/model.safetensors", error)
        self.assertIn("foreign/source.spm", error)

    # The other commands.

    def test_heatmaps_are_drawn_from_attention(self):
        self.succeed("translate", "-m", "model", "--attention", "maps.jsonl", stdin="dog\n\ncat\n")
        self.succeed("heatmap", "--attention", "maps.jsonl", "-o", "maps", "--format", "svg,html")
        self.assertTrue(any(name.endswith(".svg") for name in os.listdir(self.path("maps"))))

    def test_translations_are_evaluated(self):
        output = self.succeed("translate", "-m", "model", "-i", "valid.en")
        self.write("hypotheses.txt", output)
        scores = json.loads(self.succeed("evaluate", "-r", "valid.de", "-i", "hypotheses.txt",
                                         "-m", "bleu", "--format", "json"))
        bleu = scores[0] if isinstance(scores, list) else scores
        self.assertEqual(bleu["name"], "BLEU")
        self.assertIn("tok:13a", bleu["signature"])

    def test_models_are_described_verified_and_averaged(self):
        self.assertIn("embedding.weight", self.succeed("model", "info", "model", "--tensors"))
        self.succeed("model", "verify", "model")
        checkpoints = sorted(name for name in os.listdir(self.path("model/checkpoints"))
                             if name.startswith("update-"))
        self.succeed("model", "average", *["model/checkpoints/" + name for name in checkpoints],
                     "-o", "mean")
        self.assertEqual(
            self.succeed("translate", "-m", "mean", stdin="dog\n").count("\n"), 1)

    def test_damage_anywhere_in_a_model_directory_is_found(self):
        self.succeed("train", "-c", "config.yaml", "-m", "whole", "--set",
                     "training.average_best=2")
        self.succeed("model", "verify", "whole")
        names = sorted(self.contents("whole"))
        checkpoint = "checkpoints/update-00000030/"
        kinds = ["model.safetensors", "config.yaml", "source.spm", "target.spm",
                 "checkpoints/LATEST", checkpoint + "model.safetensors",
                 checkpoint + "optimizer.safetensors", checkpoint + "state.json",
                 next(name for name in names if name.startswith("checkpoints/best/"))]
        for name in kinds:
            original = self.read_bytes("whole/" + name)
            damaged = bytearray(original)
            damaged[len(damaged) // 2] ^= 0xff
            for data in (bytes(damaged), original[:len(original) // 2], b""):
                if data and name == "config.yaml":
                    continue  # whatever can be read may have been edited
                self.write("whole/" + name, data)
                result = self.run_program("model", "verify", "whole")
                self.assertEqual(result.returncode, 4, (name, len(data), result.stdout))
                self.assertIn("whole/" + name.rsplit("/", 1)[0], result.stderr)
            self.write("whole/" + name, original)
        for name in (checkpoint + "optimizer.safetensors", checkpoint + "state.json"):
            original = self.read_bytes("whole/" + name)
            os.remove(self.path("whole/" + name))
            for path in ("whole", "whole/" + checkpoint):
                self.assertEqual(self.run_program("model", "verify", path).returncode, 4, name)
            self.write("whole/" + name, original)
        self.succeed("model", "verify", "whole", "whole/" + checkpoint)

    def test_missing_files_of_a_model_directory_are_reported(self):
        self.succeed("model", "average", "model", "-o", "gaps")
        os.makedirs(self.path("gaps_of_a_run"))
        shutil.copytree(self.path("model"), self.path("gaps_of_a_run"), dirs_exist_ok=True)
        for folder, names in (("gaps", ["model.safetensors", "source.spm", "target.spm"]),
                              ("gaps_of_a_run", ["model.safetensors", "source.spm", "target.spm",
                                                 "config.yaml"])):
            self.succeed("model", "verify", folder)
            for missing in [[name] for name in names] + [names]:
                kept = {name: self.read_bytes(f"{folder}/{name}") for name in missing}
                for name in missing:
                    os.remove(self.path(f"{folder}/{name}"))
                result = self.run_program("model", "verify", folder)
                self.assertEqual(result.returncode, 4, (missing, result.stdout))
                lines = result.stderr.splitlines()
                self.assertEqual(len(lines), len(missing) + 1, result.stderr)
                for name, line in zip(missing, lines):
                    self.assertRegex(line, rf"^{folder}/{name}: expected the .*, got no file; ")
                for name, data in kept.items():
                    self.write(f"{folder}/{name}", data)
        os.makedirs(self.path("nothing"))
        self.assertEqual(self.run_program("model", "verify", "nothing").returncode, 4)

    def test_a_model_that_cannot_be_made_leaves_nothing(self):
        os.makedirs(self.path("half"))
        for name in ("model.safetensors", "source.spm", "config.yaml"):
            self.write("half/" + name, self.read_bytes("model/" + name))
        self.succeed("model", "convert", "model", "-o", "whole_before")
        before = self.contents("whole_before")
        names = sorted(os.listdir(self.path("")))
        for command in ("convert", "average"):
            error = self.fail_with(1, "model", command, "half", "-o", "never")
            self.assertIn("half/target.spm: cannot be read", error)
            error = self.fail_with(2, "model", command, "model", "-o", "whole_before")
            self.assertIn("expected a new or an empty directory", error)
            self.assertEqual(sorted(os.listdir(self.path(""))), names)
            self.assertEqual(self.contents("whole_before"), before)

    def test_frozen_models_translate_as_int8_does(self):
        self.succeed("model", "convert", "-m", "model", "--precision", "int8", "-o", "frozen")
        self.assertLess(os.path.getsize(self.path("frozen/model.safetensors")),
                        os.path.getsize(self.path("model/model.safetensors")) / 2)
        text = self.read("train.en")
        flags = ["--n-best", "--word-scores"]
        expected = self.succeed("translate", "-m", "model", "--precision", "int8", *flags,
                                stdin=text)
        self.assertEqual(self.succeed("translate", "-m", "frozen", *flags, stdin=text), expected)
        self.assertEqual(self.succeed("score", "-m", "frozen", "-s", "valid.en", "-t", "valid.de"),
                         self.succeed("score", "-m", "model", "--precision", "int8", "-s",
                                      "valid.en", "-t", "valid.de"))
        self.assertIn("int8, frozen", self.succeed("model", "info", "frozen"))
        self.assertIn("embedding.weight_scale", self.succeed("model", "info", "frozen",
                                                             "--tensors"))
        parameters = [line for line in self.succeed("model", "info", "model").splitlines()
                      if line.startswith("parameters")]
        self.assertIn(parameters[0], self.succeed("model", "info", "frozen"))
        self.succeed("model", "verify", "frozen")

    def test_frozen_models_are_refused_where_they_cannot_serve(self):
        self.succeed("model", "convert", "model", "-o", "used")
        before = self.read_bytes("used/model.safetensors")
        for arguments in (["train", "-c", "config.yaml", "-m", "used"],
                          ["translate", "-m", "used", "--precision", "float32"],
                          ["model", "average", "used", "-o", "used_mean"],
                          ["model", "convert", "used", "-o", "used_again"]):
            self.assertIn("used/model.safetensors: its weights are frozen in int8",
                          self.fail_with(4, *arguments))
        for output, complaint in (("model", "a new or an empty directory"),
                                  ("model/model.safetensors",
                                   "--output: it would write over what --model reads")):
            self.assertIn(complaint,
                          self.fail_with(2, "model", "convert", "model", "-o", output))
        self.assertEqual(self.read_bytes("used/model.safetensors"), before)

    def test_the_configuration_is_shown_as_it_resolves(self):
        shown = self.succeed("config", "show", "config.yaml", "--set", "training.seed=5")
        self.assertIn("  seed: 5\n", shown)
        self.write("shown.yaml", shown)
        self.assertEqual(self.succeed("config", "show", "shown.yaml"), shown)
        self.assertEqual(self.succeed("config", "check", "config.yaml"), "")

    def test_a_configuration_for_ones_own_data_is_written_checked_and_trained(self):
        os.makedirs(self.path("own"))
        self.succeed("config", "init", "--size", "small", "-o", "own/mine.yaml")
        self.assertEqual(self.succeed("config", "init", "--size", "small"),
                         self.read("own/mine.yaml"))
        self.assertIn("exists already",
                      self.fail_with(2, "config", "init", "-o", "own/mine.yaml"))
        errors = self.run_program("config", "check", "own/mine.yaml").stderr
        self.assertEqual(errors.count("which does not exist"), 4, errors)
        for name in ("train", "valid"):
            for side, language in (("source", "en"), ("target", "de")):
                self.write(f"own/{name}.{side}", self.read(f"train.{language}"))
        self.assertEqual(self.succeed("config", "check", "own/mine.yaml"), "")
        self.succeed("train", "-c", "own/mine.yaml", "-m", "own/model", "--max-updates", "2")
        log = self.read("own/model/train.log")
        self.assertRegex(log, r"oneDNN [0-9.]+, .*; products in (float32|bfloat16)")
        self.assertNotIn("not faster", log)

    def test_flags_refuse_numbers_that_their_type_cannot_hold(self):
        for flags in (("train", "-c", "config.yaml", "-m", "wide", "--clip-norm", "1e39"),
                      ("train", "-c", "config.yaml", "-m", "wide", "--clip-norm", "1e-50"),
                      ("train", "-c", "config.yaml", "-m", "wide", "--workers", "99999999999999"),
                      ("translate", "-m", "model", "-b", "9223372036854775808"),
                      ("translate", "-m", "model", "-n", "1e-400"),
                      ("translate", "-m", "model", "--mini-batch", "4x")):
            self.assertIn(f"got {flags[-1]}", self.fail_with(2, *flags))

    def test_keys_with_nothing_to_act_on_are_reported(self):
        for key, value, need in (("guided_alignment.weight", "0.7", "guided_alignment.links"),
                                 ("plateau_patience", "3", "schedule plateau"),
                                 ("minimum_learning_rate", "0.001", "cosine or plateau")):
            change = ("config.yaml", "--set", f"training.{key}={value}")
            result = self.run_program("config", "check", *change)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stderr.count("does nothing without"), 1, result.stderr)
            self.assertIn(f"training.{key}: does nothing without training.", result.stderr)
            self.assertIn(need, result.stderr)
        result = self.run_program("config", "check", "config.yaml", "--set",
                                  "training.schedule=plateau", "training.plateau_patience=3",
                                  "training.minimum_learning_rate=0.001")
        self.assertEqual(result.stderr, "")

    def test_benchmarks_print_json(self):
        record = json.loads(self.succeed("benchmark", "translate", "-m", "model", "-i", "valid.en",
                                         "--json"))
        for key in ("output_tokens_per_second", "sentences_per_second", "peak_share",
                    "hardware_share", "peak_rss_bytes"):
            self.assertGreater(record[key], 0, key)
        record = json.loads(self.succeed("benchmark", "translate", "-m", "model", "-i", "valid.en",
                                         "--one-by-one", "--json"))
        self.assertEqual(record["mini_batch"], 1)
        self.assertGreater(record["median_milliseconds"], 0)
        self.assertGreaterEqual(record["p99_milliseconds"], record["median_milliseconds"])
        record = json.loads(self.succeed("benchmark", "train", "-c", "config.yaml", "--seconds",
                                         "0.1", "--json"))
        for key in ("target_tokens_per_second", "peak_share", "hardware_share", "peak_rss_bytes"):
            self.assertGreater(record[key], 0, key)

    def test_pieces_are_joined_to_the_same_text(self):
        text = self.read("valid.en")
        pieces = self.succeed("tokenizer", "encode", "-m", "model/source.spm", stdin=text)
        self.assertIn("\u2581", pieces)
        self.assertEqual(
            self.succeed("tokenizer", "decode", "-m", "model/source.spm", stdin=pieces), text)

    def test_every_command_explains_itself(self):
        for command in (["train"], ["translate"], ["score"], ["heatmap"], ["attention"], ["probe"],
                        ["config", "show"], ["tokenizer", "train"], ["model", "info"],
                        ["benchmark", "train"]):
            self.assertIn("Usage: talmach " + command[0], self.succeed(*command, "--help"))

    def test_unknown_commands_are_refused(self):
        self.assertEqual(self.fail_with(2, "trian"),
                         "talmach trian: unknown command; did you mean train?")
        self.fail_with(2)


if __name__ == "__main__":
    unittest.main()
