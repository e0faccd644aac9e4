"""Draws noun phrases and clauses that make sense from the lexicon."""

import lexicon
import tables
from adverbials import Calendar
from clauses import Clause, Complement
from phrases import Fixed, Group, Name, NounPhrase, Prepositional, Pronoun, pair

_ONE_EACH = ("mother", "father")
_OFTEN_PLURAL = ("potato", "tomato", "egg", "flower", "shoe", "child", "word")
_SELDOM_PLURAL = frozenset(("transport", "cab", "room", "home", "vehicle", "cooked", "baked",
                            "furniture", "device", "building", "bill"))
# Nouns that sound well in the plural without any article.
_GENERAL = frozenset(("fruit", "bought", "reading", "text", "pair", "animal", "people", "family"))
_BARE = frozenset(("time", "money", "aid", "tongue", "sport", "music"))
_LADIES = (lexicon.NOUN["dress"], lexicon.NOUN["skirt"])
# tense: weight, for each kind of verb
_TENSES = {
    "habit": {"present": 5, "progressive": 2, "past": 3, "future": 1, "likes": 1.2, "modal": 3},
    "action": {"progressive": 1.5, "past": 3, "future": 1.2, "modal": 3},
    "once": {"past": 3, "future": 1, "modal": 1.5},
    "event": {"past": 3, "future": 1.5},
    "state": {"present": 5, "past": 0.6},
    "ongoing": {"ongoing": 3, "past": 1, "future": 0.4},
    "mishap": {"past": 1},
}
_PRESENT_MODALS = ("can", "must", "should", "want", "would like", "have to")
_PAST_MODALS = ("could", "wanted", "had to")
_OBJECT_PRONOUNS = {  # subject: persons its objects may be
    "I": ("he", "she", "they", "you"), "you": ("I", "he", "she", "we", "they"),
    "we": ("he", "she", "they", "you"), "thou": ("I", "he", "she", "we", "they"),
    "he": ("I", "she", "we", "they"), "she": ("I", "he", "we", "they"),
    "they": ("I", "he", "she", "we"),
}


class Composer:
    """Everything drawn comes from one seeded generator, so a seed names a corpus."""

    def __init__(self, rng):
        self.rng = rng
        self.calendar = Calendar(rng)

    def chance(self, probability):
        return self.rng.random() < probability

    def weighted(self, weights):
        return self.rng.choices(list(weights), list(weights.values()))[0]

    # Nominals

    def name(self):
        rng = self.rng
        if self.chance(0.7):
            if self.chance(0.5):
                return Name(rng.choice(tables.WOMEN), "she")
            return Name(rng.choice(tables.MEN), "he")
        title, possessor = rng.choice((("Mr", "he"), ("Mrs", "she")))
        return Name(rng.choice(tables.SURNAMES), possessor, title)

    def subject(self, pronouns=("I", "he", "she", "we", "they", "you")):
        kind = self.rng.random()
        if kind < 0.5:
            return Pronoun(self.rng.choice(pronouns))
        if kind < 0.68:
            return self.name()
        if kind < 0.73:
            return self.group()
        return self.person()

    def group(self):
        first, second = self.name(), self.name()
        while second.text == first.text:
            second = self.name()
        return Group(first, second)

    def person(self, subject=None):
        """A noun phrase for a person."""
        return self.noun_phrase(lexicon.nouns_of(("family", "person", "people")), subject)

    def determiner(self, noun, subject):
        owner = getattr(subject, "possessor", None)
        if "family" in noun.classes:
            if owner and self.chance(0.6):
                return owner
            return self.rng.choice(("I", "we", "she", "he"))
        if noun.classes & _BARE:
            return "a"
        if noun.classes & {"mass", "food"}:
            return self.weighted({"a": 6, "the": 2, "this": 1})
        if noun.classes & {"people", "sight", "building", "town", "room", "outdoors", "route"}:
            return self.weighted({"the": 6, "this": 2})
        if noun.classes & {"free"}:
            return owner if owner and noun.english != "weekend" else "the"
        weights = {"the": 4, "a": 4, "this": 1}
        if owner:
            weights[owner] = 4
        if "event" in noun.classes or "language" in noun.classes:
            weights.pop(owner, None)
        return self.weighted(weights)

    def plural(self, noun):
        if noun.gender == "p":
            return True
        if "mass" in noun.classes or noun.english in _ONE_EACH or "free" in noun.classes:
            return False
        if noun.english == "shoe":
            return True
        if noun.english in _OFTEN_PLURAL:
            return self.chance(0.75)
        return self.chance(0.04 if noun.classes & _SELDOM_PLURAL else 0.17)

    def noun_phrase(self, nouns, subject=None, determiner=None, plural=None, adjective=0.3):
        noun = self.rng.choice(nouns)
        while subject is not None and noun is getattr(subject, "noun", None):
            noun = self.rng.choice(nouns)
        plural = self.plural(noun) if plural is None else plural
        if noun.german_plural == "-":
            plural = False
        determiner = determiner or self.determiner(noun, subject)
        if determiner == "a" and plural and not noun.classes & (_BARE | {"mass"}) and (
                self.chance(0.4) or not noun.classes & _GENERAL):
            determiner = self.rng.choice((2, 3, 4, 5, 6, 8, 10, "many", "many"))
        chosen = self._adjective(noun) if self.chance(adjective) else None
        return NounPhrase(noun, determiner, plural, chosen, self._owner(noun, determiner, subject))

    def _adjective(self, noun):
        """Adjectives of few nouns come first, else they would hardly ever come."""
        choices = [a for a in lexicon.adjectives_for(noun) if a.english != "clean"]
        if not choices:
            return None
        return self.rng.choices(choices, [1 / len(lexicon.nouns_of(a.classes)) for a in choices])[0]

    def _owner(self, noun, determiner, subject):
        """Now and then "my brother's car" or "Anna's car" instead of "the car"."""
        owned = {"thing", "vehicle", "clothes", "home", "small", "picture"}
        if determiner != "the" or not (noun.classes & owned) or self.chance(0.75):
            return None
        if self.chance(0.5):
            owner = Name(self.rng.choice(tables.WOMEN + tables.MEN), "she")
            return None if owner.text == getattr(subject, "text", "") else owner
        family = [n for n in lexicon.nouns_of(("family",)) if n is not getattr(subject, "noun", 0)]
        return self.noun_phrase(family, subject, plural=False, adjective=0)

    def object_person(self, classes, subject):
        """A person as object: often a pronoun."""
        people = {"person", "people", "family", "guest", "child"}
        if people & set(classes) and self.chance(0.3):
            key = getattr(subject, "name", None) or "he"
            options = _OBJECT_PRONOUNS[key if key in _OBJECT_PRONOUNS else "he"]
            if not isinstance(subject, Pronoun):
                options = ("I", "we", "you")
            return Pronoun(self.rng.choice(options))
        if people & set(classes) and "child" not in classes and self.chance(0.15):
            name = self.name()
            return None if name.text == getattr(subject, "text", "") else name
        return self.noun_phrase(lexicon.nouns_of(classes), subject)

    # Places

    def place(self, group, direction="where"):
        """A Complement's nominal: in der Küche, zum Bahnhof, nach Berlin, zu Hause."""
        name = self.rng.choice(tables.PLACE_GROUPS[group].split())
        where = direction == "where"
        if name == "home":
            return Fixed(pair("at home", "zu Hause") if where else pair("home", "nach Hause"))
        if name == "work":
            return Fixed(pair("at work", "bei der Arbeit") if where else
                         pair("to work", "zur Arbeit"))
        if name == "TOWN":
            return self._named_place(self.rng.choice(list(tables.TOWNS.items())), where)
        if name == "COUNTRY":
            return self._named_place(self.rng.choice(list(tables.COUNTRIES.items())), where)
        place = lexicon.PLACES[name]
        determiner = "german the" if name in ("bed", "school") else "the"
        english, german, case = place.where if where else place.whither
        return Prepositional(english, german, case, NounPhrase(place.noun, determiner))

    def _named_place(self, names, where):
        english, german = names
        if german.startswith("die "):
            noun = lexicon.Noun(english, "-", german[4:], "f", "-", False, frozenset())
            nominal = NounPhrase(noun, "german the")
            case = "dat" if where else "acc"
            return Prepositional("in" if where else "to", "in", case, nominal)
        nominal = Fixed(pair(english, german))
        return Prepositional("in" if where else "to", "in" if where else "nach", "dat", nominal)

    def origin(self):
        names = {**tables.TOWNS, **tables.COUNTRIES}
        english = self.rng.choice(list(names))
        german = names[english]
        if german.startswith("die "):
            noun = lexicon.Noun(english, "-", german[4:], "f", "-", False, frozenset())
            return Prepositional("from", "aus", "dat", NounPhrase(noun, "german the"))
        return Prepositional("from", "aus", "dat", Fixed(pair(english, german)))

    def surface(self, case):
        """on the table, auf dem Tisch (where) or auf den Tisch (whither)."""
        noun = self.rng.choice(lexicon.nouns_of(("top",)))
        return Prepositional("on", "auf", case, NounPhrase(noun, "the"))

    # Clauses

    def complements(self, verb, subject):
        """Fills the slots of the verb's frame; None where a draw did not work out."""
        result = []
        for slot in verb.frame:
            complement = self._complement(slot, verb, subject)
            if complement is None:
                return None
            if complement.nominal is not None:
                result.append(complement)
        return result

    def _complement(self, slot, verb, subject):
        kind, _, rest = slot.partition(":")
        optional = kind.endswith("?") or rest.endswith("?")
        kind, rest = kind.rstrip("?"), rest.rstrip("?")
        absent = Complement(kind, None)
        if kind == "-" or optional and not self.chance(0.3):
            return absent
        if kind in ("acc", "dat", "to"):
            nominal = self.object_person(rest.split(","), subject)
            if verb.prefix + verb.german in tables.DEFINITE and getattr(
                    nominal, "indefinite", False):
                nominal.determiner = "the"
            if getattr(nominal, "noun", None) in _LADIES and not self._wears_dresses(verb, subject):
                return None
            return Complement(kind, nominal) if nominal else None
        if kind == "play":
            game = self.rng.choice(lexicon.nouns_of((rest,)))
            return Complement("dest", NounPhrase(game, "none", game.gender == "p"))
        if kind == "pp":
            return self._prepositional(rest, subject)
        if kind == "loc":
            return Complement("loc", self.place(rest))
        if kind == "from":
            return Complement("loc", self.origin())
        if kind == "on":
            return Complement("dest", self.surface("acc"))
        group = {"tragen": "carry", "fahren": "drive"}.get(verb.german, rest or "dest")
        return Complement("dest", self.place(group, "whither"))

    @staticmethod
    def _wears_dresses(verb, subject):
        return verb.german not in ("tragen", "ziehen") or subject.possessor == "she"

    def _prepositional(self, rest, subject):
        relation, classes = rest.split(":")
        english, german = relation.split("=")
        preposition, case = german.split("+")
        nominal = self.object_person(classes.split(","), subject)
        if nominal is None:
            return None
        if german in ("auf+acc", "an+acc") and getattr(nominal, "indefinite", False):
            nominal.determiner = "the"
        role = "with" if english == "with" else "pp"
        return Complement(role, Prepositional(english, preposition, case, nominal))

    def tense(self, kind):
        tense = self.weighted(_TENSES[kind])
        if tense != "modal":
            return tense
        return self.rng.choice(_PRESENT_MODALS * 3 + _PAST_MODALS)

    def time_for(self, tense, verb):
        brief = verb.prefix + verb.german in tables.BRIEF
        if tense in ("past",) + _PAST_MODALS:
            return self.calendar.just_past() if brief else self.calendar.past()
        if tense in ("present", "likes"):
            return self.calendar.habitual()
        if brief:
            return self.calendar.soon()
        return self.calendar.future() if self.chance(0.6) else self.calendar.soon()

    def clause(self, subject=None, *, tenses=None, verbs=None, negation=0.15, timed=0.45,
               question=False):
        """A clause; tenses limits the choice, timed is the chance of a time."""
        subject = subject or self.subject()
        while True:
            verb = self.rng.choice(verbs or lexicon.VERBS)
            tense = self.tense(verb.kind)
            if tenses and tense not in tenses:
                continue
            complements = self.complements(verb, subject)
            if complements is None or tense == "likes" and not _likeable(complements):
                continue
            return self._finish(subject, verb, complements, tense, negation, timed, question)

    def _finish(self, subject, verb, complements, tense, negation, timed, question):
        time = frequency = None
        negated = self.chance(negation) and tense != "would like"
        negated = negated and verb.kind != "mishap" and not _counted(complements)
        if tense == "present" and verb.kind == "habit" and not negated:
            if self.chance(0.5):
                frequency = self.calendar.frequency()
            else:
                time = self.time_for(tense, verb)
        elif tense not in ("progressive", "ongoing", "present", "likes") and self.chance(timed):
            time = self.time_for(tense, verb)
        return Clause(subject, verb, complements, tense, negated=negated, question=question,
                      time=time, frequency=frequency)


def _counted(complements):
    """three eggs, many books: these are not negated."""
    return any(getattr(c.nominal, "determiner", "") == "many" or
               isinstance(getattr(c.nominal, "determiner", ""), int) for c in complements)


def _likeable(complements):
    """likes to read books, but not: likes to read the book."""
    accusatives = [c.nominal for c in complements if c.role == "acc"]
    return all(getattr(n, "determiner", "") == "a" and (n.plural or n.mass)
               for n in accusatives)

