"""The file names of a model directory are spelled in one place; see src/model/model_directory.h.

usage: python3 tests/file_names_test.py, from anywhere
"""

import re
import unittest

import source_tree

_PLACES = ("model/model_directory.h", "model/model_directory.cc")
_NAMES = ("model.safetensors", "optimizer.safetensors", "state.json", "source.spm", "target.spm",
          "config.yaml", "checkpoints", "update-", "LATEST", "best", "train.jsonl", "train.log",
          "train.lock", "diverged.txt")
# A string that is a path, which ends with such a name; sentences may mention them.
_PATH = re.compile(r'"(?:[^"\s]*/)?(' + "|".join(map(re.escape, _NAMES)) + r')(?:[{/][^"\s]*)?"')
# "best" alone is also a key of records.
_KEY = re.compile(r'"best"')


def violations(source):
    """["cli/run.cc spells config.yaml", …] of a source tree."""
    found = []
    for name, text in source_tree.code_files(source):
        if str(name) in _PLACES:
            continue
        code = _KEY.sub("", re.sub(r"//.*", "", text))
        found += [f"{name} spells {match}" for match in _PATH.findall(code)]
    return found


class FileNamesTest(source_tree.SourceTreeTest):
    violations = staticmethod(violations)

    def test_the_names_are_spelled_in_one_place(self):
        self.check_sources()

    def test_the_examples_spell_none(self):
        self.assertEqual(violations(source_tree.SOURCE.parent / "examples"), [])

    def test_a_spelled_name_is_found(self):
        for code, name in (('path / "model.safetensors"', "model.safetensors"),
                           ('path + "/config.yaml"', "config.yaml"),
                           ('directory / "checkpoints" / "best"', "checkpoints"),
                           ('path + "/best"', "best"), ('format("update-{:08}", n)', "update-")):
            self.assertEqual(self.check("cli/run.cc", code), [f"cli/run.cc spells {name}"])

    def test_comments_and_sentences_may_mention_them(self):
        self.assertEqual(self.check("cli/run.cc", '// "config.yaml"\n"the model\'s config.yaml"'),
                         [])


if __name__ == "__main__":
    unittest.main()
