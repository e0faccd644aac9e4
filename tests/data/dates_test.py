"""The spellings of data/dates.

usage: python3 tests/data/dates_test.py, from anywhere
"""

import datetime
import importlib.util
import pathlib
import unittest

_PATH = pathlib.Path(__file__).parents[2] / "data" / "dates" / "generate.py"
_SPEC = importlib.util.spec_from_file_location("dates", _PATH)
dates = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(dates)


class DatesTest(unittest.TestCase):
    def test_ordinals(self):
        self.assertEqual([dates.ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31)],
                         "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 23rd 30th 31st".split())

    def test_weekday_and_short_year_belong_to_the_date(self):
        spellings = dates.spellings(datetime.date(2014, 3, 3))
        self.assertIn("Monday, 3 March 2014", spellings)
        self.assertIn("03-Mar-14", spellings)

    def test_no_spelling_means_two_dates(self):
        meanings = {}
        for n in range(0, 36500, 7):
            date = datetime.date(1950, 1, 1) + datetime.timedelta(n)
            for spelling in dates.spellings(date):
                self.assertEqual(meanings.setdefault(spelling, date), date)

    def test_parts_share_no_date(self):
        parts = {name: {iso for _, iso in pairs} for name, pairs in dates.corpus().items()}
        self.assertFalse(parts["test"] & (parts["train"] | parts["valid"]))
        self.assertFalse(parts["valid"] & parts["train"])


if __name__ == "__main__":
    unittest.main()
