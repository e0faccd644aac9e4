"""Models on tokenizers of every kind: pieces in bytes, characters, words, pieces that are given.

Usage: tokenizers_test.py PATH/TO/talmach
"""

import json
import os
import random
import subprocess
import sys
import unittest

import shared_folder
import toy

PROGRAM = os.path.abspath(sys.argv.pop(1))

# Words of the toy corpus in pieces, as subword-nmt would write them.
SPLIT = {"dog": "do@@ g", "house": "ho@@ u@@ se", "Hund": "Hu@@ nd", "Haus": "Ha@@ us"}


def in_pieces(line):
    return " ".join(SPLIT.get(word, word) for word in line.split())


def with_ids_of_marian(model):
    """A SentencePiece model with </s> 0, <unk> 1 and no <s>, all else as it was."""
    pieces, rest, position = [], b"", 0
    while position < len(model):  # fields of a protobuf message, all with a length
        begin, size, shift = position, 0, 0
        position += 1
        while True:
            byte = model[position]
            size |= (byte & 127) << shift
            shift += 7
            position += 1
            if byte < 128:
                break
        position += size
        if model[begin] == 10:
            pieces.append(model[begin:position])
        else:
            rest += model[begin:position]
    unknown, _, end = pieces[:3]
    return b"".join([end, unknown, *pieces[3:], rest])


class TokenizersTest(shared_folder.SharedFolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        toy.write_corpus(cls.directory, random.Random(1))
        toy.write_config(cls.directory)
        for name in ("train.en", "train.de"):
            pieces = [in_pieces(line) for line in cls.read(name).splitlines()]
            cls.write("pieces." + name[-2:], "\n".join(pieces) + "\n")
        both = cls.read("pieces.en") + cls.read("pieces.de")
        vocabulary = sorted(set(both.split()))
        cls.write("vocabulary", "</s>\n<unk>\n" + "".join(f"{p} {both.split().count(p)}\n"
                                                          for p in vocabulary))

    def run_program(self, *arguments, code=0, stdin=""):
        result = subprocess.run([PROGRAM, *arguments], cwd=self.directory, input=stdin,
                                capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout if code == 0 else result.stderr

    def train(self, name, *settings, updates=4, code=0):
        return self.run_program("train", "-c", "config.yaml", "-m", name, "--threads", "1",
                                "--max-updates", str(updates), "--set", *settings, code=code)

    GIVEN = ["tokenizer.type=given", "tokenizer.sampling_alpha=0", "data.train.source=pieces.en",
             "data.train.target=pieces.de", "data.valid.source=pieces.en",
             "data.valid.target=pieces.de"]
    VOCABULARIES = ["tokenizer.source_pieces=vocabulary",
                    "tokenizer.target_pieces=vocabulary"]

    def check_use(self, name, text):
        """Translates, scores, draws, verifies. Returns the record of the attention to `text`."""
        text += "\n"
        translation = self.run_program("translate", "-m", name, "--attention", "a.jsonl",
                                       stdin=text)
        self.assertEqual(translation.count("\n"), 1)
        self.assertNotIn("@@", translation)
        self.assertNotIn("▁", translation)
        self.write("source", text)
        self.write("target", in_pieces("ein Hund sieht") + "\n")
        score = self.run_program("score", "-m", name, "-s", "source", "-t", "target")
        self.assertLess(float(score), 0)
        self.run_program("heatmap", "-m", name, "-s", "source", "-t", "target", "--units", "word",
                         "-o", "pictures-" + name, "--format", "svg,html")
        self.assertIn("tokenizers belong to the model",
                      self.run_program("model", "verify", name))
        return json.loads(self.read("a.jsonl"))

    def test_given_pieces_with_a_vocabulary(self):
        self.train("given", *self.GIVEN, *self.VOCABULARIES, "tokenizer.symbols=[<bt>]",
                   updates=150)
        record = self.check_use("given", "a do@@ g sees a ho@@ u@@ se")
        self.assertEqual(record["source"], ["▁a", "▁do", "g", "▁sees", "▁a", "▁ho", "u", "se",
                                            "</s>"])
        self.assertEqual(self.run_program("translate", "-m", "given", stdin="a do@@ g\n"),
                         "ein Hund\n")
        spm = "given/source.spm"
        self.assertEqual(self.run_program("tokenizer", "encode", "-m", spm, stdin="do@@  g x\n"),
                         "do@@ g x\n")
        self.assertEqual(self.run_program("tokenizer", "decode", "-m", spm, stdin="do@@ g x\n"),
                         "dog x\n")
        self.assertEqual(self.read(spm).splitlines()[1:6],
                         ["<unk>", "<s>", "</s>", "<bt>", "Ha@@"])

    def test_unknown_pieces_that_are_given_are_replaced_by_words(self):
        self.train("known", *self.GIVEN, "tokenizer.vocabulary_size=8", updates=20)
        text = self.run_program("translate", "-m", "known", "--unk", "replace",
                                stdin="qua@@ x ho@@ u@@ se\n")
        self.assertLessEqual(set(text.split()), {"quax", "house", "ein"} | set(
            self.read("known/source.spm").split()))

    def test_given_pieces_are_counted_without_a_vocabulary(self):
        self.train("counted", *self.GIVEN, "tokenizer.joint=false",
                   "model.tied_embeddings=decoder", "tokenizer.vocabulary_size=9")
        self.assertEqual(self.read("counted/source.spm").splitlines()[0], "#talmach-pieces 9")
        self.assertIn("sieht", self.read("counted/target.spm").splitlines())
        self.check_use("counted", "a do@@ g")

    def test_a_run_on_given_pieces_resumes_to_the_bit(self):
        self.train("whole", *self.GIVEN, *self.VOCABULARIES, updates=8)
        self.train("parts", *self.GIVEN, *self.VOCABULARIES, updates=4)
        self.train("parts", *self.GIVEN, *self.VOCABULARIES, updates=8)
        self.assertEqual(self.read_bytes("parts/model.safetensors"),
                         self.read_bytes("whole/model.safetensors"))
        self.assertIn("tokenizer.type: expected given",
                      self.train("parts", *self.GIVEN[1:], updates=9, code=2))

    def test_every_kind_of_model_of_sentencepiece(self):
        for kind, settings in {
                "char": ["tokenizer.type=char", "tokenizer.sampling_alpha=0"],
                "word": ["tokenizer.type=word", "tokenizer.sampling_alpha=0"],
                "bpe": ["tokenizer.type=bpe", "tokenizer.symbols=[<bt>]"],
                "bytes": ["tokenizer.byte_fallback=true", "tokenizer.vocabulary_size=330"]}.items():
            with self.subTest(kind=kind):
                self.train(kind, *settings)
                record = self.check_use(kind, "a dog 漢")
                if kind == "bytes":
                    self.assertEqual(record["source"][-5:],
                                     ["▁", "<0xE6>", "<0xBC>", "<0xA2>", "</s>"])
                    pictures = [name for name in os.listdir(self.path("pictures-bytes"))
                                if name.endswith(".svg")]
                    self.assertEqual(len(pictures), 1)
                    self.assertNotIn("0xE6", self.read("pictures-bytes/" + pictures[0]))

    def test_contradictions_are_named_in_one_line(self):
        for code, message, settings in (
                (2, "tokenizer.sampling_alpha: expected 0", ["tokenizer.type=given"]),
                (2, "tokenizer.byte_fallback: expected false",
                 [*self.GIVEN, "tokenizer.byte_fallback=true"]),
                (2, "tokenizer.source_pieces: is for pieces that are given",
                 [*self.VOCABULARIES]),
                (2, "tokenizer.source_pieces, tokenizer.target_pieces: expected both",
                 [*self.GIVEN, self.VOCABULARIES[0]]),
                (2, "tokenizer.joint: the two vocabularies are not one",
                 [*self.GIVEN, self.VOCABULARIES[0], "tokenizer.target_pieces=other"]),
                (3, "none: cannot be opened",
                 [*self.GIVEN, *(v.split("=")[0] + "=none" for v in self.VOCABULARIES)]),
                (2, "tokenizer.symbols: expected", ["tokenizer.symbols=[a, a]"])):
            with self.subTest(message=message):
                self.write("other", "a\nb\n")
                error = self.train("bad", *settings, code=code)
                self.assertIn(message, error)
                self.assertEqual(error.count("\n"), 1, error)
                self.assertFalse(os.path.exists(self.path("bad")))

    def test_a_model_with_the_ids_of_marian_is_the_same_model(self):
        flags = ["-i", "train.en", "train.de", "--vocab-size", "60", "--quiet"]
        self.run_program("tokenizer", "train", "--model-prefix", "own", *flags)
        self.write("marian.model", with_ids_of_marian(self.read_bytes("own.model")))
        for name in ("own", "marian"):
            self.train("of_" + name, f"tokenizer.source_model={name}.model",
                       f"tokenizer.target_model={name}.model")
        self.assertEqual(self.read_bytes("of_marian/source.spm"), self.read_bytes("marian.model"))
        self.assertNotEqual(self.read_bytes("marian.model"), self.read_bytes("own.model"))
        translations = [self.run_program("translate", "-m", name, stdin="a dog\nthe green cat\n")
                        for name in ("of_own", "of_marian")]
        self.assertEqual(*translations)
        self.check_use("of_marian", "a dog")
        with open(self.path("of_marian/source.spm"), "r+b") as file:
            file.seek(200)
            file.write(b"#")
        self.run_program("model", "verify", "of_marian", code=4)

    def test_a_model_without_the_symbols_is_refused(self):
        self.run_program("tokenizer", "train", "-i", "train.en", "train.de", "--model-prefix",
                         "plain", "--vocab-size", "60", "--quiet")
        models = ["tokenizer.source_model=plain.model", "tokenizer.target_model=plain.model"]
        self.assertIn("tokenizer.symbols: expected pieces of",
                      self.train("bad", *models, "tokenizer.symbols=[<bt>]", code=2))
        self.run_program("tokenizer", "train", "-i", "train.en", "--model-prefix", "char",
                         "--type", "char", "--quiet")
        models = ["tokenizer.source_model=char.model", "tokenizer.target_model=char.model"]
        self.assertIn("divides a text in one way only", self.train("bad", *models, code=2))


if __name__ == "__main__":
    unittest.main()
