#!/usr/bin/env python3
"""Writes dates as people write them, with their ISO form: "Mon, March 3rd 2014", "2014-03-03".

usage: generate.py [--check] [--output DIR]

No date of the test or validation text occurs in the training text in any spelling. The same seed
gives the same bytes; --check compares the files instead of writing them.
"""

import datetime
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import corpus_files  # noqa: E402

_SEED = 1582
_SIZES = {"train": 8000, "valid": 500, "test": 500}
_FIRST, _LAST = datetime.date(1950, 1, 1), datetime.date(2049, 12, 31)
_MONTHS = ("January February March April May June July August September October November "
           "December").split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def ordinal(day):
    """1st, 2nd, 3rd, 4th, …, 11th, …, 21st."""
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def spellings(date):
    """All spellings of a date. Day comes before month wherever both are numbers."""
    month, weekday = _MONTHS[date.month - 1], _DAYS[date.weekday()]
    day, year, short_year = date.day, date.year, f"{date.year % 100:02d}"
    return (
        f"{day} {month} {year}",
        f"{month} {day}, {year}",
        f"{month} {ordinal(day)}, {year}",
        f"the {ordinal(day)} of {month} {year}",
        f"{weekday}, {day} {month} {year}",
        f"{weekday[:3]}, {month[:3]} {day}, {year}",
        f"{day} {month[:3]} {year}",
        f"{day:02d}-{month[:3]}-{short_year}",
        f"{day}.{date.month}.{year}",
        f"{day:02d}/{date.month:02d}/{year}",
        f"{weekday} the {ordinal(day)} of {month}, {year}",
        f"{month[:3]} {day} '{short_year}",
    )


def corpus():
    """{"train": [(spelling, ISO date), …], …}."""
    rng = random.Random(_SEED)
    days = [_FIRST + datetime.timedelta(n) for n in range((_LAST - _FIRST).days + 1)]
    chosen = rng.sample(days, sum(_SIZES.values()))
    parts, start = {}, 0
    for name, size in _SIZES.items():
        parts[name] = [(rng.choice(spellings(date)), date.isoformat())
                       for date in chosen[start:start + size]]
        start += size
    return parts


def files(parts):
    """{file name: its text}."""
    texts = {}
    for name, pairs in parts.items():
        texts[name + ".text"] = "".join(spelling + "\n" for spelling, _ in pairs)
        texts[name + ".iso"] = "".join(iso + "\n" for _, iso in pairs)
    return texts


if __name__ == "__main__":
    sys.exit(corpus_files.main(__file__, __doc__, lambda: (files(corpus()), [])))
