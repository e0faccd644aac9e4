"""Numbers, days, months and seasons in both languages."""

WEEKDAYS = {"Monday": "Montag", "Tuesday": "Dienstag", "Wednesday": "Mittwoch",
            "Thursday": "Donnerstag", "Friday": "Freitag", "Saturday": "Samstag",
            "Sunday": "Sonntag"}
MONTHS = {"January": "Januar", "February": "Februar", "March": "März", "April": "April",
          "May": "Mai", "June": "Juni", "July": "Juli", "August": "August",
          "September": "September", "October": "Oktober", "November": "November",
          "December": "Dezember"}
SEASONS = {"spring": "Frühling", "summer": "Sommer", "autumn": "Herbst", "winter": "Winter"}
NUMBERS = {2: "two zwei", 3: "three drei", 4: "four vier", 5: "five fünf", 6: "six sechs",
           7: "seven sieben", 8: "eight acht", 9: "nine neun", 10: "ten zehn", 11: "eleven elf",
           12: "twelve zwölf", 15: "fifteen fünfzehn", 18: "eighteen achtzehn",
           20: "twenty zwanzig", 25: "twenty-five fünfundzwanzig", 30: "thirty dreißig",
           34: "thirty-four vierunddreißig", 40: "forty vierzig",
           46: "forty-six sechsundvierzig", 50: "fifty fünfzig",
           62: "sixty-two zweiundsechzig", 70: "seventy siebzig", 80: "eighty achtzig",
           100: "a_hundred hundert"}
ORDINALS = """first ersten|second zweiten|third dritten|fourth vierten|fifth fünften|sixth sechsten
seventh siebten|eighth achten|ninth neunten|tenth zehnten|eleventh elften|twelfth zwölften
thirteenth dreizehnten|fifteenth fünfzehnten|eighteenth achtzehnten|twentieth zwanzigsten
twenty-first einundzwanzigsten|twenty-third dreiundzwanzigsten|twenty-fifth fünfundzwanzigsten
thirtieth dreißigsten""".replace("\n", "|").split("|")
