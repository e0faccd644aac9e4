"""Files that mean harm: refused with one clear line, without a crash, a hang, or much memory.

Every kind of file the program reads is handed to it broken in every way we could think of. The exit
code must be the documented one, the error must be short lines that name the file, and the program
must take no more memory than for a good file plus the file's own size plus 64 MB.

Usage: hostile_files_test.py PATH/TO/talmach
"""

import json
import multiprocessing
import os
import random
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

import shared_folder
import toy
from sanitizer import MEMORY_COUNTS

MEGABYTE = 1 << 20
SPARE = 64 * MEGABYTE
SECONDS = 60  # a hang, on a busy machine too
GIGABYTE = 1 << 30


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def run_measured(command, folder):
    """To be called in a small process: until a child starts, what its parent holds is counted."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=errors)
        timer = threading.Timer(SECONDS, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        return process.returncode, errors.read().decode(), usage.ru_maxrss * 1024


class HostileFilesTest(shared_folder.SharedFolderTest):
    program = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool = multiprocessing.get_context("forkserver").Pool(1)
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        cls.write("one.txt", b"dog sees cat\n")
        code, errors, _ = cls.run_program("train", "-c", "config.yaml", "-m", "model",
                                             "--max-updates", "4")
        assert code == 0, errors
        cls.run_program("translate", "-m", "model", "-i", "one.txt", "--attention", "maps.jsonl")
        cls.usual = {
            "translate": cls.run_program("translate", "-m", "model", "-i", "one.txt")[2],
            "model": cls.run_program("model", "verify", "model")[2],
            "tokenizer": cls.run_program("tokenizer", "encode", "-m", "model/source.spm", "-i",
                                         "one.txt")[2],
            "config": cls.run_program("config", "check", "config.yaml")[2],
            "heatmap": cls.run_program("heatmap", "--attention", "maps.jsonl", "-o", "maps",
                                       "--format", "html")[2],
            "evaluate": cls.run_program("evaluate", "-r", "one.txt", "-i", "one.txt")[2]}

    @classmethod
    def tearDownClass(cls):
        cls.pool.terminate()
        super().tearDownClass()

    @classmethod
    def zeros(cls, name, size):
        """A file of zeros that takes no room on the disk."""
        with open(cls.path(name), "wb") as file:
            file.truncate(size)

    @classmethod
    def run_program(cls, *arguments):
        """Exit code, errors and the most memory it took (bytes)."""
        return cls.pool.apply(run_measured,
                              ([cls.program, *arguments, "--threads", "1"], cls.directory))

    def meet(self, code, name, *arguments):
        """The file `name`, handed over by this command, ends it with this code and a clear line."""
        got, errors, memory = self.run_program(*arguments)
        self.assertEqual(got, code, f"{arguments}: {errors[:500]}")
        self.assertLess(len(errors), 60000, name)
        self.assertNotRegex(errors, r"[\x00-\x09\x0b-\x1f]")
        if code != 0:
            # Of a configuration without keys it is those that are missing.
            no_keys = name in ("empty.yaml", "utf16.yaml")
            self.assertIn("data.train.source" if no_keys else name, errors)
            self.assertNotIn("std::", errors)
            self.assertNotIn("exception", errors)
        size = os.path.getsize(self.path(name))
        allowed = self.usual[arguments[0]] + size + SPARE
        if MEMORY_COUNTS:
            self.assertLess(memory, allowed, f"{name}: {memory >> 20} MB; expected less than "
                                             f"{allowed >> 20} MB")

    def test_safetensors(self):
        good = {"a": tensor([2, 2], 0, 16)}
        big = (1 << 63) - 1
        many = {f"t{i}": tensor([0], 0, 0) for i in range(30000)}
        files = {
            "empty": b"",
            "seven_bytes": b"1234567",
            "length_of_all_ones": b"\xff" * 16,
            "length_beyond_the_file": safetensors(good, bytes(16), length=1 << 40),
            "length_zero": safetensors(good, bytes(16), length=0),
            "no_json": safetensors(b"{{{{{{{{"),
            "binary_header": safetensors(bytes(range(256)) * 10),
            "nested": safetensors(b'{"a":' * 100000),
            "nested_lists": safetensors(b'{"a":{"shape":' + b"[" * 500000 + b"}}"),
            "flat_list": safetensors(b'{"a":[' + b"0," * 900000 + b"0]}"),
            "many_tensors": safetensors(many),
            "many_metadata": safetensors({"__metadata__": {f"k{i}": "" for i in range(80000)}}),
            "overflowing_shape": safetensors({"a": tensor([1 << 32, 1 << 32], 0, 16)}, bytes(16)),
            "shape_of_largest": safetensors({"a": tensor([big, big, big, big], 0, 16)}, bytes(16)),
            "negative_shape": safetensors({"a": tensor([-2, -2], 0, 16)}, bytes(16)),
            "fraction_shape": safetensors({"a": tensor([2.5, 2], 0, 16)}, bytes(16)),
            "overlap": safetensors({"a": tensor([2], 0, 8), "b": tensor([2], 4, 12)}, bytes(12)),
            "unordered": safetensors({"a": tensor([2], 8, 0)}, bytes(8)),
            "gap": safetensors({"a": tensor([2], 0, 8), "b": tensor([2], 12, 20)}, bytes(20)),
            "outside": safetensors({"a": tensor([2], 0, 8)}, bytes(4)),
            "left_over": safetensors(good, bytes(17)),
            "offset_of_largest": safetensors({"a": tensor([2], big - 8, big)}, bytes(8)),
            "wrong_type": safetensors({"a": tensor([2], 0, 4, "F16")}, bytes(4)),
            "type_is_a_number": safetensors({"a": tensor([1], 0, 4, 32)}, bytes(4)),
            "name_twice": safetensors(b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},'
                                      b'"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
                                      bytes(4)),
        }
        for name, data in files.items():
            name += ".safetensors"
            self.write(name, data)
            self.meet(4, name, "model", "info", name)
        for name in ("many_tensors", "many_metadata"):
            name += ".safetensors"
            self.meet(0, name, "model", "verify", name)
        self.zeros("zeros.safetensors", GIGABYTE)
        for command in ("info", "verify"):
            self.meet(4, "zeros.safetensors", "model", command, "zeros.safetensors")

    def test_models_that_ask_for_more_than_they_hold(self):
        data = self.read_bytes("model/model.safetensors")
        size, = struct.unpack("<Q", data[:8])
        header, body = json.loads(data[8:8 + size]), data[8 + size:]
        config = json.loads(header["__metadata__"]["config"])
        os.makedirs(self.path("greedy"), exist_ok=True)
        for name in ("source.spm", "target.spm", "config.yaml"):
            self.write("greedy/" + name, self.read_bytes("model/" + name))
        changes = [("encoder", "layers", 64), ("encoder", "layers", 1 << 40),
                   ("encoder", "hidden_size", 1 << 20), ("decoder", "hidden_size", 65536),
                   ("attention", "size", 1 << 62), ("readout", "size", -1),
                   ("encoder", "layers", 0), ("decoder", "type", "transformer"),
                   ("attention", "temperature", 0), ("encoder", "layer_norm", "yes"),
                   ("encoder", "layers", "NESTED")]
        for section, key, value in changes:
            changed = json.loads(json.dumps(config))
            changed[section][key] = value
            # Without checksums, as other programs write it.
            header["__metadata__"] = {
                k: v for k, v in header["__metadata__"].items() if not k.startswith("xxh3")}
            header["__metadata__"]["config"] = json.dumps(changed).replace(
                '"NESTED"', "[" * 500000 + "]" * 500000)
            self.write("greedy/model.safetensors", safetensors(header, body))
            self.meet(4, "greedy/model.safetensors", "translate", "-m", "greedy", "-i", "one.txt")

    def test_configurations(self):
        bomb = b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        for i in range(1, 30):
            before = "*a" + (str(i - 1) if i > 1 else "")
            bomb += f"a{i}: &a{i} [{','.join([before] * 10)}]\n".encode()
        files = {
            "empty": b"",
            "binary": bytes(range(256)) * 1000,
            "nul": b"data:\x00\n",
            "bomb": bomb + b"validation: {metrics: *a29}\n",
            "bomb_as_section": bomb + b"training: *a29\n",
            "itself": b"data: &d\n  train: *d\n",
            "nested_lists": b"[" * 100000,
            "nested_maps": b"{a: " * 50000,
            "nested_blocks": b"".join(b" " * i + b"a:\n" for i in range(1000)),
            "nested_keys": b"? " * 20000,
            "indented": b"- " * 50000,
            "long_line": b"data: " + b"x" * 900000,
            "many_keys": b"".join(b"k%d: 1\n" % i for i in range(80000)),
            "many_documents": b"---\n" * 100000,
            "comma": b",a: 1\n",
            "too_large": b"#" * (2 * MEGABYTE),
            "quotes": b"\"" * 100001,
            "anchors": b"".join(b"- &a%d x\n" % i for i in range(60000)),
            "tabs": b"data:\n\ttrain:\n\t\tsource: x\n",
            "utf16": "data: {}\n".encode("utf-16"),
        }
        for name, data in files.items():
            name += ".yaml"
            self.write(name, data)
            self.meet(2, name, "config", "check", name)
        self.zeros("zeros.yaml", GIGABYTE)
        self.meet(2, "zeros.yaml", "config", "check", "zeros.yaml")

    def test_tokenizers(self):
        good = self.read_bytes("model/source.spm")
        rng = random.Random(2)
        flipped = bytearray(good)
        for _ in range(20):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        files = {
            "empty": b"",
            "text": b"no model at all\n" * 100,
            "cut": good[:len(good) // 2],
            "length_of_largest": b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
            "empty_pieces": b"\x0a\x00" * (4 * MEGABYTE),
            "many_pieces": b"\x0a\x05\x0a\x03abc" * MEGABYTE,
            "groups": b"\x0b" * 1000000,
        }
        for name, data in files.items():
            name += ".spm"
            self.write(name, data)
            self.meet(4, name, "tokenizer", "encode", "-m", name, "-i", "one.txt")
        self.write("flipped.spm", bytes(flipped))
        self.assertIn(self.run_program("tokenizer", "encode", "-m", "flipped.spm", "-i",
                                       "one.txt")[0], (0, 4))
        self.zeros("zeros.spm", GIGABYTE)
        self.meet(4, "zeros.spm", "tokenizer", "encode", "-m", "zeros.spm", "-i", "one.txt")

    def test_attention(self):
        record = {"line": 0, "source": ["</s>"], "target": ["</s>"], "weights": [[1]], "score": 0}
        start = b'{"line":0,"source":["a"],"target":["b"],"score":0,'
        files = {
            "no_json": b"dog sees cat\n",
            "binary": bytes(range(256)) * 1000,
            "nested": b"[" * MEGABYTE,
            "nested_extra": start + b'"x":' + b"[" * MEGABYTE,
            "nested_objects": start + b'"x":' + b'{"a":' * 200000,
            "wide": start + b'"weights":[[' + b"0," * (4 * MEGABYTE) + b"0]]}\n",
            "tall": start + b'"weights":[' + b"[]," * (3 * MEGABYTE) + b"[]]}\n",
            "pieces": b'{"line":0,"source":[' + b'"",' * (3 * MEGABYTE) + b'""]}\n',
            "layers": start + b'"layers":{' + b",".join(b'"%d":[]' % i for i in range(900000)) +
                      b'}}\n',
            "one_long_line": b" " * (10 * MEGABYTE),
            "long_line": b'{"a":"' + b"x" * (70 * MEGABYTE),
            "missing": json.dumps({k: v for k, v in record.items() if k != "weights"}).encode(),
            "not_a_number": json.dumps({**record, "weights": [[float("nan")]]}).encode(),
            "below_zero": json.dumps({**record, "weights": [[-1]]}).encode(),
            "wrong_shape": json.dumps({**record, "weights": [[1, 0], [1]]}).encode(),
            "line_of_largest": json.dumps({**record, "line": 1 << 70}).encode(),
            "surrogate": b'{"line":0,"source":["\\ud800"]}\n',
        }
        for name, data in files.items():
            name += ".jsonl"
            self.write(name, data)
            self.meet(3, name, "heatmap", "--attention", name, "-o", "maps", "--format", "html")
        self.zeros("zeros.jsonl", GIGABYTE)
        self.meet(3, "zeros.jsonl", "heatmap", "--attention", "zeros.jsonl", "-o", "maps",
                  "--format", "html")

    def test_alignments(self):
        for name, data in (("words", b"dog sees\n"), ("half", b"0-\n"), ("below", b"-1-0\n"),
                           ("large", b"0-99999999999999999999\n"), ("null", b"0-0\x00\n"),
                           ("bytes", b"0-0 \xff\n")):
            name += ".links"
            self.write(name, data)
            self.write("gold.links", b"0-0\n")
            self.meet(3, name, "evaluate", "-r", "gold.links", "-i", name, "-m", "aer")

    def test_shortlists(self):
        start = b"TALMSL01"
        files = {
            "empty": b"",
            "text": b"dog Hund 0.5\n" * 1000,
            "seven_bytes": b"TALMSL0",
            "cut": start + bytes(9),
            "counts_of_all_ones": start + b"\xff" * 16 + b"0" * 48,
            "no_checksum": start + struct.pack("<4I", 1, 3, 3, 0) + b"0" * 32 +
                           struct.pack("<4I", 0, 1, 2, 0) + b"0" * 16,
        }
        for name, data in files.items():
            name += ".shortlist"
            self.write(name, data)
            self.meet(4, name, "translate", "-m", "model", "-i", "one.txt", "--shortlist", name)
        for magic in (b"", start):
            self.zeros("zeros.shortlist", GIGABYTE)
            with open(self.path("zeros.shortlist"), "r+b") as file:
                file.write(magic)
            self.meet(4, "zeros.shortlist", "translate", "-m", "model", "-i", "one.txt",
                      "--shortlist", "zeros.shortlist")

    def test_corpora(self):
        """Any bytes are text: read with the documented treatment, as many lines out as in."""
        self.write("long_lines.txt", b"dog " * MEGABYTE + b"\ncat\n")
        self.write("nul.txt", b"\x00" * (2 * MEGABYTE) + b"\ncat")
        self.write("breaks.txt", b"\n" * 20000)
        for name in ("long_lines.txt", "nul.txt", "breaks.txt"):
            self.meet(0, name, "translate", "-m", "model", "-i", name, "-o", "out.txt",
                      "--max-length", "20")
        self.assertEqual(self.read_bytes("out.txt").count(b"\n"), 20000)
        for name in ("no.gz", "no.zst"):
            self.write(name, b"this is not packed\n")
            self.meet(3, name, "translate", "-m", "model", "-i", name)


if __name__ == "__main__":
    HostileFilesTest.program = os.path.abspath(sys.argv.pop(1))
    unittest.main()
