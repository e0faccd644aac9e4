"""Sentences about times, dates, ages, prices and spans."""

import lexicon
import tables
import time_tables
from adverbials import number_pair
from clauses import BE, Clause, Complement
from lexicon import BY_INFINITIVE, SPECIAL
from patterns import conjunction, pred
from phrases import Fixed, NounPhrase, Prepositional, Pronoun, aligned, pair

_AGES = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 18, 20, 25, 30, 34, 40, 46, 50, 62, 70, 80)


def _scheduled(c):
    """A Clause without its time: the course begins, the train leaves, the museum opens."""
    kind = c.rng.randrange(3)
    if kind == 0:
        nouns = lexicon.nouns_of(("event",))
        nouns = [n for n in nouns if n.english != "exam"]
        subject = c.noun_phrase(nouns, determiner=c.rng.choice(("the", "the", "this", "we")),
                                plural=False, adjective=0.1)
        verbs = ("anfangen", "anfangen", "enden", "stattfinden")
    elif kind == 1:
        noun = c.rng.choice([n for n in lexicon.nouns_of(("transport",)) if n.english != "tram"])
        subject = NounPhrase(noun, c.rng.choice(("the", "the", "our", "this")).replace("our", "we"))
        verbs = ("abfahren", "ankommen")
    else:
        names = ("museum", "library", "bakery", "supermarket", "bank", "pharmacy", "restaurant",
                 "market")
        subject = NounPhrase(lexicon.NOUN[c.rng.choice(names)], c.rng.choice(("the", "this")))
        verbs = ("aufmachen", "zumachen")
    verb = SPECIAL[c.rng.choice(verbs)]
    complements = []
    if kind == 1 and c.chance(0.3):
        town, german = c.rng.choice(list(tables.TOWNS.items()))
        relation = ("in", "in") if verb is SPECIAL["ankommen"] else ("for", "nach")
        where = Prepositional(*relation, "dat", Fixed(pair(town, german)))
        complements = [Complement("loc", where)]
    tense = c.rng.choice(("present", "present", "present", "past", "future"))
    return Clause(subject, verb, complements, tense)


def schedule(c):
    """The train leaves at half past three."""
    clause = _scheduled(c)
    if clause.verb is SPECIAL["stattfinden"] or clause.tense == "past" or c.chance(0.2):
        clause.time = c.calendar.date() if c.chance(0.6) else c.calendar.weekday()
    else:
        clause.time = c.calendar.clock()
    if c.chance(0.25):
        return clause.english(clause.time), clause.german(clause.time), "."
    if c.chance(0.3):
        english, german = conjunction("that", "dass")
        matrix = Clause(c.subject(), SPECIAL[c.rng.choice(("wissen", "glauben", "sagen"))])
        return (matrix.english() + english + clause.english(),
                matrix.german() + german + clause.german_final(), ".")
    return clause.english(), clause.german(), "."


def schedule_question(c):
    """When does the train leave? Do you know when the train leaves?"""
    clause = _scheduled(c)
    if c.chance(0.5):
        clause.question = True
        front = Fixed(pair("when", "wann"))
        return clause.english_question(front), clause.german_question(front), "?"
    english, german = conjunction("when", "wann")
    matrix = Clause(Pronoun(c.rng.choice(("you", "he", "she"))), SPECIAL["wissen"], question=True)
    return (matrix.english_question() + english + clause.english(),
            matrix.german_question() + german + clause.german_final(), "?")


def clock_time(c):
    """It is half past three."""
    clause = Clause(Pronoun("it"), BE, [Complement("pred", c.calendar.clock(preposition=False))])
    if c.chance(0.2):
        already = pair("already", "schon")
        clause.frequency = Fixed(already)
    return clause.english(), clause.german(), "."


def birthday(c):
    """My sister's birthday is on the third of March."""
    noun = lexicon.NOUN[c.rng.choice(("birthday", "birthday", "wedding", "exam", "party", "concert",
                                      "meeting"))]
    if noun.english == "birthday" or noun.english in ("wedding", "party") and c.chance(0.4):
        owner = c.noun_phrase(lexicon.nouns_of(("family",)), plural=False, adjective=0)
        if c.chance(0.4):
            name = c.name()
            owner = name if len(name.english()) == 1 else owner
        subject = NounPhrase(noun, "the", possessor=owner)
        if c.chance(0.3):
            subject = NounPhrase(noun, c.rng.choice(("I", "he", "she", "you")))
    else:
        subject = NounPhrase(noun, "the")
    time = c.calendar.date() if c.chance(0.7) else c.calendar.month_or_season()
    clause = Clause(subject, BE, [Complement("loc", time)],
                    "present" if noun.english == "birthday" else c.rng.choice(("present", "past")))
    return clause.english(), clause.german(), "."


def today_is(c):
    """Today is the third of March."""
    day = Fixed(pair(*c.rng.choice((("today", "heute"), ("tomorrow", "morgen")))))
    date = c.calendar.date(preposition=False)
    is_ = aligned("is/1", "ist/1")
    return day.english() + is_[0] + date.english(), day.german() + is_[1] + date.german(), "."


def _age_range(subject):
    noun = getattr(subject, "noun", None)
    if noun is None:
        return (20, 80) if len(subject.english()) > 1 else (4, 80)
    if noun.english.startswith("grand"):
        return 62, 80
    if noun.english in ("child", "boy", "girl", "son", "daughter"):
        return 2, 15
    if noun.english in ("brother", "sister", "friend"):
        return 5, 50
    return 25, 70


def age(c):
    """My sister is eleven years old."""
    subject = c.subject()
    while subject.english_person == "we" and not isinstance(subject, Pronoun):
        subject = c.subject()
    youngest, oldest = _age_range(subject)
    english, german = number_pair(c.rng.choice([n for n in _AGES if youngest <= n <= oldest]))
    old = pred(aligned(f"{english}/1 years/2 old/3", f"{german}/1 Jahre/2 alt/3"))
    clause = Clause(subject, BE, [old], c.rng.choice(("present", "present", "past")))
    return clause.english(), clause.german(), "."


def price(c):
    """The book costs twelve euros. How much does it cost?"""
    nouns = lexicon.nouns_of(("clothes", "small", "furniture", "device", "vehicle", "bought"))
    nouns = [n for n in nouns if n.english not in ("key", "passport", "letter", "gift", "message")]
    thing = c.noun_phrase(nouns, determiner=c.rng.choice(("the", "this", "the")))
    if c.chance(0.3):
        clause = Clause(thing, SPECIAL["kosten"], question=True)
        front = Fixed(aligned("how/1 much/2", "wie/1 viel/2"))
        return clause.english_question(front), clause.german_question(front), "?"
    dear = thing.noun.classes & {"furniture", "device", "vehicle"}
    numbers = [n for n in time_tables.NUMBERS if not dear or n >= 40]
    english, german = number_pair(c.rng.choice(numbers))
    english = " ".join(f"{word}/1" for word in english.split())
    euros = Complement("pred", Fixed(aligned(f"{english} euros/2", f"{german}/1 Euro/2")))
    # "they cost" may be past or present, so it is always present here
    tense = "present" if thing.plural else c.rng.choice(("present", "present", "past"))
    clause = Clause(thing, SPECIAL["kosten"], [euros], tense)
    return clause.english(), clause.german(), "."


def duration(c):
    """The trip takes three hours."""
    subject = NounPhrase(c.rng.choice([n for n in lexicon.nouns_of(("event", "journey"))]),
                         c.rng.choice(("the", "the", "this")))
    if subject.noun.english in ("exam", "meeting", "course", "film", "concert") and c.chance(0.5):
        span = NounPhrase(lexicon.NOUN["minute"], c.rng.choice((10, 20, 30, 40, 50, 80)), True)
    else:
        span = NounPhrase(lexicon.NOUN["hour"], c.rng.choice((2, 3, 4, 5, 6, 8)), True)
    clause = Clause(subject, SPECIAL["dauern"], [Complement("pred", span)],
                    c.rng.choice(("present", "present", "past", "future")))
    return clause.english(), clause.german(), "."


def since(c):
    """I have lived in Munich for three years: ich wohne seit drei Jahren in München."""
    verb = BY_INFINITIVE[c.rng.choice(("wohnen", "wohnen", "arbeiten", "lernen", "kennen"))][-1]
    subject = c.subject()
    complements = c.complements(verb, subject)
    if complements is None or any("family" in getattr(
            getattr(part.nominal, "noun", None), "classes", ()) for part in complements):
        return None
    clause = Clause(subject, verb, complements, "perfect", time=c.calendar.since())
    return clause.english(), clause.german(), "."
