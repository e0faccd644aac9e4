"""Clauses: a verb with its subject, complements and adverbials, in both languages' word orders.

German puts the finite verb second in statements, first in questions and last behind a conjunction;
what else belongs to the verb (prefix, participle, infinitive) closes the clause. Between the two
stand, in this order: subject, pronouns, dative, time, frequency, accusative, nicht, place, aim.
"""

from typing import NamedTuple

import german
from lexicon import Verb, english_ing, english_third
from phrases import COMMA, Word, new_link, words

BE = Verb("be", "", "was", "sein", "", "ist", "", "", False, (), "state")
HAVE = Verb("have", "", "had", "haben", "", "hat", "", "", False, (), "state")


class Modal(NamedTuple):
    auxiliary: str  # English auxiliary; "" for verbs that need do: want to, have to
    finite: tuple  # without auxiliary: plain form, third person
    rest: str  # what stands between the auxiliary or finite verb and the infinitive
    german: str
    preterite: bool


MODALS = {
    "can": Modal("can", (), "", "können", False),
    "must": Modal("must", (), "", "müssen", False),
    "should": Modal("should", (), "", "sollen", True),
    "may": Modal("may", (), "", "dürfen", False),
    "would like": Modal("would", (), "like to", "möchten", True),
    "want": Modal("", ("want", "wants"), "to", "wollen", False),
    "have to": Modal("", ("have", "has"), "to", "müssen", False),
    "could": Modal("could", (), "", "können", True),
    "wanted": Modal("", ("wanted", "wanted"), "to", "wollen", True),
    "had to": Modal("", ("had", "had"), "to", "müssen", True),
    "future": Modal("will", (), "", "werden", False),
}
_NEGATIONS = {"do": "don't", "does": "doesn't", "did": "didn't", "can": "can't", "will": "won't",
              "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't",
              "should": "shouldn't", "could": "couldn't", "must": "must not", "am": "am not",
              "may": "may not", "would": "wouldn't",
              "have": "haven't", "has": "hasn't"}
_PRETERITE_TENSES = ("past", "wanted", "had to", "could")

# Places of the German middle field, first to last.
(_SUBJECT, _ACCUSATIVE_PRONOUN, _REFLEXIVE, _DATIVE_PRONOUN, _DATIVE, _EARLY_ACCUSATIVE, _TIME,
 _FREQUENCY, _JUST, _EARLY_NOT, _GLADLY, _EARLY_PLACE, _ACCUSATIVE, _NOT, _PLACE, _WITH,
 _AIM) = range(17)


class Complement(NamedTuple):
    role: str  # acc | dat | to | pp | with | loc | dest | pred
    nominal: object

    @property
    def case(self):
        return {"acc": "acc", "dat": "dat", "to": "dat"}.get(self.role, "nom")


class Clause:
    """One clause; tense is a modal or "present", "progressive", "ongoing" (progressive in English
    only), "perfect" (what still goes on: has lived, wohnt), "past", "likes" (gern)."""

    def __init__(self, subject, verb, complements=(), tense="present", *, negated=False,
                 question=False, time=None, frequency=None):
        self.subject, self.verb, self.tense = subject, verb, tense
        self.complements = list(complements)
        self.negated, self.question = negated, question
        self.time, self.frequency = time, frequency
        self._verb_link, self._helper_link, self._not_link = new_link(), new_link(), new_link()
        self._do_link = new_link()
        self._kein = negated and self._negate_object()
        for complement in self.complements:
            if complement.role == "pp":
                complement.nominal.adopt(self._verb_link)

    def share_links(self, other):
        """Makes this clause a translation of another one that is built differently."""
        self._verb_link, self._helper_link = other._verb_link, other._helper_link
        self._not_link, self._do_link = other._not_link, other._do_link

    def adopt_negation(self, links):
        self._not_link = links

    def _accusative(self):
        return next((c.nominal for c in self.complements if c.role == "acc"), None)

    def _negate_object(self):
        """kein instead of nicht, where the object (or the predicate) is indefinite."""
        if self.tense == "likes":
            return False
        for complement in self.complements:
            if complement.role in ("acc", "pred") and getattr(
                    complement.nominal, "indefinite", False):
                complement.nominal.negate(self._not_link)
                return True
        return False

    # English

    def _needs_do(self):
        modal = MODALS.get(self.tense)
        has_auxiliary = (modal and modal.auxiliary) or self.tense in ("progressive", "ongoing",
                                                                       "perfect")
        return ((self.negated or self.question) and not has_auxiliary and self.verb is not BE)

    def _english_be(self, past):
        person = self.subject.english_person
        if past:
            return "were" if person == "we" else "was"
        return {"I": "am", "he": "is", "we": "are"}[person]

    def _english_verbs(self):
        """(auxiliary, rest): the words of the verb; the auxiliary goes before a question's
        subject and carries the negation."""
        third = self.subject.english_person == "he"
        modal = MODALS.get(self.tense)
        verb = words(self.verb.english, self._verb_link)
        helper = self._helper_link
        if modal and modal.auxiliary:
            return words(modal.auxiliary, helper), words(modal.rest, helper) + verb
        if modal:
            past = self.tense in _PRETERITE_TENSES
            if self._needs_do():
                bare = {"wanted": "want", "had": "have"}.get(modal.finite[0], modal.finite[0])
                return self._do(past), words(bare + " " + modal.rest, helper) + verb
            return [], words(modal.finite[third] + " " + modal.rest, helper) + verb
        if self.verb is BE:
            return words(self._english_be(self.tense == "past"), self._verb_link), []
        if self.tense in ("progressive", "ongoing"):
            link = helper if self.tense == "progressive" else self._verb_link
            return (words(self._english_be(False), link),
                    words(english_ing(self.verb.english), self._verb_link))
        if self.tense == "perfect":
            participle = {"know": "known"}.get(self.verb.english, self.verb.past)
            return (words("has" if third else "have", self._verb_link),
                    words(participle, self._verb_link))
        return self._english_full_verb(third, verb)

    def _english_full_verb(self, third, verb):
        past = self.tense == "past"
        likes = self.tense == "likes"
        if self._needs_do():
            return self._do(past), words("like to" if likes else "", self._helper_link) + verb
        if likes:
            return [], words("likes to" if third else "like to", self._helper_link) + verb
        if past:
            return [], words(self.verb.past, self._verb_link)
        finite = english_third(self.verb.english) if third else self.verb.english
        return [], words(finite, self._verb_link)

    def _do(self, past):
        third = self.subject.english_person == "he"
        return words("did" if past else "does" if third else "do", self._do_link)

    def _english_head(self, auxiliary):
        if not (self.negated and auxiliary):
            return auxiliary
        text = _NEGATIONS[auxiliary[0].text].split()
        if len(text) == 1:
            return [Word(text[0], auxiliary[0].links | self._not_link)]
        return auxiliary + [Word("not", self._not_link)]

    def _english_objects(self, without):
        """Particle and complements in English order: a pronoun goes before the particle, and a
        receiver behind a pronoun object needs "to"."""
        particle = words(self.verb.particle, self._verb_link)
        rest = [c for c in self.complements if c is not without]
        accusative = next((c.nominal for c in rest if c.role == "acc"), None)
        pronoun_object = accusative is not None and accusative.is_pronoun
        order = ("acc", "dat") if pronoun_object else ("dat", "acc")
        result = [] if pronoun_object else particle
        for role in order + ("to", "with", "pp", "pred", "dest", "loc"):
            for complement in rest:
                if complement.role == role:
                    receiver = role == "to" or (role == "dat" and pronoun_object)
                    result = result + words("to" if receiver else "", self._receiver_link(
                        complement)) + complement.nominal.english("acc")
                    if role == "acc" and pronoun_object:
                        result = result + particle
        return result

    @staticmethod
    def _receiver_link(complement):
        """"to" has no German word of its own: it belongs to the first word of the dative."""
        return complement.nominal.german("dat")[0].links

    def _english_after_subject(self, auxiliary, verbs, without):
        frequency = self.frequency.english() if self.frequency else []
        time = self.time.english() if self.time and self.time is not without else []
        return auxiliary + frequency + verbs + self._english_objects(without) + time

    def _english_front(self, front):
        if front is None:
            return []
        if isinstance(front, Complement):
            return front.nominal.english(front.case)
        return front.english()

    def english(self, front=None):
        """A statement, or the inside of a subordinate clause."""
        auxiliary, verbs = self._english_verbs()
        return (self._english_front(front) + self.subject.english() +
                self._english_after_subject(self._english_head(auxiliary), verbs, front))

    def english_question(self, front=None):
        auxiliary, verbs = self._english_verbs()
        return (self._english_front(front) + self._english_head(auxiliary) +
                self.subject.english() + self._english_after_subject([], verbs, front))

    def english_infinitive(self):
        """read the book, for "to …" and requests."""
        verb = words(self.verb.english, self._verb_link)
        return self._english_after_subject([], verb, None)

    # German

    def _german_verbs(self):
        """(finite verb, prefix, closing words): what stands second, what fuses with it at the end
        of a subordinate clause, what closes a main clause."""
        verb, person = self.verb, self.subject.german_person
        modal = MODALS.get(self.tense)
        infinitive = Word(verb.prefix + verb.german, self._verb_link)
        if modal:
            links = self._helper_link | (self._do_link if self._needs_do() else frozenset())
            if modal.preterite:
                finite = german.preterite(modal.german, person)
            else:
                # "must not" forbids, which is dürfen; "muss nicht" would only say "need not".
                forbids = self.tense == "must" and self.negated
                finite = german.present("dürfen" if forbids else modal.german, "", person)
            return Word(finite, links), "", [infinitive]
        if self.tense == "past" and verb.participle:
            finite = german.present(verb.auxiliary, "", person)
            links = self._do_link if self._needs_do() else self._verb_link
            return Word(finite, links), "", [Word(verb.participle, self._verb_link)]
        links = self._verb_link | (self._do_link if self._needs_do() else frozenset())
        if self.tense == "past":
            return Word(german.preterite(verb.german, person), links), "", []
        return Word(german.present(verb.german, verb.third, person), links), verb.prefix, []

    def _german_rank(self, complement):
        role, nominal = complement
        if role == "acc":
            if nominal.is_pronoun:
                return _ACCUSATIVE_PRONOUN
            early = self.negated and not self._kein and self.tense != "likes"
            return _EARLY_ACCUSATIVE if early else _ACCUSATIVE
        if role in ("dat", "to"):
            return _DATIVE_PRONOUN if nominal.is_pronoun else _DATIVE
        if role == "loc":
            accusative = self._accusative()
            early = accusative is not None and getattr(accusative, "determiner", "") in (
                "a", "not a", "many")
            return _EARLY_PLACE if early else _PLACE
        return _WITH if role == "with" else _AIM

    def _middle_field(self, without=(), subject=True):
        items = [(_SUBJECT, self.subject.german())] if subject else []
        for complement in self.complements:
            if complement not in without:
                items.append((self._german_rank(complement),
                              complement.nominal.german(complement.case)))
        if self.verb.reflexive:
            items.append((_REFLEXIVE, [Word(self.subject.reflexive, self._verb_link)]))
        if self.time and self.time not in without:
            items.append((_TIME, self.time.german()))
        if self.frequency:
            items.append((_FREQUENCY, self.frequency.german()))
        if self.tense == "progressive":
            items.append((_JUST, [Word("gerade", self._helper_link)]))
        if self.tense == "likes":
            items.append((_GLADLY, [Word("gern", self._helper_link)]))
        if self.negated and not self._kein:
            rank = _EARLY_NOT if self.tense == "likes" else _NOT
            items.append((rank, [Word("nicht", self._not_link)]))
        items.sort(key=lambda item: item[0])
        return [word for _, item in items for word in item]

    def _closing(self, prefix, closing):
        return ([Word(prefix, self._verb_link)] if prefix else []) + closing

    def german(self, front=None):
        """A statement: the front (or the subject), the finite verb, all else."""
        if front is None:
            finite, prefix, closing = self._german_verbs()
            return (self.subject.german() + [finite] + self._middle_field(subject=False) +
                    self._closing(prefix, closing))
        return self._german_front(front) + self.german_inverted(front)

    def _german_front(self, front):
        if isinstance(front, Complement):
            return front.nominal.german(front.case)
        return front.german()

    def german_inverted(self, *without):
        """Finite verb first: a question, or a statement behind something fronted."""
        finite, prefix, closing = self._german_verbs()
        return [finite] + self._middle_field(without) + self._closing(prefix, closing)

    def german_question(self, front=None):
        return (self._german_front(front) if front else []) + self.german_inverted(front)

    def german_final(self, front=None):
        """Finite verb last: behind a conjunction, or a relative pronoun in front."""
        finite, prefix, closing = self._german_verbs()
        finite = Word(prefix + finite.text, finite.links)
        front_words = self._german_front(front) if front else []
        return front_words + self._middle_field((front,)) + closing + [finite]

    def german_infinitive(self, zu_links):
        """Without a subject, closed by "zu kaufen" or "anzurufen"."""
        middle = self._middle_field(subject=False)
        if self.verb.prefix:
            text = self.verb.prefix + "zu" + self.verb.german
            return middle + [Word(text, self._verb_link | zu_links)]
        return middle + [Word("zu", zu_links), Word(self.verb.german, self._verb_link)]

    def german_request(self):
        """öffnen Sie das Fenster: the polite imperative."""
        polite = Word("Sie", self._verb_link)
        prefix = [Word(self.verb.prefix, self._verb_link)] if self.verb.prefix else []
        return ([Word(self.verb.german, self._verb_link), polite] +
                self._middle_field(subject=False) + prefix)


class Relative:
    """A relative clause; front is the complement its pronoun stands for, None for the subject."""

    def __init__(self, clause, front=None):
        self._clause, self._front = clause, front

    def english(self):
        return self._clause.english(self._front)

    def german(self):
        return [COMMA] + self._clause.german_final(self._front) + [COMMA]
