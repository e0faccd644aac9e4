#!/usr/bin/env python3
"""Writes the phrasebook corpus, or checks that the committed files are what it would write.

usage: generate.py [--check] [--output DIR]

Nothing but this folder and the seed decides the text: the same Python code writes the same bytes.
"""

import collections
import pathlib
import random
import sys

import complex_patterns
import patterns
import reason_patterns
import set_patterns
import tables
import time_patterns
from composer import Composer
from phrases import join, link_pairs

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import corpus_files  # noqa: E402

_SEED = 20150406
_SIZES = {"test": 500, "valid": 500, "train": 14000}
_POOL_SIZE = 32000
_MAX_WORDS = 18
_MIN_WORDS = 3
# A form that the pool holds less often than this could not be learnt from: its sentences go.
_MIN_FORM_COUNT = 28

_WEIGHTS = {
    patterns.statement: 13, patterns.negative: 5, patterns.fronted: 9, patterns.question: 7,
    patterns.polite_question: 3, patterns.familiar_question: 3, patterns.formal_question: 2,
    patterns.adverb_question: 4, patterns.object_question: 3, patterns.subject_question: 2,
    patterns.request: 4, patterns.being: 5, set_patterns.comparison: 5, set_patterns.having: 5,
    set_patterns.liking: 4, set_patterns.belonging: 2.5, set_patterns.tasting: 1.5,
    set_patterns.placed: 4, set_patterns.existing: 3.5, set_patterns.asking_the_way: 2.5, set_patterns.ordering: 3,
    complex_patterns.reported: 6, complex_patterns.indirect_question: 4,
    reason_patterns.weather: 0.5, reason_patterns.because: 4, reason_patterns.if_clause: 4,
    reason_patterns.although: 2.5, reason_patterns.because_of_it: 3,
    complex_patterns.purpose: 4, complex_patterns.relative_subject: 4,
    complex_patterns.relative_object: 4, complex_patterns.when_past: 3,
    complex_patterns.before: 3, reason_patterns.but: 2,
    time_patterns.schedule: 5, time_patterns.schedule_question: 2, time_patterns.clock_time: 1.5,
    time_patterns.birthday: 3, time_patterns.today_is: 1.5, time_patterns.age: 2.5,
    time_patterns.price: 3, time_patterns.duration: 1.5, time_patterns.since: 3,
}


class Pair(collections.namedtuple("Pair", "english german links pattern")):
    """A sentence, its translation, and the links between their words."""


def _draw(composer):
    pattern = composer.weighted(_WEIGHTS)
    drawn = pattern(composer)
    if drawn is None:
        return None
    english_words, german_words, end = drawn
    english, english_links = join(english_words, end)
    german, german_links = join(german_words, end)
    links = " ".join(f"{i}-{j}" for i, j in link_pairs(english_links, german_links))
    return Pair(english, german, links, pattern.__name__)


_NAMES = frozenset(tables.WOMEN + tables.MEN + tables.SURNAMES)


def _fits(pair):
    """Of the right length, and nobody is named twice."""
    counts = [len(side.split()) for side in (pair.english, pair.german)]
    names = [word.strip(".,?").removesuffix("'s") for word in pair.english.split()]
    names = [name for name in names if name in _NAMES]
    return (min(counts) >= _MIN_WORDS and max(counts) <= _MAX_WORDS and
            len(names) == len(set(names)))


def _pool(composer):
    """Distinct pairs: no English and no German sentence comes twice."""
    pairs, seen = [], set()
    while len(pairs) < _POOL_SIZE:
        pair = _draw(composer)
        if pair is None or not _fits(pair):
            continue
        if pair.english.lower() in seen or pair.german in seen:
            continue
        seen.update((pair.english.lower(), pair.german))
        pairs.append(pair)
    return pairs


def forms(sentence):
    """The word forms of a sentence, without capitals and the punctuation around them."""
    return [word.strip(".,?").lower() for word in sentence.split()]


def _well_covered(pairs):
    """Drops sentences with rare forms until every form that is left is frequent."""
    used = [frozenset("e " + form for form in forms(pair.english)) |
            frozenset("g " + form for form in forms(pair.german)) for pair in pairs]
    while True:
        counts = collections.Counter(form for present in used for form in present)
        rare = {form for form, count in counts.items() if count < _MIN_FORM_COUNT}
        if not rare:
            return pairs
        kept = [i for i, present in enumerate(used) if present.isdisjoint(rare)]
        pairs, used = [pairs[i] for i in kept], [used[i] for i in kept]


def corpus():
    """{"train": pairs, "valid": pairs, "test": pairs}."""
    rng = random.Random(_SEED)
    pairs = _well_covered(_pool(Composer(rng)))
    rng.shuffle(pairs)
    parts, start = {}, 0
    for name, size in _SIZES.items():
        parts[name] = pairs[start:start + size]
        start += size
    return parts


def files(parts):
    """{file name: its text}."""
    result = {}
    for name, pairs in parts.items():
        result[name + ".en"] = "".join(pair.english + "\n" for pair in pairs)
        result[name + ".de"] = "".join(pair.german + "\n" for pair in pairs)
    result["test.links"] = "".join(pair.links + "\n" for pair in parts["test"])
    return result


def faults(parts):
    """What is wrong with a corpus, in words; nothing for a sound one."""
    found = []
    for name, size in _SIZES.items():
        if len(parts[name]) != size:
            found.append(f"{name}: expected {size} pairs, got {len(parts[name])}")
    for side in ("english", "german"):
        held_out = {getattr(p, side) for name in ("test", "valid") for p in parts[name]}
        if held_out & {getattr(p, side) for p in parts["train"]}:
            found.append(f"{side}: sentences of test or valid occur in train")
        counts = collections.Counter(
            form for p in parts["train"] for form in forms(getattr(p, side)))
        rare = {form for p in parts["test"] for form in forms(getattr(p, side))
                if counts[form] < 5}
        if rare:
            found.append(f"{side}: forms of test too rare in train: {sorted(rare)}")
    for pair in parts["test"]:
        links = [tuple(map(int, link.split("-"))) for link in pair.links.split()]
        if {i for i, _ in links} != set(range(len(pair.english.split()))) or (
                {j for _, j in links} != set(range(len(pair.german.split())))):
            found.append(f"test: a word without a link: {pair}")
    return found


def checked_files():
    """The files of the corpus, and its faults."""
    parts = corpus()
    return files(parts), faults(parts)


if __name__ == "__main__":
    sys.exit(corpus_files.main(__file__, __doc__, checked_files))
