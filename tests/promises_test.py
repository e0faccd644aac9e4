"""Every test that docs/reliability.md names as the one that holds a promise exists.

usage: python3 tests/promises_test.py, from anywhere
"""

import pathlib
import re
import unittest

TESTS = pathlib.Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "reliability.md"


def sources():
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*_test.*")))


def named_tests(page):
    """What stands as code in the last column of the tables of promises and may be a test's name."""
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split(" | ")[-1])]
    return [name for name in names
            if re.match(r"(test_|integration/)\w+…?$|[A-Z]\w*[a-z]\w*(\.\w+)?…?$", name)]


def exists(name, text):
    """Whether a test of that name exists; with an ellipsis at its end, one that begins so."""
    end = "" if name.endswith("…") else r"\b"
    name = name.rstrip("…")
    if name.startswith("integration/"):
        return (TESTS / (name + ".py")).exists()
    if name.startswith("test_"):
        return re.search(rf"def {name}{end}", text) is not None
    suite, dot, case = name.partition(".")
    if not dot and name.endswith("Test"):
        return re.search(rf"TEST\w*\({name},", text) is not None
    return re.search(rf"TEST\w*\({suite if dot else '[A-Za-z]+'},\s*{case or name}{end}",
                     text) is not None


class PromisesTest(unittest.TestCase):
    def test_each_test_exists(self):
        names = named_tests(PAGE.read_text(encoding="utf-8"))
        self.assertGreater(len(names), 50)
        text = sources()
        self.assertEqual([name for name in names if not exists(name, text)], [])

    def test_missing_tests_are_found(self):
        page = "| promise | `AbcTest.Xy…`, `Xyz`, `AbcTest`, `test_it`, `integration/no_test` |\n"
        self.assertEqual([exists(name, "TEST_F(AbcTest, Xyz)\ndef test_it(self)")
                          for name in named_tests(page)], [True, True, True, True, False])
        self.assertEqual([exists(name, "TEST(Other, Xz)") for name in named_tests(page)],
                         [False] * 5)


if __name__ == "__main__":
    unittest.main()
