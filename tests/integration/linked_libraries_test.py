"""A program that links the translator needs no library that draws.

usage: linked_libraries_test.py LINKED_TRANSLATOR TALMACH
"""

import subprocess
import sys
import unittest

_DRAWING = ("libpango", "libcairo", "libharfbuzz", "libfreetype")


def drawing_libraries(program):
    """The libraries for drawing that `program` loads, directly or through others."""
    listing = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listing.splitlines() if line.strip()]
    return [name for name in names if name.startswith(_DRAWING)]


class LinkedLibrariesTest(unittest.TestCase):

    def test_the_translator_links_nothing_that_draws(self):
        self.assertEqual(drawing_libraries(translator), [])

    def test_drawing_libraries_are_seen_where_they_are(self):
        self.assertNotEqual(drawing_libraries(talmach), [])


if __name__ == "__main__":
    talmach = sys.argv.pop()
    translator = sys.argv.pop()
    unittest.main()
