"""Each src/ROOM/NAME.cc has its test in tests/ROOM/NAME_test.cc, or says where else it is tested.

What says so is the comment at the top of the file: "Tested by tests/a/b_test.cc and
tests/integration/c_test.py." names one or more tests.

usage: python3 tests/tested_by_test.py, from anywhere
"""

import pathlib
import re
import tempfile
import unittest

import source_tree

_SENTENCE = re.compile(r"Tested by (.*?)\.(?:\s|$)", re.DOTALL)


def tests_named_by(text):
    """The paths in the sentence "Tested by …" of a file's first comment; none without one."""
    comment = re.match(r"(?://[^\n]*\n)*", text).group()
    sentence = _SENTENCE.search(re.sub(r"^// ?", "", comment, flags=re.MULTILINE))
    return re.split(r",?\s+and\s+|,\s+", sentence.group(1)) if sentence else []


def violations(source, repository=None):
    """["nn/gru.cc: no test", …] of a source tree; tests are looked for in the repository."""
    repository = repository or source.parent
    found = []
    for name, text in source_tree.code_files(source):
        if name.suffix != ".cc":
            continue
        named = tests_named_by(text)
        found += [f"{name}: {path} does not exist" for path in named
                  if not re.fullmatch(r"tests/\S+_test\.(cc|py)", path) or
                  not (repository / path).is_file()]
        own = repository / "tests" / name.with_name(name.stem + "_test.cc")
        if not named and not own.is_file():
            found.append(f"{name}: no test")
    return found


class TestedByTest(source_tree.SourceTreeTest):
    violations = staticmethod(violations)

    def test_every_source_file_has_a_test_that_a_reader_finds(self):
        self.check_sources()

    def check_with_tests(self, text, tests):
        """What is wrong with nn/gru.cc in a repository that has these tests."""
        with tempfile.TemporaryDirectory() as folder:
            repository = pathlib.Path(folder)
            for path, contents in [("src/nn/gru.cc", text)] + [(test, "") for test in tests]:
                (repository / path).parent.mkdir(parents=True, exist_ok=True)
                (repository / path).write_text(contents, encoding="utf-8")
            return violations(repository / "src")

    def test_a_file_without_a_test_is_found(self):
        self.assertEqual(self.check_with_tests("// A layer.\n", []), ["nn/gru.cc: no test"])
        # A comment further down is about something else.
        self.assertEqual(self.check_with_tests("int i;\n// Tested by tests/nn/a_test.cc.\n",
                                               ["tests/nn/a_test.cc"]), ["nn/gru.cc: no test"])

    def test_a_test_of_the_same_name_needs_no_mention(self):
        self.assertEqual(self.check_with_tests("", ["tests/nn/gru_test.cc"]), [])

    def test_named_tests_must_exist(self):
        text = ("// Tested by tests/nn/a_test.cc, tests/nn/b_test.cc and\n"
                "// tests/integration/c_test.py. More about it.\n")
        tests = ["tests/nn/a_test.cc", "tests/nn/b_test.cc", "tests/integration/c_test.py"]
        self.assertEqual(self.check_with_tests(text, tests), [])
        for missing in tests:
            left = [test for test in tests if test != missing]
            self.assertEqual(self.check_with_tests(text, left),
                             [f"nn/gru.cc: {missing} does not exist"])

    def test_words_are_no_tests(self):
        self.assertEqual(self.check_with_tests("// Tested by everything.\n", []),
                         ["nn/gru.cc: everything does not exist"])


if __name__ == "__main__":
    unittest.main()
