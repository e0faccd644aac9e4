"""What keeps the program waiting or busy must not keep it from stopping: pipes that nobody writes or
reads, endless files, compressed input that stalls, a tokenizer being built, long computations. One
signal ends each of them.

Usage: waiting_test.py PATH/TO/talmach
"""

import gzip
import os
import random
import shutil
import signal
import string
import subprocess
import sys
import time
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))
MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "model_v1")
SECONDS = 10.0  # two on a machine of its own; others may use this one


def state_of(process):
    """R while it computes, S while it waits, Z when it has ended."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[0]


def catches(process, number):
    """Whether it has made itself ready for a signal."""
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as file:
        mask = next(line for line in file if line.startswith("SigCgt")).split()[1]
    return int(mask, 16) >> (number - 1) & 1 == 1


class WaitingTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(1)
        toy.write_corpus(cls.directory, rng)
        toy.write_config(cls.directory)
        os.mkfifo(cls.path("pipe"))
        os.mkfifo(cls.path("pipe.gz"))
        # Words that SentencePiece needs long for.
        cls.write("large.en", "".join(
            " ".join("".join(rng.choices("abcdefghij", k=rng.randint(3, 12))) for _ in range(12))
            + "\n" for _ in range(60000)))

    def start(self, *arguments, **streams):
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **streams}
        process = subprocess.Popen([PROGRAM, *arguments, "--threads", "1"], cwd=self.directory,
                                   stderr=streams.pop("stderr", subprocess.PIPE), **streams)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()

    def settle(self, process):
        """Until it catches signals and has waited for a while."""
        waited = 0
        for _ in range(1200):
            self.assertIsNone(process.poll(), "it has ended")
            waiting = catches(process, signal.SIGTERM) and state_of(process) == "S"
            waited = waited + 1 if waiting else 0
            if waited >= 8:
                return
            time.sleep(0.05)
        self.fail("it does not wait")

    def end_with_one_signal(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        try:
            process.wait(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.fail("one signal was not enough")
        self.assertEqual(process.returncode, 128 + number)

    def stop_waiting(self, *arguments, **streams):
        process = self.start(*arguments, **streams)
        self.settle(process)
        self.end_with_one_signal(process)

    # Input.

    def test_pipes_without_a_writer(self):
        for arguments in (("translate", "-m", MODEL, "-i", "pipe"),
                          ("translate", "-m", MODEL, "-i", "pipe.gz"),
                          ("score", "-m", MODEL, "-s", "train.en", "-t", "pipe"),
                          ("evaluate", "-r", "pipe", "-i", "train.de"),
                          ("align", "-s", "train.en", "-t", "pipe"),
                          ("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "pipe"),
                          ("attention", "--attention", "pipe"),
                          ("heatmap", "--attention", "pipe", "-o", "pictures"),
                          ("tokenizer", "train", "-i", "pipe", "--model-prefix", "new")):
            with self.subTest(arguments=arguments):
                self.stop_waiting(*arguments)

    def test_a_pipe_that_gets_its_writer_late_is_read(self):
        process = self.start("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "pipe",
                             stdout=subprocess.PIPE)
        self.settle(process)
        with open(self.path("pipe"), "w", encoding="utf-8") as pipe:
            pipe.write("a dog\n")
            pipe.flush()
            time.sleep(0.2)
            pipe.write("a cat\n")
        self.assertEqual(len(process.stdout.read().splitlines()), 2)
        self.assertEqual(process.wait(), 0)

    def test_compressed_input_that_stalls(self):
        packed = gzip.compress("".join(f"line {i}\n" for i in range(1000)).encode())
        process = self.start("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "pipe.gz")
        with open(self.path("pipe.gz"), "wb", buffering=0) as pipe:
            pipe.write(packed[:len(packed) // 2])
            self.settle(process)
            self.end_with_one_signal(process)

    def test_endless_input(self):
        for arguments in (("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "/dev/zero"),
                          ("tokenizer", "train", "-i", "/dev/zero", "--model-prefix", "new")):
            with self.subTest(arguments=arguments):
                process = self.start(*arguments)
                while not catches(process, signal.SIGTERM):
                    time.sleep(0.05)
                time.sleep(0.5)
                self.end_with_one_signal(process)

    def test_other_files_from_a_pipe(self):
        self.stop_waiting("config", "check", "pipe")
        self.stop_waiting("translate", "-m", MODEL, "-i", "train.en", "--shortlist", "pipe")

    def test_files_that_must_be_files_are_refused_at_once(self):
        for code, *arguments in (
                (4, "model", "info", "pipe"),
                (4, "model", "info", "/dev/zero"),
                (4, "tokenizer", "encode", "-m", "pipe", "-i", "train.en"),
                (4, "tokenizer", "encode", "-m", "/dev/zero", "-i", "train.en")):
            with self.subTest(arguments=arguments):
                process = self.start(*arguments)
                error = process.communicate(timeout=60)[1].decode()
                self.assertEqual(process.returncode, code, error)
                self.assertIn("it is not a regular file", error)

    def test_training_on_a_pipe_is_refused_with_the_reason(self):
        for key in ("data.train.source", "data.train.target", "data.valid.target"):
            for path, got in ((self.path("pipe"), "a pipe"), ("/dev/zero", "a device")):
                with self.subTest(key=key, path=path):
                    process = self.start("train", "-c", "config.yaml", "-m", "refused",
                                         "--set", f"{key}={path}")
                    error = process.communicate(timeout=60)[1].decode()
                    self.assertEqual(process.returncode, 3, error)
                    self.assertIn("training reads its text more than once, got " + got, error)
                    self.assertFalse(os.path.exists(self.path("refused")))

    # Output.

    def test_an_output_pipe_without_a_reader(self):
        self.stop_waiting("translate", "-m", MODEL, "-i", "train.en", "-o", "pipe")

    def test_readers_that_do_not_read(self):
        lines = "".join(f"a dog sees {i} cats\n" for i in range(40000))
        self.write("many.en", lines)
        for arguments in (
                ("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "many.en"),
                ("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "many.en",
                 "-o", "/dev/stdout")):
            with self.subTest(arguments=arguments):
                self.stop_waiting(*arguments, stdout=subprocess.PIPE)

    def test_a_reader_of_the_log_that_does_not_read(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        try:
            while True:
                os.write(writing, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(writing, True)
        process = self.start("train", "-c", "config.yaml", "-m", "stalled", "--max-updates", "20",
                             stderr=writing)
        os.close(writing)
        self.settle(process)
        self.end_with_one_signal(process)

    # Work that cannot be asked to stop.

    def test_a_tokenizer_being_built(self):
        process = self.start("tokenizer", "train", "-i", "large.en", "--model-prefix", "new",
                             "--vocab-size", "30000")
        time.sleep(3)
        self.end_with_one_signal(process, signal.SIGINT)
        self.assertFalse(os.path.exists(self.path("new.model")))

    def test_a_training_that_builds_its_tokenizers_leaves_nothing(self):
        shutil.copyfile(self.path("large.en"), self.path("large.de"))
        process = self.start("train", "-c", "config.yaml", "-m", "begun",
                             "--set", "data.train.source=large.en",
                             "--set", "data.train.target=large.de",
                             "--set", "tokenizer.vocabulary_size=30000")
        time.sleep(4)
        self.assertIsNone(process.poll(), "it builds its tokenizers")
        self.end_with_one_signal(process)
        self.assertFalse(os.path.exists(self.path("begun")))

    # Long computations: without a stop point each of them would take minutes.

    def stop_working(self, number, *arguments, seconds=3, after=None):
        """Signals some seconds after the start, or after a line that holds `after`."""
        process = self.start(*arguments)
        while after is not None and after not in process.stderr.readline():
            self.assertIsNone(process.poll(), "it has ended")
        time.sleep(seconds)
        if process.poll() is not None:
            self.fail("it has ended: " + process.stderr.read().decode())
        self.end_with_one_signal(process, number)

    def write_parallel(self, name, num_lines, num_words, times=1):
        rng = random.Random(name)
        for language in ("en", "de"):
            self.write(f"{name}.{language}", times * "".join(
                " ".join(rng.choices(string.ascii_lowercase, k=num_words)) + "\n"
                for _ in range(num_lines)))

    def test_aligners(self):
        self.write_parallel("pairs", 20000, 40)
        for aligner, iterations in (("hmm", "hmm-iterations"), ("ibm1", "ibm1-iterations")):
            with self.subTest(aligner=aligner):
                self.stop_working(signal.SIGTERM, "align", "-s", "pairs.en", "-t", "pairs.de", "-o",
                                  "links", "--aligner", aligner, f"--{iterations}", "1000")
        self.stop_working(signal.SIGINT, "shortlist", "-m", MODEL, "-s", "pairs.en", "-t",
                          "pairs.de", "-o", "list", "--iterations", "100")

    def test_aligners_of_long_sentences(self):
        self.write_parallel("book", 40, 1000)
        self.stop_working(signal.SIGTERM, "align", "-s", "book.en", "-t", "book.de", "-o", "links",
                          "--max-words", "1000", "--hmm-iterations", "1000")

    def test_metrics_and_their_significance(self):
        self.write_parallel("scored", 20000, 20)
        self.write_parallel("scored-at-length", 100, 1500, times=100)
        for name, *flags in (("scored", "-m", "bleu", "--confidence"),
                             ("scored", "-m", "bleu", "-i", "scored.de", "--paired-bs"),
                             ("scored", "-m", "bleu", "-i", "scored.de", "--paired-ar"),
                             ("scored-at-length", "-m", "ter")):
            number = flags[-1] in ("--confidence", "--paired-bs", "--paired-ar")
            trials = [flags[-1] + "-n", "1000000"] if number else []
            with self.subTest(flags=flags):
                self.stop_working(signal.SIGINT, "evaluate", "-r", name + ".de", "-i", name + ".en",
                                  *flags, *trials)

    def train_for_minutes(self, *settings):
        """A command that trains a large model, on long sentences if `settings` name their text."""
        self.write_parallel("paragraphs", 1000, 200)
        large = ("model.embedding_size=128", "model.encoder.hidden_size=512",
                 "model.decoder.hidden_size=512", "model.attention.size=512",
                 "model.readout.size=128", "data.max_length=500")
        return ("train", "-c", "config.yaml",
                *(word for setting in (*large, *settings) for word in ("--set", setting)))

    def test_an_update(self):
        for name, *settings in (("gathered", "training.batch_sentences=4",
                                 "training.accumulate=1000"),
                                ("wide", "training.batch_sentences=100")):
            with self.subTest(name=name):
                self.stop_working(
                    signal.SIGTERM,
                    *self.train_for_minutes("data.train.source=paragraphs.en",
                                            "data.train.target=paragraphs.de", *settings),
                    "-m", name, after=b"New training")
                self.assertFalse(os.path.exists(self.path(name)), "as it was before")

    def test_updates_that_were_given_up_change_nothing(self):
        self.write_parallel("words", 3000, 6)
        command = ("train", "-c", "config.yaml", "--max-updates", "8",
                   "--set", "data.train.source=words.en", "--set", "data.train.target=words.de",
                   "--set", "training.accumulate=300", "--set", "logging.display_every=1u")
        self.assertEqual(self.start(*command, "-m", "whole").wait(), 0)
        rng = random.Random(3)
        codes = []
        while codes[-1:] != [0]:
            process = self.start(*command, "-m", "parts")
            for line in process.stderr:
                if b" Up. " in line:
                    break
            time.sleep(rng.uniform(0, 1))
            process.send_signal(signal.SIGTERM)
            codes.append(process.wait())
            self.assertIn(codes[-1], (0, 143))
        self.assertGreater(len(codes), 1)
        self.assertEqual(self.read_bytes("parts/model.safetensors"),
                         self.read_bytes("whole/model.safetensors"))

    def test_a_validation(self):
        self.stop_working(
            signal.SIGINT,
            *self.train_for_minutes("data.valid.source=paragraphs.en",
                                    "data.valid.target=paragraphs.de", "validation.every=1u",
                                    "validation.beam_size=5", "validation.metrics=[bleu]",
                                    "logging.display_every=1u"),
            "-m", "validated", after=b" Up. 1 ")
        self.assertIn("Saved", self.read("validated/train.log"))

    def test_translation(self):
        subprocess.run(
            [PROGRAM, *self.train_for_minutes("training.max_updates=1"), "-m", "untrained"],
            cwd=self.directory, check=True, capture_output=True)
        for arguments in (("translate", "-i", "paragraphs.en", "-b", "12"),
                          ("translate", "-i", "paragraphs.en", "--sampling", "full",
                           "--max-length-factor", "100"),
                          ("score", "-s", "paragraphs.en", "-t", "paragraphs.de",
                           "--saliency=leave-one-out", "--attention", "record")):
            with self.subTest(arguments=arguments):
                command, *flags = arguments
                self.stop_working(signal.SIGTERM, command, "-m", "untrained", *flags)

    # Streams that are closed.

    def closed(self, redirection, *arguments):
        """What a command says and ends with if the shell closes a stream for it."""
        return subprocess.run(["sh", "-c", f'exec "$0" "$@" {redirection}', PROGRAM, *arguments],
                              cwd=self.directory, capture_output=True, text=True, timeout=60,
                              check=False)

    def test_closed_standard_input_is_an_error(self):
        for arguments in (("translate", "-m", MODEL),
                          ("score", "-m", MODEL, "-s", "-", "-t", "train.de"),
                          ("evaluate", "-r", "train.de"),
                          ("align", "-s", "train.en", "-t", "-"),
                          ("tokenizer", "encode", "-m", MODEL + "/source.spm"),
                          ("tokenizer", "train", "-i", "-", "--model-prefix", "new")):
            with self.subTest(arguments=arguments):
                result = self.closed("<&-", *arguments)
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn("standard input: cannot be read: Bad file descriptor", result.stderr)
                self.assertEqual(result.stdout, "")

    def test_closed_standard_output_is_an_error(self):
        for arguments in (("translate", "-m", MODEL, "-i", "train.en"),
                          ("score", "-m", MODEL, "-s", "train.en", "-t", "train.de"),
                          ("evaluate", "-r", "train.de", "-i", "train.de"),
                          ("model", "info", MODEL), ("config", "show", "config.yaml"),
                          ("tokenizer", "encode", "-m", MODEL + "/source.spm", "-i", "train.en"),
                          ("--version",), ("translate", "--help")):
            with self.subTest(arguments=arguments):
                result = self.closed(">&-", *arguments)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn("standard output: cannot be written: Bad file descriptor",
                              result.stderr)

    def test_no_stream_is_needed_that_is_not_used(self):
        result = self.closed("<&- >&- 2>&-", "tokenizer", "encode", "-m", MODEL + "/source.spm",
                             "-i", "train.en", "-o", "pieces")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(self.read("pieces").splitlines()), 100)
        result = self.closed("2>&-", "translate", "-m", "missing")
        self.assertNotEqual(result.returncode, 0)


if __name__ == "__main__":
    unittest.main()
