"""Sentences of two clauses that give a reason, a condition or an obstacle."""

import lexicon
from clauses import BE, HAVE, Clause, Complement
from lexicon import BY_INFINITIVE, SPECIAL
from patterns import conjunction, pred, pronoun_of, third_person
from phrases import COMMA, Fixed, It, NounPhrase, Prepositional, Pronoun, aligned, pair


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
    cook, tidy = BY_INFINITIVE["kochen"][0], BY_INFINITIVE["aufräumen"][0]
    if cause == "tired":
        return choose((lambda: (*_home(c), True),
                       lambda: (BY_INFINITIVE["trinken"][0], _acc(c, ("hotdrink",), subject), True),
                       lambda: (cook, _acc(c, ("cooked",), subject), False),
                       lambda: (tidy, _acc(c, ("room",), subject), False)))()
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
    subject = third_person(c)
    second = pronoun_of(subject)
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
    subject = third_person(c)
    second = pronoun_of(subject)
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
    subject = third_person(c)
    second = pronoun_of(subject)
    if c.chance(0.5):
        cause = _weather(c)
        second = subject
        action = c.clause(second, tenses=("future", "want", "must", "would like"), negation=0,
                          timed=0)
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
        ("anziehen", ("clothes",), "warm beautiful new"),
        ("verstehen", ("question",), "difficult")))
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


def but(c):
    """aber: He wanted to travel to Italy, but he had no time."""
    subject = third_person(c)
    past = c.chance(0.5)
    first = c.clause(subject, tenses=("wanted",) if past else ("want", "would like"), negation=0,
                     timed=0.3)
    lack = NounPhrase(_means(c, first.verb), "no")
    second = Clause(pronoun_of(subject), HAVE, [Complement("acc", lack)],
                    "past" if past else "present")
    english, german = pair("but", "aber")
    return (first.english() + [COMMA] + english + second.english(),
            first.german() + [COMMA] + german + second.german(), ".")
