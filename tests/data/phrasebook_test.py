"""The grammar behind data/phrasebook: what a German speaker would check.

usage: python3 tests/data/phrasebook_test.py, from anywhere
"""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "data" / "phrasebook"))
sys.dont_write_bytecode = True

import german  # noqa: E402
import lexicon  # noqa: E402
from clauses import Clause, Complement  # noqa: E402
from phrases import (  # noqa: E402
    Fixed, Name, NounPhrase, Prepositional, Pronoun, join, link_pairs, pair)


def text(words_):
    return " ".join(word.text for word in words_)


def phrase(noun, determiner, adjective=None, plural=False):
    chosen = next((a for a in lexicon.ADJECTIVES if a.english == adjective), None)
    return NounPhrase(lexicon.NOUN[noun], determiner, plural, chosen)


def declined(*arguments, **options):
    return [text(phrase(*arguments, **options).german(case)) for case in german.CASES]


def verb(infinitive):
    return lexicon.BY_INFINITIVE[infinitive][0]


class NounPhraseTest(unittest.TestCase):
    def test_weak_declension_behind_the_definite_article(self):
        self.assertEqual(declined("table", "the", "old"), [
            "der alte Tisch", "den alten Tisch", "dem alten Tisch", "des alten Tisches"])
        self.assertEqual(declined("lamp", "the", "old"), [
            "die alte Lampe", "die alte Lampe", "der alten Lampe", "der alten Lampe"])
        self.assertEqual(declined("book", "the", "old", plural=True), [
            "die alten Bücher", "die alten Bücher", "den alten Büchern", "der alten Bücher"])

    def test_mixed_declension_behind_ein_and_possessives(self):
        self.assertEqual(declined("car", "a", "new"), [
            "ein neues Auto", "ein neues Auto", "einem neuen Auto", "eines neuen Autos"])
        self.assertEqual(declined("coat", "I", "warm"), [
            "mein warmer Mantel", "meinen warmen Mantel", "meinem warmen Mantel",
            "meines warmen Mantels"])
        self.assertEqual(declined("cat", "we", "small"), [
            "unsere kleine Katze", "unsere kleine Katze", "unserer kleinen Katze",
            "unserer kleinen Katze"])

    def test_strong_declension_without_an_article(self):
        self.assertEqual(declined("coffee", "a", "hot"), [
            "heißer Kaffee", "heißen Kaffee", "heißem Kaffee", "heißen Kaffees"])
        self.assertEqual(declined("milk", "a", "cold"), [
            "kalte Milch", "kalte Milch", "kalter Milch", "kalter Milch"])
        self.assertEqual(declined("apple", 3, "red", plural=True), [
            "drei rote Äpfel", "drei rote Äpfel", "drei roten Äpfeln", "drei roter Äpfel"])

    def test_weak_nouns_take_n_in_all_but_the_nominative(self):
        self.assertEqual(declined("boy", "this"), [
            "dieser Junge", "diesen Jungen", "diesem Jungen", "dieses Jungen"])
        self.assertEqual(declined("neighbour", "the"), [
            "der Nachbar", "den Nachbarn", "dem Nachbarn", "des Nachbarn"])

    def test_mr_is_a_weak_noun_too(self):
        name = Name("Weber", "he", "Mr")
        self.assertEqual(text(name.german("nom")), "Herr Weber")
        self.assertEqual(text(name.german("dat")), "Herrn Weber")

    def test_adjectives_that_lose_a_vowel(self):
        self.assertEqual(text(phrase("watch", "a", "expensive").german("acc")), "eine teure Uhr")

    def test_possessors_stand_in_the_genitive(self):
        brother = phrase("brother", "I")
        car = NounPhrase(lexicon.NOUN["car"], "the", possessor=brother)
        self.assertEqual(text(car.english()), "my brother's car")
        self.assertEqual(text(car.german("dat")), "dem Auto meines Bruders")

    def test_prepositions_fuse_with_the_article(self):
        self.assertEqual(text(Prepositional("to", "zu", "dat", phrase("school", "the")).german()),
                         "zur Schule")
        self.assertEqual(text(Prepositional("in", "in", "dat", phrase("garden", "this")).german()),
                         "in diesem Garten")


class VerbTest(unittest.TestCase):
    def test_present_forms(self):
        for infinitive, third, forms in (
                ("lesen", "liest", "lese liest liest lesen"),
                ("fahren", "fährt", "fahre fährst fährt fahren"),
                ("warten", "wartet", "warte wartest wartet warten"),
                ("laden", "lädt", "lade lädst lädt laden"),
                ("sein", "ist", "bin bist ist sind"),
                ("müssen", "", "muss musst muss müssen")):
            self.assertEqual([german.present(infinitive, third, person)
                              for person in ("ich", "du", "er", "wir")], forms.split())

    def test_preterites_of_auxiliaries(self):
        self.assertEqual([german.preterite("sein", p) for p in ("ich", "du", "er", "wir")],
                         ["war", "warst", "war", "waren"])
        self.assertEqual([german.preterite("können", p) for p in ("ich", "du", "er", "wir")],
                         ["konnte", "konntest", "konnte", "konnten"])


class ClauseTest(unittest.TestCase):
    def clause(self, tense="present", **options):
        mother = Complement("acc", phrase("mother", "he"))
        return Clause(Pronoun("he"), verb("anrufen"), [mother], tense, **options)

    def test_prefix_closes_a_main_clause_and_fuses_in_a_subordinate_one(self):
        self.assertEqual(text(self.clause().german()), "er ruft seine Mutter an")
        self.assertEqual(text(self.clause().german_final()), "er seine Mutter anruft")

    def test_participle_and_infinitive_come_last(self):
        self.assertEqual(text(self.clause("past").german()), "er hat seine Mutter angerufen")
        self.assertEqual(text(self.clause("can").german_final()), "er seine Mutter anrufen kann")

    def test_the_verb_stays_second_behind_a_fronted_time(self):
        time = Fixed(pair("yesterday", "gestern"))
        clause = self.clause("past", time=time)
        self.assertEqual(text(clause.german(time)), "gestern hat er seine Mutter angerufen")

    def test_zu_goes_between_prefix_and_verb(self):
        self.assertEqual(text(self.clause().german_infinitive(frozenset())),
                         "seine Mutter anzurufen")

    def test_indefinite_objects_are_negated_with_kein(self):
        clause = Clause(Pronoun("I"), verb("kaufen"), [Complement("acc", phrase("car", "a"))],
                        negated=True)
        self.assertEqual(text(clause.english()), "I don't buy a car")
        self.assertEqual(text(clause.german()), "ich kaufe kein Auto")
        self.assertEqual(text(self.clause(negated=True).german()), "er ruft seine Mutter nicht an")

    def test_must_not_is_darf_nicht(self):
        self.assertEqual(text(self.clause("must", negated=True).german()),
                         "er darf seine Mutter nicht anrufen")

    def test_helping_takes_the_dative(self):
        clause = Clause(Pronoun("we"), verb("helfen"), [Complement("dat", phrase("boy", "the"))])
        self.assertEqual(text(clause.german()), "wir helfen dem Jungen")

    def test_links_cover_every_word_of_a_separable_verb(self):
        clause = self.clause()
        english, english_links = join(clause.english(), ".")
        german_text, german_links = join(clause.german(), ".")
        self.assertEqual((english, german_text), ("He calls his mother.",
                                                  "Er ruft seine Mutter an."))
        self.assertEqual(link_pairs(english_links, german_links),
                         [(0, 0), (1, 1), (1, 4), (2, 2), (3, 3)])


if __name__ == "__main__":
    unittest.main()
