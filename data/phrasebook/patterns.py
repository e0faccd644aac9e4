"""Sentences of one clause: statements, questions, requests, states.

A pattern takes a Composer and returns (English words, German words, closing mark), or None where
a draw did not work out.
"""

import lexicon
import tables
from clauses import BE, Clause, Complement
from phrases import COMMA, Fixed, NounPhrase, Pronoun, aligned, pair

ASKED = ("you", "he", "she", "they")
_STATES = (("tired", "müde"), ("ill", "krank"), ("hungry", "hungrig"), ("thirsty", "durstig"),
           ("happy", "glücklich"), ("sad", "traurig"), ("nervous", "nervös"), ("alone", "allein"),
           ("ready", "fertig"), ("angry", "wütend"))
_TOO = frozenset("""expensive old big small long short cold hot loud heavy slow difficult dirty
warm""".split())


def pred(sides):
    return Complement("pred", Fixed(sides))


def conjunction(english, german):
    sides = pair(english, german)
    return sides[0], [COMMA] + sides[1]


def pronoun_of(subject):
    """The pronoun that takes up a subject."""
    if isinstance(subject, Pronoun):
        return Pronoun(subject.name)
    return Pronoun(subject.possessor)


def third_person(c):
    """A subject that a pronoun can take up without doubt."""
    subject = c.subject()
    while getattr(getattr(subject, "noun", None), "gender", "") == "n":
        subject = c.subject()
    return subject


def state(c):
    """tired, sehr krank: what a person can be for a while."""
    english, german = c.rng.choice(_STATES)
    if c.chance(0.4) and english not in ("ready", "alone"):
        return pred(aligned(f"very/1 {english}/2", f"sehr/1 {german}/2"))
    return pred(pair(english, german))


def statement(c):
    clause = c.clause()
    return clause.english(), clause.german(), "."


def negative(c):
    clause = c.clause(negation=1)
    return clause.english(), clause.german(), "."


def fronted(c):
    clause = c.clause(timed=1)
    if not clause.time:
        return None
    return clause.english(clause.time), clause.german(clause.time), "."


def question(c):
    clause = c.clause(c.subject(ASKED), question=True, negation=0)
    return clause.english_question(), clause.german_question(), "?"


def polite_question(c):
    """May I …?, Can you …?"""
    verbs = [v for v in lexicon.VERBS if v.kind == "action" or v.prefix + v.german in (
        "helfen", "anrufen", "kochen", "zuhören", "warten", "aufräumen", "putzen", "lesen")]
    if c.chance(0.5):
        subject = Pronoun(c.rng.choice(("I", "we")))
        clause = c.clause(subject, question=True, negation=0, verbs=verbs, tenses=("can",))
        clause.tense = "may"
    else:
        clause = c.clause(Pronoun("you"), question=True, negation=0, verbs=verbs, tenses=("can",))
    return clause.english_question(), clause.german_question(), "?"


def familiar_question(c):
    """Anna, can you …? A first name asks for du."""
    name = c.name()
    while len(name.english()) > 1:
        name = c.name()
    clause = c.clause(Pronoun("thou"), question=True, negation=0)
    return (name.english() + [COMMA] + clause.english_question(),
            name.german() + [COMMA] + clause.german_question(), "?")


def formal_question(c):
    name = c.name()
    while len(name.english()) < 2:
        name = c.name()
    clause = c.clause(Pronoun("you"), question=True, negation=0)
    return (name.english() + [COMMA] + clause.english_question(),
            name.german() + [COMMA] + clause.german_question(), "?")


def adverb_question(c):
    """When, where, why."""
    word = c.rng.choice(("when wann", "why warum", "where wo"))
    clause = c.clause(c.subject(ASKED), question=True, negation=0, timed=0.3,
                      tenses=None if word.startswith("why") else
                      ("past", "future", "can", "want", "must", "should"))
    if word.startswith("when") and clause.time:
        return None
    if word.startswith("where"):
        if clause.verb.german in tables.SOMEWHITHER:
            word = "where wohin"
        elif clause.verb.german not in tables.SOMEWHERE:
            return None
        clause.complements = [p for p in clause.complements if p.role not in ("loc", "dest") or
                              isinstance(p.nominal, NounPhrase)]
    front = Fixed(pair(*word.split()))
    return clause.english_question(front), clause.german_question(front), "?"


def asked_part(clause):
    """The object one can ask for: no dative beside an accusative, which needs "to" in English."""
    roles = [part.role for part in clause.complements]
    wanted = "acc" if "acc" in roles else "dat"
    return next((part for part in clause.complements if part.role == wanted), None)


def object_question(c):
    """What, who(m) or which car did you see? Only the German shows the case."""
    clause = c.clause(c.subject(ASKED), question=True, negation=0, timed=0.2)
    part = asked_part(clause)
    if not part or not isinstance(part.nominal, NounPhrase):
        return None
    noun = part.nominal.noun
    persons = noun.classes & {"person", "people", "family"}
    if noun.classes & {"time", "money", "aid", "sport"}:
        return None
    if c.chance(0.4) and not persons and "mass" not in noun.classes:
        asked = Complement(part.role, NounPhrase(noun, "which", part.nominal.plural))
    elif persons:
        asked = Complement(part.role, Fixed(pair("who", "wem" if part.role == "dat" else "wen")))
    else:
        asked = Complement(part.role, Fixed(pair("what", "was")))
    clause.complements = [asked if p is part else p for p in clause.complements]
    return clause.english_question(asked), clause.german_question(asked), "?"


class _Who:
    """The asking subject, which English does not invert."""

    is_pronoun, english_person, german_person, reflexive, possessor = True, "he", "er", "sich", None

    def __init__(self):
        self._sides = pair("who", "wer")

    def english(self, case="nom"):
        return self._sides[0]

    def german(self, case="nom"):
        return self._sides[1]


def subject_question(c):
    clause = c.clause(_Who(), negation=0, tenses=("past", "can", "want", "progressive", "must",
                                                  "would like", "likes", "future"))
    return clause.english(), clause.german(), "?"


def request(c):
    """Please open the window: the polite imperative, negated now and then."""
    verbs = [v for v in lexicon.VERBS if v.kind in ("action", "mishap") or v.german in
             ("anrufen", "helfen", "lesen", "warten", "putzen", "waschen", "kochen")]
    verbs = [v for v in verbs if v.english not in ("find", "lose")]
    verb = c.rng.choice(verbs)
    complements = c.complements(verb, Pronoun("you"))
    if complements is None:
        return None
    negated = verb.kind == "mishap" or c.chance(0.2)
    if negated and any(getattr(p.nominal, "indefinite", False) or
                       not isinstance(getattr(p.nominal, "determiner", ""), str)
                       for p in complements):
        return None
    time = c.calendar.soon() if c.chance(0.3) and not negated else None
    clause = Clause(Pronoun("you"), verb, complements, negated=negated, time=time)
    please = aligned("please/1" + (" don't/2" if negated else ""), "bitte/1")
    if negated:
        clause.adopt_negation(please[0][1].links)
    return (please[0] + clause.english_infinitive(), please[1] + clause.german_request(), ".")


def being(c):
    """She is very tired. The film was interesting."""
    if c.chance(0.5):
        subject, predicate = c.subject(), state(c)
    else:
        nouns = [n for n in lexicon.NOUNS
                 if not n.classes & {"mass", "free"} and lexicon.adjectives_for(n)]
        subject = c.noun_phrase(nouns, adjective=0.1)
        if subject.determiner == "a" or isinstance(subject.determiner, int):
            subject.determiner = "the"
        adjective = c.rng.choice(lexicon.adjectives_for(subject.noun))
        if adjective is subject.adjective or subject.determiner == "many":
            return None
        degrees = ["", "", "very sehr"] + ["too zu"] * (adjective.english in _TOO)
        degree = c.rng.choice(degrees if adjective.german_comparative != "-" else [""])
        english, german = (degree.split()[0] + "/1 ", degree.split()[1] + "/1 ") if degree else (
            "", "")
        predicate = pred(aligned(f"{english}{adjective.english.replace(' ', '/2 ')}/2",
                                 f"{german}{adjective.german}/2"))
    tense = c.rng.choice(("present", "present", "past"))
    asks = c.chance(0.2)
    clause = Clause(subject, BE, [predicate], tense, negated=not asks and c.chance(0.2),
                    question=asks)
    if asks:
        return clause.english_question(), clause.german_question(), "?"
    return clause.english(), clause.german(), "."
