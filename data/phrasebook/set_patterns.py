"""Sentences every phrasebook has: comparing, having, liking, finding the way, ordering."""

import lexicon
from clauses import BE, HAVE, Clause, Complement
from lexicon import SPECIAL
from patterns import ASKED, pred
from phrases import (COMMA, Fixed, Measure, NounPhrase, Prepositional, Word, aligned,
                     new_link, pair, words)

_MEASURES = (("cup", ("coffee", "tea", "milk")), ("glass", ("water", "juice", "milk", "wine")))


_COMPARED = ("vehicle transport", "transport vehicle", "vehicle transport", "clothes", "building",
             "town", "home", "reading", "furniture", "people", "family", "animal", "sight",
             "luggage", "event")


def comparison(c):
    """faster than, as fast as."""
    group = frozenset(c.rng.choice(_COMPARED).split())
    family = "family" in group
    adjectives = [a for a in lexicon.ADJECTIVES if a.english_comparative != "-" and
                  (a.english in ("old", "young") if family else
                   a.english == "old" if "animal" in group else a.classes & group)]
    adjective = c.rng.choice(adjectives)
    nouns = [n for n in lexicon.nouns_of(group) if family or n.classes & adjective.classes]
    if len(nouns) < 2:
        return None
    first, second = c.rng.sample(nouns, 2)
    owner = (lambda noun: c.determiner(noun, None) if family else c.rng.choice(
        ("the", "the", "this", "I" if group & {"vehicle", "clothes"} else "the")))
    subject = NounPhrase(first, owner(first))
    other = NounPhrase(second, owner(second))
    if c.chance(0.7):
        english = "".join(f"{w}/1 " for w in adjective.english_comparative.split())
        sides = aligned(english + "than/2", f"{adjective.german_comparative}/1 als/2")
    else:
        sides = aligned(f"as/1 {adjective.english}/2 as/3", f"so/1 {adjective.german}/2 wie/3")
    predicate = pred((sides[0] + other.english(), sides[1] + other.german()))
    tense = c.rng.choice(("present", "present", "present", "past"))
    clause = Clause(subject, BE, [predicate], tense, negated=c.chance(0.25))
    return clause.english(), clause.german(), "."


def having(c):
    """I have two sisters. He doesn't have any time."""
    asks = c.chance(0.25)
    subject = c.subject(ASKED) if asks else c.subject()
    nouns = lexicon.nouns_of(("thing", "small", "time", "money", "family", "animal", "question",
                              "topic", "exam", "pair"))
    nouns = [n for n in nouns if n.english not in ("mother", "father")]
    thing = c.noun_phrase(nouns, subject, determiner="a")
    negated = not asks and c.chance(0.3) and thing.determiner == "a"
    tense = c.rng.choice(("present", "present", "past"))
    clause = Clause(subject, HAVE, [Complement("acc", thing)], tense, negated=negated,
                    question=asks)
    if asks:
        return clause.english_question(), clause.german_question(), "?"
    return clause.english(), clause.german(), "."


def liking(c):
    """I like the house: das Haus gefällt mir. I like coffee: ich mag Kaffee."""
    liker = c.subject(ASKED + ("I", "we"))
    negated, past = c.chance(0.25), c.chance(0.25)
    if c.chance(0.35):
        foods = c.noun_phrase(lexicon.nouns_of(("drink", "food", "animal", "music")), liker,
                              determiner="a", plural=True, adjective=0)
        if not (foods.mass or foods.plural) or foods.determiner != "a":
            return None
        foods.generic = True
        clause = Clause(liker, SPECIAL["mögen"], [Complement("acc", foods)], negated=negated)
        return clause.english(), clause.german(), "."
    nouns = lexicon.nouns_of(("clothes", "picture", "sight", "home", "film", "town", "vehicle",
                              "present", "furniture", "music", "liked", "tale"))
    thing = c.noun_phrase(nouns, liker, determiner=c.rng.choice(("the", "the", "this")))
    tense = "past" if past else "present"
    clause = Clause(liker, SPECIAL["gefallen"], [Complement("acc", thing)], tense, negated=negated)
    mirrored = Clause(thing, SPECIAL["gefallen"], [Complement("dat", liker)], tense,
                      negated=negated)
    mirrored.share_links(clause)
    return clause.english(), mirrored.german(), "."


def belonging(c):
    thing = c.noun_phrase(lexicon.nouns_of(("vehicle", "luggage", "home", "lost", "furniture")),
                          determiner=c.rng.choice(("the", "this")))
    owner = c.object_person(("person", "family"), thing)
    if owner is None:
        return None
    clause = Clause(thing, SPECIAL["gehören"], [Complement("dat", owner)],
                    c.rng.choice(("present", "present", "past")), negated=c.chance(0.2))
    return clause.english(), clause.german(), "."


def tasting(c):
    food = c.noun_phrase(lexicon.nouns_of(("food", "drink")),
                         determiner=c.rng.choice(("the", "this", "she", "you")))
    sweet = food.noun.english in ("apple", "orange", "cake", "tea", "juice")
    quality = c.rng.choice(("good/1 = gut/1", "very/2 good/1 = sehr/2 gut/1", "bad/1 = schlecht/1",
                            *(("too/2 sweet/1 = zu/2 süß/1", "sweet/1 = süß/1") if sweet else ())))
    clause = Clause(food, SPECIAL["schmecken"], [pred(aligned(*quality.split(" = ")))],
                    c.rng.choice(("present", "past")))
    return clause.english(), clause.german(), "."


_POSITIONS = (  # verb, what, relations, where
    ("liegen", ("lost", "reading"), ("on auf", "on auf", "under unter", "next_to neben"),
     ("top",)),
    ("liegen", ("lost",), ("in in",), ("luggage",)),
    ("stehen", ("dishes",), ("on auf", "next_to neben"), ("top",)),
    ("stehen", ("furniture", "luggage"), ("in_front_of vor", "next_to neben", "behind hinter"),
     ("top", "openable")),
    ("hängen", ("picture",), ("over über", "next_to neben"), ("top",)),
    ("hängen", ("clothes",), ("next_to neben",), ("openable",)),
)


def placed(c):
    """The keys are lying on the table."""
    verb, things, relations, spots = c.rng.choice(_POSITIONS)
    thing = c.noun_phrase(lexicon.nouns_of(things))
    spots = [noun for noun in lexicon.nouns_of(spots)
             if "luggage" in spots or "luggage" not in noun.classes]
    spot = c.noun_phrase(spots, thing, determiner="the", plural=False, adjective=0.15)
    if spot.noun is thing.noun:
        return None
    english, german = c.rng.choice(relations).split()
    where = Complement("loc", Prepositional(english.replace("_", " "), german, "dat", spot))
    clause = Clause(thing, SPECIAL[verb], [where], "ongoing")
    return clause.english(), clause.german(), "."


_BESIDE = ("next_to neben", "behind hinter", "in_front_of vor", "opposite gegenüber")


def existing(c):
    """There is a bakery next to the station: German starts with the place."""
    thing = c.noun_phrase(lexicon.nouns_of(("nearby",)), determiner="a", plural=c.chance(0.25))
    if thing.plural or c.chance(0.4):
        noun = lexicon.NOUN[c.rng.choice(("village", "city"))]
        relation = ("in", "in", "dat")
    else:
        noun = c.rng.choice(lexicon.nouns_of(("landmark",)))
        english, german = c.rng.choice(_BESIDE).split()
        relation = (english.replace("_", " "), german, "dat")
    if noun is thing.noun:
        return None
    where = Prepositional(*relation, NounPhrase(noun, c.rng.choice(("the", "the", "this"))))
    link, there = new_link(), new_link()
    asks = c.chance(0.2)
    if not asks and c.chance(0.2) and thing.determiner == "a":
        thing.determiner = "no"
    be = words("are" if thing.plural else "is", link)
    gibt, es = [Word("gibt", link)], [Word("es", there)]
    if asks:
        return (be + words("there", there) + thing.english() + where.english(),
                gibt + es + where.german() + thing.german("acc"), "?")
    return (words("there", there) + be + thing.english() + where.english(),
            where.german() + gibt + es + thing.german("acc"), ".")


_SOUGHT = ("station", "museum", "market", "hospital", "airport", "office", "lake", "beach", "city",
           "village", "supermarket", "church", "park", "hotel", "bank", "pharmacy", "bakery")


def asking_the_way(c):
    """Where is the nearest bank? How do I get to the station?"""
    excuse = pair("excuse me", "Entschuldigung")
    place = lexicon.PLACES[c.rng.choice(_SOUGHT)]
    polite = c.chance(0.6)
    if c.chance(0.5):
        nearest = lexicon.Adjective("nearest", "nächst", "-", "-", frozenset())
        target = NounPhrase(place.noun, "the", adjective=nearest if c.chance(0.5) else None)
        head = aligned("where/1 is/2", "wo/1 ist/2")
        english, german = head[0] + target.english(), head[1] + target.german()
    else:
        head = aligned("how/1 do/2 I/3 get/2", "wie/1 komme/2 ich/3")
        preposition = Prepositional("to", *place.whither[1:], NounPhrase(place.noun, "the"))
        english, german = head[0] + preposition.english(), head[1] + preposition.german()
    if polite:
        english, german = excuse[0] + [COMMA] + english, excuse[1] + [COMMA] + german
    return english, german, "?"


def measure(c):
    """two cups of tea, zwei Tassen Tee."""
    vessel, contents = c.rng.choice(_MEASURES)
    number = c.rng.choice(("a", "a", "a", 2, 3, 4))
    phrase = NounPhrase(lexicon.NOUN[vessel], number, number != "a")
    content = NounPhrase(lexicon.NOUN[c.rng.choice(contents)], "none")
    return Measure(phrase, content)


def ordering(c):
    """I would like two cups of tea."""
    subject = c.subject(("I", "we", "he", "she"))
    would = aligned("would/1 like/1", {"ich": "möchte/1", "er": "möchte/1", "wir": "möchten/1"}[
        subject.german_person])
    nouns = lexicon.nouns_of(("fruit", "drink", "food"))
    nouns += tuple(lexicon.NOUN[name] for name in ("ticket", "newspaper", "umbrella", "flower"))
    thing = measure(c) if c.chance(0.5) else c.noun_phrase(nouns, determiner="a")
    if c.chance(0.25):
        would = aligned("would/1 you/2 like/1", "möchten/1 Sie/2")
        return would[0] + thing.english(), would[1] + thing.german("acc"), "?"
    time = Fixed(([], []))
    if c.chance(0.3):
        time = Fixed(pair("please", "bitte"))
        return (subject.english() + would[0] + thing.english() + [COMMA] + time.english(),
                subject.german() + would[1] + time.german() + thing.german("acc"), ".")
    return (subject.english() + would[0] + thing.english(),
            subject.german() + would[1] + thing.german("acc"), ".")
