"""What the checks of the sources share; see docs/architecture.md for what they check."""

import pathlib
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).parents[1] / "src"


def code_files(source):
    """(path below `source`, text) of every header and source file, in order."""
    for path in sorted(source.rglob("*")):
        if path.suffix in (".h", ".cc"):
            yield path.relative_to(source), path.read_text(encoding="utf-8")


class SourceTreeTest(unittest.TestCase):
    """Of a function violations(source) that lists what is wrong in a source tree."""

    violations = None

    def check_sources(self):
        self.assertTrue((SOURCE / "base" / "error.h").exists())
        self.assertEqual(self.violations(SOURCE), [])

    def check(self, name, text):
        """What is wrong in a tree that holds only this file."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            return self.violations(pathlib.Path(folder))
