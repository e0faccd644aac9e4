"""Times of day, dates, days and spans, each with its word links."""

import time_tables
from phrases import Fixed, aligned, pair

_UNITS = {  # English plural, German dative plural, German accusative plural
    "day": ("days", "Tagen", "Tage"), "week": ("weeks", "Wochen", "Wochen"),
    "month": ("months", "Monaten", "Monate"), "year": ("years", "Jahren", "Jahre"),
}
_LAST_NEXT = {"week": ("e", "Woche"), "month": ("en", "Monat"), "year": ("es", "Jahr")}
_HOURS = {1: "one ein", **{n: time_tables.NUMBERS[n] for n in range(2, 13)}}
_SMALL_NUMBERS = (2, 3, 4, 5, 6, 8, 10)
_EVERY = ("every/1 day/2 = jeden/1 Tag/2", "every/1 morning/2 = jeden/1 Morgen/2",
          "every/1 evening/2 = jeden/1 Abend/2", "every/1 week/2 = jede/1 Woche/2")
_PARTS_OF_DAY = ("in/1 the/1 morning/2 = am/1 Morgen/2", "in/1 the/1 evening/2 = am/1 Abend/2",
                 "at/1 the/1 weekend/2 = am/1 Wochenende/2",
                 "at/1 the/1 weekend/2 = am/1 Wochenende/2",
                 "in/1 the/1 afternoon/2 = am/1 Nachmittag/2")


def _fixed(rule):
    return Fixed(aligned(*rule.split(" = ")))


def _joined(first, second):
    return Fixed((first.english() + second.english(), first.german() + second.german()))


def number_pair(number):
    english, german = time_tables.NUMBERS[number].split()
    return english.replace("_", " "), german


class Calendar:
    """Draws times from a random generator."""

    def __init__(self, rng):
        self._rng = rng

    def _pick(self, *choices):
        return self._rng.choice(choices)

    def clock(self, preposition=True):
        """at half past three, um halb vier."""
        rng = self._rng
        hour = rng.randint(1, 12)
        english, german = _HOURS[hour].split()
        following = _HOURS[hour % 12 + 1].split()[1]
        following = "eins" if following == "ein" else following
        kind = rng.choice(("hour", "hour", "half", "half", "quarter past", "quarter to", "minutes"))
        if kind == "hour":
            rule = f"{english}/1 o'clock/2 = {german}/1 Uhr/2"
        elif kind == "half":
            rule = f"half/1 past/1 {english}/2 = halb/1 {following}/2"
        else:
            direction, german_direction = ("to", "vor") if (
                kind == "quarter to" or rng.random() < 0.5 and kind == "minutes") else (
                    "past", "nach")
            spoken = "eins" if german == "ein" else german
            if kind == "minutes":
                minutes, german_minutes = number_pair(rng.choice((5, 10, 20)))
                start, german_start = f"{minutes}/1", f"{german_minutes}/1"
            else:
                start, german_start = "a/1 quarter/1", "Viertel/1"
            rule = (f"{start} {direction}/2 {english}/3 = "
                    f"{german_start} {german_direction}/2 {spoken}/3")
        if preposition:
            left, right = rule.split(" = ")
            rule = f"at/9 {left} = um/9 {right}"
        return _fixed(rule)

    def date(self, preposition=True):
        """on the third of March, am dritten März; without preposition: the third of March, der
        dritte März."""
        ordinal, german_ordinal = self._rng.choice(time_tables.ORDINALS).split()
        month, german_month = self._rng.choice(list(time_tables.MONTHS.items()))
        if preposition:
            return _fixed(f"on/1 the/1 {ordinal}/2 of/3 {month}/3 = "
                          f"am/1 {german_ordinal}/2 {german_month}/3")
        return _fixed(f"the/1 {ordinal}/2 of/3 {month}/3 = "
                      f"der/1 {german_ordinal[:-1]}/2 {german_month}/3")

    def weekday(self):
        english, german = self._rng.choice(list(time_tables.WEEKDAYS.items()))
        kind = self._rng.random()
        if kind < 0.75:
            return _fixed(f"on/1 {english}/2 = am/1 {german}/2")
        part, german_part = self._pick(("morning", "morgen"), ("evening", "abend"))
        return _fixed(f"on/1 {english}/2 {part}/2 = am/1 {german}{german_part}/2")

    def month_or_season(self):
        kind = self._rng.random()
        if kind < 0.5:
            english, german = self._rng.choice(list(time_tables.MONTHS.items()))
        else:
            english, german = self._rng.choice(list(time_tables.SEASONS.items()))
        return _fixed(f"in/1 {english}/2 = im/1 {german}/2")

    def _span(self):
        unit = self._rng.choice(list(_UNITS))
        english, german = number_pair(self._rng.choice(_SMALL_NUMBERS))
        return english, german, _UNITS[unit]

    def ago(self):
        english, german, (plural, dative, _) = self._span()
        return _fixed(f"{english}/2 {plural}/3 ago/1 = vor/1 {german}/2 {dative}/3")

    def hence(self):
        english, german, (plural, dative, _) = self._span()
        return _fixed(f"in/1 {english}/2 {plural}/3 = in/1 {german}/2 {dative}/3")

    def since(self):
        """for two years, of what still goes on: seit zwei Jahren."""
        english, german, (plural, dative, _) = self._span()
        return _fixed(f"for/1 {english}/2 {plural}/3 = seit/1 {german}/2 {dative}/3")

    def _adjacent(self, english, german):
        """last week, nächsten Montag: the German is an accusative."""
        if self._rng.random() < 0.4:
            name, german_name = self._rng.choice(list(time_tables.WEEKDAYS.items()))
            return _fixed(f"{english}/1 {name}/2 = {german}en/1 {german_name}/2")
        name = self._rng.choice(list(_LAST_NEXT))
        ending, german_name = _LAST_NEXT[name]
        return _fixed(f"{english}/1 {name}/2 = {german}{ending}/1 {german_name}/2")

    def past(self):
        kind = self._rng.random()
        if kind < 0.3:
            return Fixed(pair("yesterday", "gestern"))
        if kind < 0.36:
            return _fixed("yesterday/1 evening/2 = gestern/1 Abend/2")
        if kind < 0.42:
            return _fixed("this/1 morning/2 = heute/1 Morgen/2")
        if kind < 0.6:
            return self._adjacent("last", "letzt")
        if kind < 0.75:
            return self.ago()
        if kind < 0.85:
            return self.weekday()
        return self.date() if kind < 0.93 else self.month_or_season()

    def just_past(self):
        """A time of the last few days."""
        kind = self._rng.random()
        if kind < 0.45:
            return Fixed(pair("yesterday", "gestern"))
        if kind < 0.7:
            return _fixed(self._pick("yesterday/1 evening/2 = gestern/1 Abend/2",
                                     "this/1 morning/2 = heute/1 Morgen/2"))
        return self.weekday() if kind < 0.85 else self.clock()

    def future(self):
        kind = self._rng.random()
        if kind < 0.25:
            return Fixed(pair("tomorrow", "morgen"))
        if kind < 0.32:
            return _fixed(self._pick("tomorrow/1 morning/2 = morgen/1 früh/2",
                                     "tomorrow/1 evening/2 = morgen/1 Abend/2",
                                     "this/1 evening/2 = heute/1 Abend/2"))
        if kind < 0.45:
            return Fixed(pair("today", "heute"))
        if kind < 0.57:
            return self._adjacent("next", "nächst")
        if kind < 0.65:
            return self.hence()
        if kind < 0.75:
            return self.clock()
        if kind < 0.83:
            return self.weekday()
        if kind < 0.87:
            return _joined(self.weekday(), self.clock())
        return self.date() if kind < 0.95 else self.month_or_season()

    def soon(self):
        """A time of today or tomorrow, for what is done at once."""
        kind = self._rng.random()
        if kind < 0.3:
            return Fixed(pair("today", "heute"))
        if kind < 0.6:
            return Fixed(pair("tomorrow", "morgen"))
        return self.clock() if kind < 0.85 else _joined(Fixed(pair("tomorrow", "morgen")),
                                                        self.clock())

    def habitual(self):
        kind = self._rng.random()
        if kind < 0.4:
            return _fixed(self._rng.choice(_EVERY))
        if kind < 0.65:
            return _fixed(self._rng.choice(_PARTS_OF_DAY))
        english, german = self._rng.choice(list(time_tables.WEEKDAYS.items()))
        if kind < 0.8:
            return _fixed(f"every/1 {english}/2 = jeden/1 {german}/2")
        return _fixed(f"on/1 {english}s/1 = {german.lower()}s/1")

    def frequency(self):
        return Fixed(pair(*self._pick(("often", "oft"), ("always", "immer"), ("never", "nie"),
                                      ("usually", "meistens"), ("sometimes", "manchmal"))))
