"""The words of the phrasebook, as tables, and the classes that say which words go together.

A sentence should be something a person might say, so nouns carry classes ("food", "clothes"),
and verbs and adjectives name the classes they accept.
"""

import functools
from typing import NamedTuple

import tables


class Noun(NamedTuple):
    english: str
    english_plural: str  # "-" for what cannot be counted
    german: str
    gender: str
    german_plural: str
    weak: bool  # n-declension
    classes: frozenset


class Adjective(NamedTuple):
    english: str
    german: str
    english_comparative: str  # "-" where none is used
    german_comparative: str
    classes: frozenset


class Verb(NamedTuple):
    english: str  # base form
    particle: str  # "up" in "pick up", which goes behind a pronoun object: "pick him up"
    past: str
    german: str  # infinitive without the separable prefix
    prefix: str
    third: str  # er-form without the prefix
    participle: str
    auxiliary: str  # "haben" or "sein"
    reflexive: bool
    frame: tuple  # see sentences.py: complement slots
    kind: str  # habit | action | once | event | state | ongoing | mishap: the tenses it takes


class Place(NamedTuple):
    noun: Noun
    where: tuple  # (English preposition, German preposition, case)
    whither: tuple


_ENGLISH_THIRD = {"have": "has", "go": "goes", "be": "is"}
_ENGLISH_DOUBLING = {"put": "putting", "get": "getting", "forget": "forgetting", "lie": "lying"}


def _parse_noun(line):
    head, classes = line.split(":")
    english, plural, german, gender, german_plural = head.split()
    return Noun(english.replace("_", " "), plural.replace("_", " "), german.rstrip("*"), gender,
                german_plural, german.endswith("*"), frozenset(classes.split()))


def _parse_adjective(line):
    head, classes = line.split(":")
    english, german, more, german_more = head.split()
    return Adjective(english, german, more.strip('"').replace("_", " "), german_more,
                     frozenset(classes.split()))


def _parse_verb(line):
    english, german, frame, kind = (part.strip() for part in line.split("|"))
    base, past = english.split("/")
    auxiliary = "sein" if german.endswith(" sein") else "haben"
    german = german.removesuffix(" sein")
    reflexive = german.startswith("sich ")
    infinitive, third, participle = german.removeprefix("sich ").split("/")
    prefix, _, stem = infinitive.rpartition("-")
    base, _, particle = base.partition(" ")
    return Verb(base.replace("_", " "), particle, past.split(" ")[0].replace("_", " "), stem,
                prefix, third, participle, auxiliary, reflexive, tuple(frame.split()), kind)


def _lines(table):
    """The lines of a table; an indented line continues the one above it."""
    return table.strip().replace("\n  ", " ").splitlines()


NOUNS = [_parse_noun(line) for line in _lines(tables.NOUNS)]
NOUN = {noun.english: noun for noun in NOUNS}
ADJECTIVES = [_parse_adjective(line) for line in _lines(tables.ADJECTIVES)]
VERBS = [_parse_verb(line) for line in _lines(tables.VERBS)]
BY_INFINITIVE = {}
for _verb in VERBS:
    BY_INFINITIVE.setdefault(_verb.prefix + _verb.german, []).append(_verb)
SPECIAL = {verb.prefix + verb.german: verb
           for verb in (_parse_verb(line) for line in _lines(tables.SPECIAL_VERBS))}


def _relation(text):
    """"in=an+dat": the English preposition, the German one and its case."""
    english, german = text.split("=")
    return (english, *german.split("+"))


def _parse_place(line):
    name, where, whither = line.split()
    return Place(NOUN[name.replace("_", " ")], _relation(where), _relation(whither))


PLACES = {line.split()[0]: _parse_place(line) for line in _lines(tables.PLACES)}


@functools.cache
def _nouns_of(classes):
    return tuple(noun for noun in NOUNS if noun.classes & classes)


def nouns_of(classes):
    """The nouns that have one of the classes."""
    return _nouns_of(frozenset(classes))


@functools.cache
def adjectives_for(noun):
    return tuple(adjective for adjective in ADJECTIVES if adjective.classes & noun.classes)


def english_third(base):
    """reads, washes, tidies: the present of he, she and it."""
    first, _, rest = base.partition(" ")
    if first in _ENGLISH_THIRD:
        word = _ENGLISH_THIRD[first]
    elif first.endswith(("s", "sh", "ch", "x", "o")):
        word = first + "es"
    elif first.endswith("y") and first[-2] not in "aeiou":
        word = first[:-1] + "ies"
    else:
        word = first + "s"
    return " ".join(filter(None, (word, rest)))


def english_ing(base):
    first, _, rest = base.partition(" ")
    if first in _ENGLISH_DOUBLING:
        word = _ENGLISH_DOUBLING[first]
    elif first.endswith("e") and not first.endswith("ee"):
        word = first[:-1] + "ing"
    else:
        word = first + "ing"
    return " ".join(filter(None, (word, rest)))
