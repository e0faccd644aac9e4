"""Phrases that know their English, their German, and which words mean each other.

A Word carries links: two words translate each other if they share one. Every phrase can say
`english(case)` and `german(case)`, both lists of Words; only the German looks at the case, except
for English pronouns. A Word "," is a comma that join() attaches to the word before it.
"""

import itertools
from typing import NamedTuple

import german
import time_tables

_link_numbers = itertools.count()


class Word(NamedTuple):
    text: str
    links: frozenset = frozenset()


COMMA = Word(",")


def new_link():
    return frozenset([next(_link_numbers)])


def words(text, links):
    return [Word(part, links) for part in text.split()]


def pair(english, german_text):
    """A fixed pair in which every word means every word of the other side."""
    link = new_link()
    return words(english, link), words(german_text, link)


def aligned(english, german_text):
    """A fixed pair whose words carry the numbers of their links: "at/1 home/2", "zu/1 Hause/2"."""
    numbers = {}

    def parse(text):
        parsed = []
        for part in text.split():
            word, _, marks = part.partition("/")
            links = frozenset().union(
                *(numbers.setdefault(mark, new_link()) for mark in marks.split(",") if mark))
            parsed.append(Word(word, links))
        return parsed

    return parse(english), parse(german_text)


class Fixed:
    """A phrase that never changes: an adverb, a date, a predicate adjective."""

    def __init__(self, sides):
        self._english, self._german = sides

    def english(self, case="nom"):
        return self._english

    def german(self, case="nom"):
        return self._german


class _PronounForms(NamedTuple):
    english: tuple  # subject, object
    german: tuple  # nom, acc, dat
    english_possessive: str
    german_possessive: str
    reflexive: str
    english_person: str  # "I", "he" (third singular) or "we" (the plain form)
    german_person: str


PRONOUNS = {
    "I": _PronounForms(("I", "me"), ("ich", "mich", "mir"), "my", "mein", "mich", "I", "ich"),
    "he": _PronounForms(("he", "him"), ("er", "ihn", "ihm"), "his", "sein", "sich", "he", "er"),
    "she": _PronounForms(("she", "her"), ("sie", "sie", "ihr"), "her", "ihr", "sich", "he", "er"),
    "we": _PronounForms(("we", "us"), ("wir", "uns", "uns"), "our", "unser", "uns", "we", "wir"),
    "they": _PronounForms(("they", "them"), ("sie", "sie", "ihnen"), "their", "ihr", "sich", "we",
                          "wir"),
    # it of the weather and the clock, which stands for nothing
    "it": _PronounForms(("it", "it"), ("es", "es", "ihm"), "its", "sein", "sich", "he", "er"),
    "you": _PronounForms(("you", "you"), ("Sie", "Sie", "Ihnen"), "your", "Ihr", "sich", "we",
                         "wir"),
    # you said to a friend, whom the sentence calls by a first name
    "thou": _PronounForms(("you", "you"), ("du", "dich", "dir"), "your", "dein", "dich", "we",
                          "du"),
}


class Pronoun:
    is_pronoun = True

    def __init__(self, name):
        self.name = name
        self.forms = PRONOUNS[name]
        self.english_person = self.forms.english_person
        self.german_person = self.forms.german_person
        self.reflexive = self.forms.reflexive
        self.possessor = name
        self._link = new_link()

    def english(self, case="nom"):
        return [Word(self.forms.english[case != "nom"], self._link)]

    def german(self, case="nom"):
        return [Word(self.forms.german[german.CASES.index(case)], self._link)]


class It:
    """it, for a noun that was named before: er, sie or es in German."""

    is_pronoun = True
    english_person = "he"
    german_person = "er"
    reflexive = "sich"
    possessor = None

    def __init__(self, antecedent):
        plural = antecedent.plural
        self._english = ("they", "them") if plural else ("it", "it")
        self._forms = {"m": ("er", "ihn"), "f": ("sie", "sie"), "n": ("es", "es"),
                       "p": ("sie", "sie")}[antecedent.gender]
        if plural:
            self.english_person, self.german_person = "we", "wir"
        self._link = new_link()

    def english(self, case="nom"):
        return [Word(self._english[case != "nom"], self._link)]

    def german(self, case="nom"):
        return [Word(self._forms[german.CASES.index(case)], self._link)]


class Name:
    """Anna, or Mr Weber (Herr Weber, acc. and dat. Herrn Weber)."""

    is_pronoun = False
    english_person = "he"
    german_person = "er"
    reflexive = "sich"
    plural = False

    def __init__(self, name, possessor, title=""):
        self.text = name
        self.possessor = possessor  # "he" or "she"
        self._title = title
        self._link = new_link()
        self._title_link = new_link()

    def _titled(self, title):
        return words(title, self._title_link) + [Word(self.text, self._link)]

    def english(self, case="nom"):
        return self._titled(self._title)

    def german(self, case="nom"):
        title = {"": "", "Mr": "Herr" if case == "nom" else "Herrn", "Mrs": "Frau"}[self._title]
        return self._titled(title)

    def possessive(self):
        """Anna's, Annas."""
        return Word(self.text + "'s", self._link), Word(self.text + "s", self._link)


class Group:
    """Two people joined by "and"."""

    is_pronoun = False
    english_person = "we"
    german_person = "wir"
    reflexive = "sich"
    possessor = "they"
    plural = True

    def __init__(self, first, second):
        self._first, self._second = first, second
        self._and = new_link()

    def english(self, case="nom"):
        return self._first.english(case) + [Word("and", self._and)] + self._second.english(case)

    def german(self, case="nom"):
        return self._first.german(case) + [Word("und", self._and)] + self._second.german(case)


_DIESER_WORDS = {"this": "dies", "every": "jed", "which": "welch"}


class NounPhrase:
    """Determiner, adjective and noun, with a possessor or a relative clause where given.

    determiner: "the", "a" (nothing in the plural and for what is not countable), "no", "this",
    "every", "which", "many", "none" (no article), "german the" (to bed, ins Bett), a key of
    PRONOUNS for its possessive, or a number.
    """

    is_pronoun = False
    reflexive = "sich"

    def __init__(self, noun, determiner, plural=False, adjective=None, possessor=None):
        self.noun = noun
        self.determiner = determiner
        self.plural = plural
        self.adjective = adjective
        self.owner = possessor
        self.relative = None
        self.generic = False  # not "any bread" but bread as such
        self.extraposed = False  # the German relative clause stands elsewhere
        self.gender = "p" if plural else noun.gender
        self.english_person = "we" if plural else "he"
        self.german_person = "wir" if plural else "er"
        self.possessor = "they" if plural else {"m": "he", "f": "she", "n": "they"}[noun.gender]
        self._noun_link, self._adjective_link, self._determiner_link = (
            new_link(), new_link(), new_link())

    @property
    def mass(self):
        return "mass" in self.noun.classes

    @property
    def indefinite(self):
        """True if its negation is kein."""
        return self.determiner == "a"

    def negate(self, links):
        """Turns "a car" into what "no car" is in German; links are those of the English "not"."""
        self.determiner = "not a"
        self._determiner_link |= links

    def english(self, case="nom"):
        noun = self.noun.english_plural if self.plural else self.noun.english
        inner = words(noun, self._noun_link)
        if self.adjective:
            inner = words(self.adjective.english, self._adjective_link) + inner
        result = self._english_determiner(inner[0].text) + inner
        return result + (self.relative.english() if self.relative else [])

    def _english_determiner(self, next_word):
        if self.owner:
            return self._english_owner()
        article = "an" if next_word[0] in "aeiou" else "a"
        if self.determiner == "not a":
            any_ = "" if self.generic or "tongue" in self.noun.classes else "any"
            text = any_ if self.plural or self.mass else article
        elif self.determiner == "a":
            text = "" if self.plural or self.mass else article
        elif self.determiner in PRONOUNS:
            text = PRONOUNS[self.determiner].english_possessive
        elif isinstance(self.determiner, int):
            text = time_tables.NUMBERS[self.determiner].split()[0].replace("_", " ")
        elif self.determiner == "this":
            text = "these" if self.plural else "this"
        else:
            text = "" if self.determiner in ("none", "german the") else self.determiner
        return words(text, self._determiner_link)

    def _english_owner(self):
        if isinstance(self.owner, Name):
            return [self.owner.possessive()[0]]
        owner = self.owner.english()
        return owner[:-1] + [Word(owner[-1].text + ("'" if self.owner.plural else "'s"),
                                  owner[-1].links)]

    def german(self, case="nom"):
        noun = german.noun_form(self.noun.german, self.noun.german_plural, self.gender, case,
                                self.noun.weak)
        determiner, declension = self._german_determiner(case)
        result = list(determiner)
        if self.adjective:
            form = german.adjective(self.adjective.german, declension, case, self.gender)
            result.append(Word(form, self._adjective_link))
        result.append(Word(noun, self._noun_link))
        if isinstance(self.owner, NounPhrase):
            result += self.owner.german("gen")
        return result + (
            self.relative.german() if self.relative and not self.extraposed else [])

    def _german_determiner(self, case):
        """The words before the adjective and the declension they ask for."""
        if isinstance(self.owner, Name):
            return [self.owner.possessive()[1]], "strong"
        if self.owner:
            return [Word(german.definite_article(case, self.gender), self._noun_link)], "weak"
        kind = self.determiner
        if kind == "german the":
            return [Word(german.definite_article(case, self.gender), self._noun_link)], "weak"
        if kind == "the":
            text, declension = german.definite_article(case, self.gender), "weak"
        elif kind in _DIESER_WORDS:
            text, declension = german.dieser_word(_DIESER_WORDS[kind], case, self.gender), "weak"
        elif kind in ("not a", "no"):
            text, declension = german.ein_word("kein", case, self.gender), "mixed"
        elif kind in PRONOUNS:
            text = german.ein_word(PRONOUNS[kind].german_possessive, case, self.gender)
            declension = "mixed"
        elif kind == "a" and not self.plural and not self.mass:
            text, declension = german.ein_word("ein", case, self.gender), "mixed"
        elif isinstance(kind, int):
            text, declension = time_tables.NUMBERS[kind].split()[1], "strong"
        elif kind == "many":
            text, declension = {"dat": "vielen"}.get(case, "viele"), "strong"
        else:
            text, declension = "", "strong"
        return words(text, self._determiner_link), declension


class Measure:
    """two cups of tea, zwei Tassen Tee: what is measured stays as it is."""

    is_pronoun = False

    def __init__(self, vessel, content):
        self._vessel, self._content = vessel, content

    def english(self, case="nom"):
        of = Word("of", self._content.german()[0].links)
        return self._vessel.english() + [of] + self._content.english()

    def german(self, case="nom"):
        return self._vessel.german(case) + self._content.german()


class RelativePronoun:
    """who or that, in the relative clause of a noun phrase."""

    is_pronoun = True

    def __init__(self, antecedent, english="who"):
        self.english_person = antecedent.english_person
        self.german_person = antecedent.german_person
        self.reflexive = "sich"
        self.possessor = antecedent.possessor
        self._english = english
        self._gender = antecedent.gender
        self._link = new_link()

    def english(self, case="nom"):
        return [Word(self._english, self._link)]

    def german(self, case="nom"):
        return [Word(german.relative_pronoun(case, self._gender), self._link)]


class Prepositional:
    """A preposition with what it governs; im, zur and their like are one German word."""

    is_pronoun = False

    def __init__(self, english, german_preposition, case, nominal):
        self._english, self._german, self._case = english, german_preposition, case
        self._nominal = nominal
        self._link = new_link()

    def english(self, case="nom"):
        return words(self._english, self._link) + self._nominal.english("acc")

    def german(self, case="nom"):
        # Without an English preposition the German one belongs to the verb, which adds its link.
        inner = self._nominal.german(self._case)
        definite = getattr(self._nominal, "determiner", None) in ("the", "german the")
        short = german.contract(self._german, inner[0].text) if definite else None
        if short:
            return [Word(short, self._link | inner[0].links)] + inner[1:]
        return [Word(self._german, self._link)] + inner

    def adopt(self, links):
        """Links the preposition to the verb that asks for it."""
        if not self._english:
            self._link |= links


def join(sentence, end):
    """The text of a sentence and its words' links: commas attached, first letter raised."""
    texts, links = [], []
    for word in sentence:
        if word == COMMA:
            if texts and not texts[-1].endswith(","):
                texts[-1] += ","
            continue
        texts.append(word.text)
        links.append(word.links)
    texts[-1] = texts[-1].rstrip(",") + end
    texts[0] = texts[0][0].upper() + texts[0][1:]
    return " ".join(texts), links


def link_pairs(source_links, target_links):
    """Pharaoh links "i-j" of the words that share a link."""
    return [(i, j) for i, source in enumerate(source_links) for j, target in
            enumerate(target_links) if source & target]
