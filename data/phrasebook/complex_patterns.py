"""Sentences of two clauses, and those about time: where German and English order differ most."""

import lexicon
from clauses import BE, HAVE, Clause, Complement, Relative
from lexicon import BY_INFINITIVE, SPECIAL
from patterns import ASKED, asked_part, pred, state
from phrases import (COMMA, Fixed, It, Name, NounPhrase, Prepositional, Pronoun, RelativePronoun,
                     Word, aligned, new_link, pair, words)

def conjunction(english, german):
    sides = pair(english, german)
    return sides[0], [COMMA] + sides[1]


def _pronoun_of(subject):
    """The pronoun that takes up a subject."""
    if isinstance(subject, Pronoun):
        return Pronoun(subject.name)
    return Pronoun(subject.possessor)


def _third_person(c):
    """A subject that a pronoun can take up without doubt."""
    subject = c.subject()
    while getattr(getattr(subject, "noun", None), "gender", "") == "n":
        subject = c.subject()
    return subject


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


def _weather(c):
    subject = Pronoun("it")
    if c.chance(0.5):
        return Clause(subject, SPECIAL[c.rng.choice(("regnen", "schneien"))], tense="ongoing")
    words_ = c.rng.choice((("cold", "kalt"), ("hot", "heiß"), ("late", "spät"), ("dark", "dunkel")))
    degree = c.rng.choice(("", "very/1 = sehr/1", "too/1 = zu/1"))
    left, right = degree.split(" = ") if degree else ("", "")
    sides = aligned(f"{left} {words_[0]}/2", f"{right} {words_[1]}/2")
    return Clause(subject, BE, [pred(sides)])


def weather(c):
    clause = _weather(c)
    if clause.verb is not BE:
        clause.time = c.rng.choice((None, Fixed(pair("today", "heute"))))
    if clause.time and c.chance(0.5):
        return clause.english(clause.time), clause.german(clause.time), "."
    return clause.english(), clause.german(), "."


def _home(c):
    """stay at home, go home, go to bed."""
    kind = c.rng.randrange(3)
    if kind == 0:
        return BY_INFINITIVE["bleiben"][0], [Complement("loc", Fixed(pair("at home", "zu Hause")))]
    if kind == 1:
        return BY_INFINITIVE["gehen"][0], [Complement("dest", Fixed(pair("home", "nach Hause")))]
    return BY_INFINITIVE["gehen"][0], [Complement("dest", Prepositional(
        "to", "in", "acc", NounPhrase(lexicon.NOUN["bed"], "german the")))]


def _acc(c, classes, subject, **options):
    return [Complement("acc", c.noun_phrase(lexicon.nouns_of(classes), subject, **options))]


def _football():
    return [Complement("dest", NounPhrase(lexicon.NOUN["football"], "none"))]


def _doctor():
    return Prepositional("to", "zu", "dat", NounPhrase(lexicon.NOUN["doctor"], "the"))


def _response(c, cause, subject):
    """(verb, complements, positive): what one does, or does not do, for a cause."""
    choose = c.rng.choice
    if cause == "tired":
        return choose((lambda: (*_home(c), True),
                       lambda: (BY_INFINITIVE["trinken"][0], _acc(c, ("hotdrink",), subject), True),
                       lambda: (choose(BY_INFINITIVE["kochen"]), _acc(c, ("cooked",), subject), False),
                       lambda: (choose(BY_INFINITIVE["aufräumen"]), _acc(c, ("room",), subject), False)))()
    if cause == "ill":
        return choose((lambda: (*_home(c), True),
                       lambda: (BY_INFINITIVE["gehen"][0], [Complement("dest", _doctor())], True),
                       lambda: (BY_INFINITIVE["arbeiten"][0], [], False),
                       lambda: (SPECIAL["kommen"], [], False),
                       lambda: (BY_INFINITIVE["spielen"][0], _football(), False)))()
    if cause == "hungry":
        verb, classes = choose((("essen", ("food",)), ("kochen", ("cooked",)),
                                ("bestellen", ("food",)), ("kaufen", ("food",))))
        return BY_INFINITIVE[verb][0], _acc(c, classes, subject), True
    verb = choose(("trinken", "bestellen"))
    return BY_INFINITIVE[verb][0], _acc(c, ("drink",), subject), True


_CAUSES = {"tired": "müde", "ill": "krank", "hungry": "hungrig", "thirsty": "durstig"}


def _cause_and_response(c, subject, second):
    cause = c.rng.choice(list(_CAUSES))
    past = c.chance(0.35)
    verb, complements, positive = _response(c, cause, subject)
    degree = c.rng.choice(("", "", "very/1 = sehr/1"))
    left, right = degree.split(" = ") if degree else ("", "")
    predicate = pred(aligned(f"{left} {cause}/2", f"{right} {_CAUSES[cause]}/2"))
    reason = Clause(second, BE, [predicate], "past" if past else "present")
    if past:
        tense = c.rng.choice(("past", "wanted", "had to")) if positive else c.rng.choice(
            ("past", "could"))
    else:
        tense = c.rng.choice(("must", "future", "want", "would like", "should")) if (
            positive) else c.rng.choice(("can", "future", "want"))
    response = Clause(subject, verb, complements, tense, negated=not positive)
    return reason, response


def because(c):
    """weil, at the end or in front."""
    subject = _third_person(c)
    second = _pronoun_of(subject)
    english, german = pair("because", "weil")
    if c.chance(0.5):
        reason, response = _cause_and_response(c, second, subject)
        return (english + reason.english() + [COMMA] + response.english(),
                german + reason.german_final() + [COMMA] + response.german_inverted(), ".")
    reason, response = _cause_and_response(c, subject, second)
    return (response.english() + english + reason.english(),
            response.german() + [COMMA] + german + reason.german_final(), ".")


def _means(c, verb):
    """What an action takes: time, or for some money."""
    costs = verb.german in ("kaufen", "fliegen", "reisen", "bestellen", "bezahlen")
    return lexicon.NOUN["money" if costs and c.chance(0.7) else "time"]


def if_clause(c):
    """wenn: If it rains, … If you are tired, …"""
    english, german = pair("if", "wenn")
    subject = _third_person(c)
    second = _pronoun_of(subject)
    kind = c.rng.random()
    if kind < 0.5:
        reason, response = _cause_and_response(c, second, subject)
        if reason.tense == "past" or response.tense == "want":
            return None
    else:
        response = c.clause(second, tenses=("future", "can", "want"), negation=0, timed=0.3)
        means = Complement("acc", NounPhrase(_means(c, response.verb), "a"))
        reason = Clause(subject, HAVE, [means])
    if c.chance(0.7):
        return (english + reason.english() + [COMMA] + response.english(),
                german + reason.german_final() + [COMMA] + response.german_inverted(), ".")
    return (response.english() + english + reason.english(),
            response.german() + [COMMA] + german + reason.german_final(), ".")


def although(c):
    english, german = pair("although", "obwohl")
    subject = _third_person(c)
    second = _pronoun_of(subject)
    if c.chance(0.5):
        cause = _weather(c)
        second = subject
        action = c.clause(second, tenses=("future", "want", "must", "would like"), negation=0, timed=0)
    else:
        word = c.rng.choice(("tired", "ill"))
        cause = Clause(subject, BE, [pred(pair(word, _CAUSES[word]))])
        action = c.clause(second, tenses=("future", "want", "must"), negation=0, timed=0.3)
    return (english + cause.english() + [COMMA] + action.english(),
            german + cause.german_final() + [COMMA] + action.german_inverted(), ".")


def because_of_it(c):
    """She buys the dress because it is cheap: it is der, die or das of the noun."""
    verb, classes, adjectives = c.rng.choice((
        ("kaufen", ("clothes", "furniture", "device", "vehicle", "present"), "cheap beautiful new"),
        ("verkaufen", ("furniture", "device", "vehicle", "home"), "old big slow small"),
        ("reparieren", ("broken",), "broken"), ("waschen", ("washable", "dishes"), "dirty"),
        ("putzen", ("room",), "dirty"), ("lesen", ("reading",), "interesting good short"),
        ("anziehen", ("clothes",), "warm beautiful new"), ("verstehen", ("question",), "difficult")))
    subject = c.subject()
    thing = c.noun_phrase(lexicon.nouns_of(classes), subject, adjective=0, plural=False,
                          determiner=c.rng.choice(("the", "this")))
    fitting = [a for a in lexicon.adjectives_for(thing.noun) if a.english in adjectives.split()]
    if not fitting:
        return None
    adjective = c.rng.choice(fitting)
    past = c.chance(0.5)
    action = Clause(subject, BY_INFINITIVE[verb][-1], [Complement("acc", thing)],
                    "past" if past else c.rng.choice(("want", "would like", "future")))
    if verb == "verstehen":
        action = Clause(subject, BY_INFINITIVE[verb][-1], [Complement("acc", thing)],
                        "past" if past else "present", negated=True)
    reason = Clause(It(thing), BE, [pred(pair(adjective.english, adjective.german))],
                    "past" if past else "present")
    english, german = conjunction("because", "weil")
    return action.english() + english + reason.english(), (
        action.german() + german + reason.german_final()), "."


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
    subject = _third_person(c)
    verb = c.rng.choice((BY_INFINITIVE["ankommen"][0], BY_INFINITIVE["zurückkommen"][0], BY_INFINITIVE["aufstehen"][0],
                         SPECIAL["kommen"]))
    if verb is SPECIAL["kommen"]:
        complements = [Complement("dest", Fixed(pair("home", "nach Hause")))]
    else:
        complements = c.complements(verb, subject)
    first = Clause(subject, verb, complements, "past")
    if c.chance(0.4):
        second = Clause(Pronoun("it"), BE, [pred(pair(*c.rng.choice((
            ("late", "spät"), ("dark", "dunkel"), ("cold", "kalt")))))], "past")
    elif c.chance(0.4):
        second = Clause(_pronoun_of(subject), BE, [state(c)], "past")
    else:
        verbs = [v for v in lexicon.VERBS if v.kind in ("habit", "action")]
        second = c.clause(_pronoun_of(subject), tenses=("past", "had to", "wanted"), negation=0.1,
                          timed=0, verbs=verbs)
    english, german = pair("when", "als")
    return (english + first.english() + [COMMA] + second.english(),
            german + first.german_final() + [COMMA] + second.german_inverted(), ".")


def before(c):
    """bevor, während."""
    subject = _third_person(c)
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
        verb = c.rng.choice((BY_INFINITIVE["gehen"][0], BY_INFINITIVE["fliegen"][0], BY_INFINITIVE["reisen"][0],
                             BY_INFINITIVE["aufräumen"][0], BY_INFINITIVE["essen"][0], BY_INFINITIVE["kochen"][0]))
        complements = c.complements(verb, subject)
        if complements is None:
            return None
        first = Clause(subject, verb, complements, "past" if tense == "past" else "present")
        second = c.clause(_pronoun_of(subject), tenses=(tense,), negation=0, timed=0)
        if first.verb is second.verb or "sein" == second.verb.auxiliary or (
                second.verb.kind not in ("habit", "action")):
            return None
        english, german = pair("before", "bevor")
    return (english + first.english() + [COMMA] + second.english(),
            german + first.german_final() + [COMMA] + second.german_inverted(), ".")


def but(c):
    """aber: He wanted to travel to Italy, but he had no time."""
    subject = _third_person(c)
    past = c.chance(0.5)
    first = c.clause(subject, tenses=("wanted",) if past else ("want", "would like"), negation=0,
                     timed=0.3)
    lack = NounPhrase(_means(c, first.verb), "no")
    second = Clause(_pronoun_of(subject), HAVE, [Complement("acc", lack)],
                    "past" if past else "present")
    english, german = pair("but", "aber")
    return (first.english() + [COMMA] + english + second.english(),
            first.german() + [COMMA] + german + second.german(), ".")

