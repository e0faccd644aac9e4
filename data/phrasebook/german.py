"""German inflection: what an article, an adjective, a noun and a verb look like in a sentence.

Cases are "nom", "acc", "dat", "gen"; genders are "m", "f", "n", and "p" for the plural, which has
one form for all genders. Verb persons are named by a pronoun that takes the form: "ich", "du",
"er" (third person singular) and "wir" (every plural, and the polite "Sie").
"""

CASES = ("nom", "acc", "dat", "gen")

_DEFINITE = {  # case: the article for m, f, n, p
    "nom": ("der", "die", "das", "die"),
    "acc": ("den", "die", "das", "die"),
    "dat": ("dem", "der", "dem", "den"),
    "gen": ("des", "der", "des", "der"),
}
# Endings of words declined like "ein": ein, kein, and every possessive.
_EIN = {
    "nom": ("", "e", "", "e"),
    "acc": ("en", "e", "", "e"),
    "dat": ("em", "er", "em", "en"),
    "gen": ("es", "er", "es", "er"),
}
# Endings of words declined like "dieser": dieser, jeder, welcher.
_DIESER = {
    "nom": ("er", "e", "es", "e"),
    "acc": ("en", "e", "es", "e"),
    "dat": ("em", "er", "em", "en"),
    "gen": ("es", "er", "es", "er"),
}
_ADJECTIVE = {
    # no article before it: the adjective shows the case itself
    "strong": {
        "nom": ("er", "e", "es", "e"),
        "acc": ("en", "e", "es", "e"),
        "dat": ("em", "er", "em", "en"),
        "gen": ("en", "er", "en", "er"),
    },
    # behind der, dieser, jeder
    "weak": {
        "nom": ("e", "e", "e", "en"),
        "acc": ("en", "e", "e", "en"),
        "dat": ("en", "en", "en", "en"),
        "gen": ("en", "en", "en", "en"),
    },
    # behind ein, kein and possessives
    "mixed": {
        "nom": ("er", "e", "es", "en"),
        "acc": ("en", "e", "es", "en"),
        "dat": ("en", "en", "en", "en"),
        "gen": ("en", "en", "en", "en"),
    },
}
_RELATIVE_DATIVE_PLURAL = "denen"
# Adjectives whose stem changes before an ending.
_ADJECTIVE_STEMS = {"teuer": "teur", "dunkel": "dunkl", "hoch": "hoh", "müde": "müd",
                    "leise": "leis"}
_CONTRACTIONS = {
    ("in", "dem"): "im", ("in", "das"): "ins", ("an", "dem"): "am", ("an", "das"): "ans",
    ("zu", "dem"): "zum", ("zu", "der"): "zur", ("von", "dem"): "vom", ("bei", "dem"): "beim",
}
_IRREGULAR_GENITIVES = {"Park": "Parks", "Chef": "Chefs", "Film": "Films", "Bus": "Busses"}

_FINITE = {  # the verbs that serve as auxiliaries: forms for ich, du, er, wir
    "sein": ("bin", "bist", "ist", "sind"),
    "haben": ("habe", "hast", "hat", "haben"),
    "werden": ("werde", "wirst", "wird", "werden"),
    "können": ("kann", "kannst", "kann", "können"),
    "müssen": ("muss", "musst", "muss", "müssen"),
    "wollen": ("will", "willst", "will", "wollen"),
    "dürfen": ("darf", "darfst", "darf", "dürfen"),
    "wissen": ("weiß", "weißt", "weiß", "wissen"),
    "mögen": ("mag", "magst", "mag", "mögen"),
}
_PRETERITES = {  # first person; the only verbs whose past is not the perfect
    "sein": "war", "haben": "hatte", "können": "konnte", "müssen": "musste", "wollen": "wollte",
    "sollen": "sollte", "möchten": "möchte", "könnten": "könnte", "hätten": "hätte",
    "würden": "würde",
}
_PERSONS = ("ich", "du", "er", "wir")


def _column(gender):
    return "mfnp".index(gender)


def definite_article(case, gender):
    return _DEFINITE[case][_column(gender)]


def ein_word(stem, case, gender):
    """ein, kein, mein, dein, sein, ihr, unser, Ihr with its ending."""
    return stem + _EIN[case][_column(gender)]


def dieser_word(stem, case, gender):
    """dies-, jed-, welch- with its ending."""
    return stem + _DIESER[case][_column(gender)]


def adjective(base, declension, case, gender):
    """base with the ending of the "strong", "weak" or "mixed" declension."""
    stem = _ADJECTIVE_STEMS.get(base, base)
    return stem + _ADJECTIVE[declension][case][_column(gender)]


def relative_pronoun(case, gender):
    if case == "dat" and gender == "p":
        return _RELATIVE_DATIVE_PLURAL
    return definite_article(case, gender)


def contract(preposition, article):
    """im for in dem, zur for zu der, …; None where German keeps two words."""
    return _CONTRACTIONS.get((preposition, article))


def _syllables(word):
    groups, inside = 0, False
    for letter in word.lower():
        vowel = letter in "aeiouyäöü"
        groups += vowel and not inside
        inside = vowel
    return groups


def _genitive_singular(noun):
    if noun in _IRREGULAR_GENITIVES:
        return _IRREGULAR_GENITIVES[noun]
    if noun.endswith(("s", "ß", "z", "x", "sch")):
        return noun + "es"
    if _syllables(noun) == 1 and noun[-1] not in "aeiouyhw":
        return noun + "es"
    return noun + "s"


def noun_form(singular, plural, gender, case, weak=False):
    """The noun itself; gender "p" asks for the plural. Weak nouns (der Junge, des Jungen) take
    -(e)n, which is their plural form, in every case but the nominative."""
    if gender == "p":
        return plural + "n" if case == "dat" and plural[-1] not in "ns" else plural
    if weak:
        # Herr is the one weak noun of the lexicon whose singular differs from its plural.
        oblique = {"Herr": "Herrn"}.get(singular, plural)
        return singular if case == "nom" else oblique
    if case == "gen" and gender in "mn":
        return _genitive_singular(singular)
    return singular


def preterite(infinitive, person):
    first = _PRETERITES[infinitive]
    stem = first if first.endswith("e") else first + "e"
    return {"ich": first, "du": (first if first == "war" else stem) + "st", "er": first,
            "wir": stem + "n"}[person]


def present(infinitive, third, person):
    """A full verb (without its separable prefix) in the present; third is the form of "er"."""
    if infinitive in _FINITE:
        return _FINITE[infinitive][_PERSONS.index(person)]
    if person == "wir":
        return infinitive
    if person == "er":
        return third
    stem = infinitive.removesuffix("en")
    if person == "ich":
        return stem + "e"
    if third.endswith(("tt", "ält")):
        return third + "st"
    second = third.removesuffix("t")
    return second + ("t" if second.endswith(("s", "ß", "z", "x")) else "st")
