"""Each key of the configuration is spelled once in src/, in the table; see docs/architecture.md.

Everything else asks the table for the name (NameOf, KeyName), so a key that is renamed is renamed
everywhere. The table's own texts may name other keys.

usage: python3 tests/config_keys_test.py, from anywhere
"""

import re
import unittest

import source_tree

# The table, and the file that the tests below put in its place.
_TABLE = ("config/config_keys.cc", "config/data_keys.cc", "config/model_keys.cc",
          "config/training_keys.cc")
_SAMPLE = _TABLE[0]
_DECLARATION = re.compile(
    r'\btable\.(?:Number|Switch|Path|Model|Text|Columns|Duration|Choice|Choices|List)'
    r'\(\s*"([a-z0-9_.]+)"')
_COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*')
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def _strings(text):
    """The string literals of a source file, without those in comments."""
    code = _COMMENT.sub(lambda found: found[0] if found[0].startswith('"') else "", text)
    return _STRING.findall(code)


def keys(source):
    texts = [(source / name).read_text(encoding="utf-8") for name in _TABLE
             if (source / name).exists()]
    return _DECLARATION.findall("\n".join(texts))


def violations(source):
    """["cli/train_command.cc spells training.seed", …] of a source tree."""
    declared = keys(source)
    found = [f"the table declares {key} twice"
             for key in sorted(set(declared)) if declared.count(key) > 1]
    names = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, declared)) + r")(?![\w.]*\w)")
    for name, text in source_tree.code_files(source):
        if name.as_posix() not in _TABLE:
            found += [f"{name} spells {key}" for string in _strings(text)
                      for key in names.findall(string)]
    return found


class ConfigKeysTest(source_tree.SourceTreeTest):
    @staticmethod
    def violations(source):
        if not (source / _SAMPLE).exists():
            (source / _SAMPLE).parent.mkdir(parents=True, exist_ok=True)
            (source / _SAMPLE).write_text('table.Number("training.seed", …\n  table.Path(\n'
                                         '      "data.train.source", …', encoding="utf-8")
        return violations(source)

    def test_the_sources_spell_each_key_once(self):
        self.assertGreater(len(keys(source_tree.SOURCE)), 70)
        self.check_sources()

    def test_a_name_in_a_message_is_found(self):
        self.assertEqual(self.check("cli/a.cc", 'Fail("set training.seed: 2, or none");\n'),
                         ["cli/a.cc spells training.seed"])
        self.assertEqual(self.check("training/a.cc", 'settings["data.train.source"] = path;\n'),
                         ["training/a.cc spells data.train.source"])

    def test_fields_comments_and_longer_names_are_no_keys(self):
        self.assertEqual(self.check("cli/a.cc", "config.training.seed = 1;\n"), [])
        self.assertEqual(self.check("cli/a.cc", '// "training.seed" is a key\n'), [])
        self.assertEqual(self.check("cli/a.cc", 'Open("training.seed_file", "training.seed.txt");\n'),
                         [])

    def test_a_key_declared_twice_is_found(self):
        self.assertEqual(
            self.check(_SAMPLE, 'table.Number("model.size", …\ntable.Switch("model.size", …\n'),
            ["the table declares model.size twice"])


if __name__ == "__main__":
    unittest.main()
