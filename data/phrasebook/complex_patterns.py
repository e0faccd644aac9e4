"""Sentences of two clauses: reported, asked, related, timed by each other, or aimed at."""

import lexicon
from clauses import BE, Clause, Complement, Relative
from lexicon import BY_INFINITIVE, SPECIAL
from patterns import ASKED, asked_part, conjunction, pred, pronoun_of, state, third_person
from phrases import (COMMA, Fixed, NounPhrase, Prepositional, Pronoun, RelativePronoun, Word,
                     new_link, pair, words)

def reported(c):
    """She says that …: verb-final German."""
    verb, tense = c.rng.choice((("glauben", "present"), ("wissen", "present"), ("sagen", "present"),
                                ("sagen", "past"), ("hoffen", "present"), ("hören", "past")))
    matrix = Clause(c.subject(), SPECIAL[verb], tense=tense,
                    question=verb == "wissen" and c.chance(0.3))
    inner = c.clause(timed=0.3, tenses=None if verb != "hoffen" else ("can", "future"))
    english, german = conjunction("that", "dass")
    if matrix.question:
        head, german_head, end = matrix.english_question(), matrix.german_question(), "?"
    else:
        head, german_head, end = matrix.english(), matrix.german(), "."
    return head + english + inner.english(), german_head + german + inner.german_final(), end


def indirect_question(c):
    """I don't know whether …"""
    asked = c.rng.choice(("whether ob", "whether ob", "when wann", "why warum"))
    inner = c.clause(c.subject(), negation=0, timed=0.3,
                     tenses=("past", "future", "can", "must", "want"))
    if asked.startswith("when") and inner.time:
        return None
    english, german = conjunction(*asked.split())
    kind = c.rng.random()
    if kind < 0.35:
        matrix = Clause(c.subject(), SPECIAL["wissen"], negated=True)
        head = matrix.english(), matrix.german(), "."
    elif kind < 0.65:
        matrix = Clause(c.subject(ASKED), SPECIAL["wissen"], question=True)
        head = matrix.english_question(), matrix.german_question(), "?"
    else:
        whom = Complement("acc", Pronoun(c.rng.choice(("I", "we"))))
        matrix = Clause(c.subject(("he", "she", "they")), BY_INFINITIVE["fragen"][0], [whom],
                        c.rng.choice(("present", "past")))
        head = matrix.english(), matrix.german(), "."
    return head[0] + english + inner.english(), head[1] + german + inner.german_final(), head[2]


_AIMS = {  # where one goes, to do what
    "supermarket": ("kaufen 0", "einkaufen 0"), "market": ("kaufen 0",), "bakery": ("kaufen 0",),
    "restaurant": ("essen 0", "treffen 0", "bestellen 0"), "library": ("lesen 0", "lernen 0"),
    "station": ("abholen 0",), "airport": ("abholen 0",), "kitchen": ("kochen 0", "backen 0"),
    "park": ("spielen 0", "spielen 2", "treffen 0"), "school": ("lernen 0", "lernen 1"),
    "garden": ("spielen 2", "anrufen 0"), "city": ("einkaufen 0", "treffen 0"),
    "hospital": ("besuchen 0",), "home": ("aufräumen 0", "schlafen 0", "anrufen 0", "kochen 0"),
}


def purpose(c):
    """um … zu: She goes to the market to buy apples."""
    name = c.rng.choice(list(_AIMS))
    key, number = c.rng.choice(_AIMS[name]).split()
    aim_verb = BY_INFINITIVE[key][int(number) % len(BY_INFINITIVE[key])]
    subject = c.subject()
    if name == "home":
        whither = Fixed(pair("home", "nach Hause"))
    else:
        place = lexicon.PLACES[name]
        determiner = "german the" if name == "school" else "the"
        whither = Prepositional(*place.whither, NounPhrase(place.noun, determiner))
    go = BY_INFINITIVE["gehen"][0]
    tense = c.rng.choice(("past", "past", "future", "want", "must", "progressive"))
    if name == "hospital":
        aim = [Complement("acc", c.noun_phrase(lexicon.nouns_of(("family",)), subject))]
    else:
        aim = c.complements(aim_verb, subject)
        if aim is None:
            return None
        aim = [part for part in aim if part.role != "loc"]
    main = Clause(subject, go, [Complement("dest", whither)], tense,
                  time=c.time_for(tense, go) if tense == "past" and c.chance(0.3) else None)
    inner = Clause(subject, aim_verb, aim)
    link = new_link()
    return (main.english() + words("to", link) + inner.english_infinitive(),
            main.german() + [COMMA, Word("um", link)] + inner.german_infinitive(link), ".")


def _relative_subject(c, antecedent):
    clause = c.clause(RelativePronoun(antecedent), negation=0.1, timed=0.25)
    return Relative(clause)


def relative_subject(c):
    """The man who lives here is ill. I know the man who lives here."""
    nouns = lexicon.nouns_of(("people", "job"))
    person = c.noun_phrase(nouns, determiner="the", plural=c.chance(0.2), adjective=0.2)
    person.relative = _relative_subject(c, person)
    if c.chance(0.5):
        if c.chance(0.5):
            clause = Clause(person, BE, [state(c)], c.rng.choice(("present", "past")))
        else:
            clause = c.clause(person, negation=0.1, timed=0.25)
    else:
        verb = c.rng.choice(("kennen", "sehen", "fragen", "anrufen", "einladen", "besuchen"))
        subject = c.subject()
        if getattr(subject, "noun", None) is person.noun:
            return None
        tense = "present" if verb == "kennen" else "past"
        clause = Clause(subject, BY_INFINITIVE[verb][0], [Complement("acc", person)], tense)
        # Behind the participle: hat den Arzt gefragt, der hier wohnt.
        person.extraposed = True
        return clause.english(), clause.german() + person.relative.german(), "."
    return clause.english(), clause.german(), "."


def relative_object(c):
    """The book that I bought yesterday is interesting."""
    inner = c.clause(c.subject(ASKED + ("I",)), negation=0, timed=0.35,
                     tenses=("past", "past", "want", "present", "ongoing"))
    part = asked_part(inner)
    if part is None or not isinstance(part.nominal, NounPhrase) or inner.frequency:
        return None
    noun = part.nominal.noun
    person = bool(noun.classes & {"person", "people"})
    if noun.classes & {"time", "money", "aid", "sport", "tongue", "family", "mass"}:
        return None
    antecedent = NounPhrase(noun, "the", part.nominal.plural)
    front = Complement(part.role, RelativePronoun(antecedent, "who" if person else "that"))
    inner.complements = [front if p is part else p for p in inner.complements]
    antecedent.relative = Relative(inner, front)
    if person:
        predicate = state(c)
    else:
        fitting = lexicon.adjectives_for(noun)
        if not fitting:
            return None
        adjective = c.rng.choice(fitting)
        predicate = pred(pair(adjective.english, adjective.german))
    clause = Clause(antecedent, BE, [predicate], c.rng.choice(("present", "past")))
    return clause.english(), clause.german(), "."


def when_past(c):
    """als: When we arrived in Berlin, it was late."""
    subject = third_person(c)
    name = c.rng.choice(("ankommen", "zurückkommen", "aufstehen", "kommen"))
    verb = SPECIAL["kommen"] if name == "kommen" else BY_INFINITIVE[name][0]
    if verb is SPECIAL["kommen"]:
        complements = [Complement("dest", Fixed(pair("home", "nach Hause")))]
    else:
        complements = c.complements(verb, subject)
    first = Clause(subject, verb, complements, "past")
    if c.chance(0.4):
        second = Clause(Pronoun("it"), BE, [pred(pair(*c.rng.choice((
            ("late", "spät"), ("dark", "dunkel"), ("cold", "kalt")))))], "past")
    elif c.chance(0.4):
        second = Clause(pronoun_of(subject), BE, [state(c)], "past")
    else:
        verbs = [v for v in lexicon.VERBS if v.kind in ("habit", "action")]
        second = c.clause(pronoun_of(subject), tenses=("past", "had to", "wanted"), negation=0.1,
                          timed=0, verbs=verbs)
    english, german = pair("when", "als")
    return (english + first.english() + [COMMA] + second.english(),
            german + first.german_final() + [COMMA] + second.german_inverted(), ".")


def before(c):
    """bevor, während."""
    subject = third_person(c)
    other = c.subject()
    if c.chance(0.5):
        first = c.clause(subject, tenses=("progressive",), timed=0, negation=0)
        second = c.clause(other, tenses=("progressive",), timed=0, negation=0)
        if first.verb is second.verb:
            return None
        # während says already that it lasts; gerade would say it again
        first.tense = second.tense = "ongoing"
        english, german = pair("while", "während")
    else:
        tense = c.rng.choice(("past", "past", "future"))
        verb = BY_INFINITIVE[c.rng.choice(("gehen", "fliegen", "reisen", "aufräumen", "essen",
                                           "kochen"))][0]
        complements = c.complements(verb, subject)
        if complements is None:
            return None
        first = Clause(subject, verb, complements, "past" if tense == "past" else "present")
        second = c.clause(pronoun_of(subject), tenses=(tense,), negation=0, timed=0)
        if first.verb is second.verb or "sein" == second.verb.auxiliary or (
                second.verb.kind not in ("habit", "action")):
            return None
        english, german = pair("before", "bevor")
    return (english + first.english() + [COMMA] + second.english(),
            german + first.german_final() + [COMMA] + second.german_inverted(), ".")
