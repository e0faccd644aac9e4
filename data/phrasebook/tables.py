"""The words themselves: who reads them is lexicon.py.

Noun: English singular and plural, German singular (n-declension: *), gender, plural, classes;
"-" stands for a form that does not exist. Adjective: both words, both comparatives, classes.
"""

NOUNS = """
mother mothers Mutter f Mütter : family person
father fathers Vater m Väter : family person
sister sisters Schwester f Schwestern : family person
brother brothers Bruder m Brüder : family person
grandmother grandmothers Großmutter f Großmütter : family person
grandfather grandfathers Großvater m Großväter : family person
aunt aunts Tante f Tanten : family person
uncle uncles Onkel m Onkel : family person
daughter daughters Tochter f Töchter : family person
son sons Sohn m Söhne : family person
friend friends Freund m Freunde : family person guest
child children Kind n Kinder : person people child
man men Mann m Männer : person people
woman women Frau f Frauen : person people
boy boys Junge* m Jungen : person people child
girl girls Mädchen n Mädchen : person people child
teacher teachers Lehrer m Lehrer : person job
neighbour neighbours Nachbar* m Nachbarn : person guest
doctor doctors Arzt m Ärzte : person job
student students Student* m Studenten : person people job
guest guests Gast m Gäste : person people
colleague colleagues Kollege* m Kollegen : person guest
waiter waiters Kellner m Kellner : person job
tourist tourists Tourist* m Touristen : person people
dog dogs Hund m Hunde : animal
cat cats Katze f Katzen : animal
bird birds Vogel m Vögel : animal
horse horses Pferd n Pferde : animal
bread - Brot n - : food baked mass
cheese - Käse m - : food mass
meat - Fleisch n - : food mass
rice - Reis m - : food cooked mass
soup soups Suppe f Suppen : food cooked
cake cakes Kuchen m Kuchen : food baked
apple apples Apfel m Äpfel : food fruit reddish
orange oranges Orange f Orangen : food fruit
potato potatoes Kartoffel f Kartoffeln : food cooked fruit
tomato tomatoes Tomate f Tomaten : food fruit reddish
egg eggs Ei n Eier : food cooked fruit
fish - Fisch m - : food cooked mass
salad salads Salat m Salate : food
water - Wasser n - : drink mass
coffee - Kaffee m - : drink mass hotdrink
tea - Tee m - : drink mass hotdrink
milk - Milch f - : drink mass
juice - Saft m - : drink mass
wine - Wein m - : drink mass
book books Buch n Bücher : reading present thing small
newspaper newspapers Zeitung f Zeitungen : reading small
letter letters Brief m Briefe : text small
message messages Nachricht f Nachrichten : text
e-mail e-mails E-Mail f E-Mails : text
story stories Geschichte f Geschichten : tale
key keys Schlüssel m Schlüssel : small lost
bag bags Tasche f Taschen : thing small lost luggage openable
umbrella umbrellas Regenschirm m Regenschirme : thing small lost
ticket tickets Fahrkarte f Fahrkarten : small lost
passport passports Pass m Pässe : small lost
watch watches Uhr f Uhren : thing small lost present broken
glass glasses Glas n Gläser : small dishes
cup cups Tasse f Tassen : small dishes
knife knives Messer n Messer : small lost
phone phones Handy n Handys : thing small lost broken
camera cameras Kamera f Kameras : thing small lost present broken
suitcase suitcases Koffer m Koffer : thing luggage openable
gift gifts Geschenk n Geschenke : small
photo photos Foto n Fotos : small picture
picture pictures Bild n Bilder : thing picture present
flower flowers Blume f Blumen : bought
ball balls Ball m Bälle : small present
table tables Tisch m Tische : thing furniture top
chair chairs Stuhl m Stühle : thing furniture top
bed beds Bett n Betten : thing furniture top
sofa sofas Sofa n Sofas : thing furniture top
cupboard cupboards Schrank m Schränke : thing furniture openable
lamp lamps Lampe f Lampen : thing device broken
computer computers Computer m Computer : thing device broken
radio radios Radio n Radios : thing device broken
coat coats Mantel m Mäntel : clothes thing
shirt shirts Hemd n Hemden : clothes thing washable
dress dresses Kleid n Kleider : clothes thing washable
jacket jackets Jacke f Jacken : clothes thing washable
hat hats Hut m Hüte : clothes thing
skirt skirts Rock m Röcke : clothes thing washable
shoe shoes Schuh m Schuhe : pair
car cars Auto n Autos : vehicle thing broken washable
bicycle bicycles Fahrrad n Fahrräder : vehicle thing broken washable present
bus buses Bus m Busse : transport
train trains Zug m Züge : transport
tram trams Straßenbahn f Straßenbahnen : transport
taxi taxis Taxi n Taxis : cab
house houses Haus n Häuser : building home
flat flats Wohnung f Wohnungen : home
kitchen kitchens Küche f Küchen : room
bathroom bathrooms Badezimmer n Badezimmer : room
room rooms Zimmer n Zimmer : room
living_room living_rooms Wohnzimmer n Wohnzimmer : room
garden gardens Garten m Gärten : outdoors
school schools Schule f Schulen : building nearby landmark
station stations Bahnhof m Bahnhöfe : building landmark
museum museums Museum n Museen : building sight nearby landmark
market markets Markt m Märkte : outdoors landmark
church churches Kirche f Kirchen : building sight nearby landmark
park parks Park m Parks : outdoors sight landmark
hotel hotels Hotel n Hotels : building nearby landmark
restaurant restaurants Restaurant n Restaurants : building nearby
theatre theatres Theater n Theater : building nearby landmark
cinema cinemas Kino n Kinos : building nearby
library libraries Bibliothek f Bibliotheken : building nearby landmark
bakery bakeries Bäckerei f Bäckereien : building nearby
supermarket supermarkets Supermarkt m Supermärkte : building nearby
hospital hospitals Krankenhaus n Krankenhäuser : building landmark
airport airports Flughafen m Flughäfen : building
office offices Büro n Büros : room
bank banks Bank f Banken : building nearby
post_office post_offices Post f - : building nearby
pharmacy pharmacies Apotheke f Apotheken : building nearby
bridge bridges Brücke f Brücken : outdoors sight landmark
lake lakes See m Seen : outdoors sight landmark
beach beaches Strand m Strände : outdoors
forest forests Wald m Wälder : outdoors
village villages Dorf n Dörfer : town
city cities Stadt f Städte : town
door doors Tür f Türen : openable
window windows Fenster n Fenster : openable
concert concerts Konzert n Konzerte : event
meeting meetings Besprechung f Besprechungen : event
course courses Kurs m Kurse : event
exam exams Prüfung f Prüfungen : event exam
party parties Party f Partys : event
film films Film m Filme : event film
wedding weddings Hochzeit f Hochzeiten : event
trip trips Reise f Reisen : journey
weekend weekends Wochenende n Wochenenden : free
holiday holidays Urlaub m - : free
birthday birthdays Geburtstag m Geburtstage : free
question questions Frage f Fragen : question
answer answers Antwort f Antworten : reply
word words Wort n Wörter : language
sentence sentences Satz m Sätze : language
rule rules Regel f Regeln : language explained
problem problems Problem n Probleme : explained topic
idea ideas Idee f Ideen : topic liked
way ways Weg m Wege : route
bill bills Rechnung f Rechnungen : bill
money - Geld n - : money mass
time - Zeit f - : time mass
help - Hilfe f - : aid mass
music - Musik f - : music mass
German - Deutsch n - : tongue mass
English - Englisch n - : tongue mass
Italian - Italienisch n - : tongue mass
football - Fußball m - : sport mass
cards cards Karten p Karten : sport
musician musicians Musiker m Musiker : person job
hour hours Stunde f Stunden : span
minute minutes Minute f Minuten : span
"""

ADJECTIVES = """
new neu newer neuer : thing small furniture device clothes vehicle building home event transport
  reading text lost pair room picture
old alt older älter : thing furniture clothes vehicle building home people job guest reading
  picture sight town animal
big groß bigger größer : building home room town furniture outdoors animal luggage fruit
small klein smaller kleiner : building home room town furniture animal luggage outdoors child fruit
beautiful schön "more_beautiful" schöner : clothes sight picture home town present tale music
  bought outdoors free
expensive teuer "more_expensive" teurer : thing clothes vehicle furniture home present device
cheap billig cheaper billiger : thing clothes vehicle furniture device
good gut - - : food reading film tale reply topic language
young jung younger jünger : people job
long lang longer länger : text tale event journey
short kurz shorter kürzer : text tale event reply journey
red rot - - : clothes vehicle luggage reddish bought pair
blue blau - - : clothes vehicle luggage furniture pair
green grün - - : clothes vehicle furniture luggage
black schwarz - - : clothes vehicle animal luggage pair
white weiß - - : clothes vehicle animal furniture
fresh frisch fresher frischer : fruit baked food
cold kalt colder kälter : drink
hot heiß hotter heißer : cooked hotdrink
warm warm warmer wärmer : clothes
heavy schwer heavier schwerer : luggage
fast schnell faster schneller : vehicle transport
slow langsam slower langsamer : vehicle transport
loud laut louder lauter : music
quiet ruhig quieter ruhiger : town home
interesting interessant "more_interesting" interessanter : reading film tale event sight town
  topic question
important wichtig "more_important" wichtiger : text event question topic rule explained
difficult schwierig "more_difficult" schwieriger : question language explained exam
friendly freundlich friendlier freundlicher : people job guest
famous berühmt "more_famous" berühmter : sight
clean sauber cleaner sauberer : dishes room
dirty schmutzig dirtier schmutziger : washable dishes room pair
broken kaputt - - : broken
modern modern "more_modern" moderner : building home device furniture
"""

# base/past | infinitive/third/participle [sein] | frame | kind. A prefix is cut off by "-"; an
# underscore joins an English verb to a preposition that never leaves it.
VERBS = """
read/read | lesen/liest/gelesen | acc:reading,tale loc? | habit
read/read | lesen/liest/gelesen | acc:text | action
write/wrote | schreiben/schreibt/geschrieben | acc:text | habit
write/wrote | schreiben/schreibt/geschrieben | dat:person acc:text | action
buy/bought | kaufen/kauft/gekauft | acc:food loc:shop? | habit
buy/bought | kaufen/kauft/gekauft | acc:clothes,furniture,device,vehicle,bought,present,pair |
  action
sell/sold | verkaufen/verkauft/verkauft | acc:furniture,device,vehicle,home,present | action
eat/ate | essen/isst/gegessen | acc:food loc? | habit
drink/drank | trinken/trinkt/getrunken | acc:drink loc? | habit
cook/cooked | kochen/kocht/gekocht | acc:cooked | habit
bake/baked | backen/backt/gebacken | acc:baked | habit
see/saw | sehen/sieht/gesehen | acc:people,animal,sight,film | once
visit/visited | besuchen/besucht/besucht | acc:person,family,sight,town | habit
meet/met | treffen/trifft/getroffen | acc:person,family loc? | once
look_for/looked_for | suchen/sucht/gesucht | acc:lost,person,home | action
find/found | finden/findet/gefunden | acc:lost | once
lose/lost | verlieren/verliert/verloren | acc:lost | mishap
forget/forgot | vergessen/vergisst/vergessen | acc:lost,gift | mishap
need/needed | brauchen/braucht/gebraucht |
  acc:clothes,device,furniture,vehicle,lost,aid,money,time,pair | state
open/opened | öffnen/öffnet/geöffnet | acc:openable,text | action
close/closed | schließen/schließt/geschlossen | acc:openable | action
clean/cleaned | putzen/putzt/geputzt | acc:room,pair | habit
wash/washed | waschen/wäscht/gewaschen | acc:washable,dishes | habit
repair/repaired | reparieren/repariert/repariert | acc:broken | action
order/ordered | bestellen/bestellt/bestellt | acc:food,drink loc:eat? | action
pay/paid | bezahlen/bezahlt/bezahlt | acc:bill | action
pick up/picked up | ab-holen/holt/abgeholt | acc:person,family,luggage loc:stop? | action
call/called | an-rufen/ruft/angerufen | acc:person,family | habit
invite/invited | ein-laden/lädt/eingeladen | acc:guest,family,person | once
turn on/turned on | an-machen/macht/angemacht | acc:device | action
turn off/turned off | aus-machen/macht/ausgemacht | acc:device | action
put on/put on | an-ziehen/zieht/angezogen | acc:clothes,pair | action
take off/took off | aus-ziehen/zieht/ausgezogen | acc:clothes,pair | action
bring/brought | mit-bringen/bringt/mitgebracht | acc:food,bought,reading,gift | action
tidy up/tidied up | auf-räumen/räumt/aufgeräumt | acc:room | habit
look_at/looked_at | an-sehen/sieht/angesehen | acc:picture,building | action
wear/wore | tragen/trägt/getragen | acc:clothes,pair | ongoing
carry/carried | tragen/trägt/getragen | acc:luggage dest? | action
learn/learned | lernen/lernt/gelernt | acc:language | habit
hear/heard | hören/hört/gehört | acc:music,animal | once
understand/understood | verstehen/versteht/verstanden |
  acc:question,language,reply,explained,tale | state
answer/answered | beantworten/beantwortet/beantwortet | acc:question,text | action
ask/asked | fragen/fragt/gefragt | acc:person | action
know/knew | kennen/kennt/gekannt | acc:person,tale,town | state
help/helped | helfen/hilft/geholfen | dat:person,family loc:room? | habit
thank/thanked | danken/dankt/gedankt | dat:person,family | action
listen_to/listened_to | zu-hören/hört/zugehört | dat:person | habit
give/gave | geben/gibt/gegeben | dat:person acc:small,present,bought | action
show/showed | zeigen/zeigt/gezeigt | dat:person acc:picture,route,home,sight | action
send/sent | schicken/schickt/geschickt | dat:family acc:text,picture,bought | action
lend/lent | leihen/leiht/geliehen | dat:family,person acc:vehicle,luggage,reading,money,device |
  once
explain/explained | erklären/erklärt/erklärt | acc:explained,route,question to:person | action
tell/told | erzählen/erzählt/erzählt | dat:family,child acc:tale | action
wait/waited | warten/wartet/gewartet | pp:for=auf+acc:transport,person,cab loc:stop? | habit
think/thought | denken/denkt/gedacht | pp:about=an+acc:free,family,exam | habit
talk/talked | sprechen/spricht/gesprochen | pp:with=mit+dat:person,family
  pp?:about=über+acc:topic,film,journey | action
look_after/looked_after | auf-passen/passt/aufgepasst | pp:=auf+acc:child,animal | action
look_forward/looked_forward | sich freuen/freut/gefreut | pp:to=auf+acc:event,free,journey | ongoing
remember/remembered | sich erinnern/erinnert/erinnert | pp:=an+acc:people,tale,journey,event | state
speak/spoke | sprechen/spricht/gesprochen | acc:tongue pp?:with=mit+dat:family,people | habit
learn/learned | lernen/lernt/gelernt | acc:tongue loc:study? | habit
play/played | spielen/spielt/gespielt | play:sport loc:play? | habit
play/played | spielen/spielt/gespielt | pp:with=mit+dat:child,animal loc? | habit
dance/danced | tanzen/tanzt/getanzt | pp:with=mit+dat:family,people | habit
live/lived | wohnen/wohnt/gewohnt | loc:live | state
work/worked | arbeiten/arbeitet/gearbeitet | loc:work | habit
sleep/slept | schlafen/schläft/geschlafen | loc:sleep? | habit
stay/stayed | bleiben/bleibt/geblieben sein | loc:stay | once
go/went | gehen/geht/gegangen sein | dest | habit
drive/drove | fahren/fährt/gefahren sein | dest | habit
fly/flew | fliegen/fliegt/geflogen sein | dest:far | once
travel/travelled | reisen/reist/gereist sein | pp?:with=mit+dat:family dest:far | once
come back/came back | zurück-kommen/kommt/zurückgekommen sein | from:far? | once
arrive/arrived | an-kommen/kommt/angekommen sein | loc:far | event
get up/got up | auf-stehen/steht/aufgestanden sein | - | habit
go shopping/went shopping | ein-kaufen/kauft/eingekauft | pp?:with=mit+dat:family | habit
take/took | nehmen/nimmt/genommen | acc:transport,cab | action
put/put | legen/legt/gelegt | acc:reading,lost,picture on | action
put/put | stellen/stellt/gestellt | acc:dishes on | action
"""

# Done in a moment and soon forgotten: yesterday or at eight, but not last year.
BRIEF = frozenset("""öffnen schließen an-machen aus-machen an-ziehen aus-ziehen legen stellen
essen trinken schlafen
auf-stehen an-rufen beantworten fragen danken bestellen warten auf-räumen putzen waschen an-sehen
zu-hören nehmen tragen vergessen verlieren bezahlen hören ab-holen kochen backen denken auf-passen
geben mit-bringen ein-kaufen tanzen gehen""".replace("-", "").split())
# Their objects are known ones: not "turn off a lamp".
DEFINITE = frozenset("""öffnen schließen anmachen ausmachen ausziehen putzen waschen aufräumen
reparieren beantworten freuen erinnern ansehen erklären zeigen verstehen""".split())
# What one may ask "where?" of; of the others one asks "whither?".
SOMEWHERE = frozenset("""kaufen lesen treffen finden sehen warten bestellen lernen arbeiten spielen
verlieren essen wohnen vergessen bleiben schlafen tanzen""".split())
SOMEWHITHER = frozenset(("gehen", "fahren", "fliegen", "reisen"))

# Verbs that the patterns call by name; their complements are given there.
SPECIAL_VERBS = """
know/knew | wissen/weiß/gewusst | - | state
think/thought | glauben/glaubt/geglaubt | - | state
say/said | sagen/sagt/gesagt | - | state
hope/hoped | hoffen/hofft/gehofft | - | state
hear/heard | hören/hört/gehört | - | state
ask/asked | fragen/fragt/gefragt | - | state
like/liked | gefallen/gefällt/gefallen | - | state
like/liked | mögen/mag/gemocht | - | state
belong_to/belonged_to | gehören/gehört/gehört | - | state
taste/tasted | schmecken/schmeckt/geschmeckt | - | state
cost/cost | kosten/kostet/gekostet | - | state
take/took | dauern/dauert/gedauert | - | state
begin/began | an-fangen/fängt/angefangen | - | state
end/ended | enden/endet/geendet | - | state
take_place/took_place | statt-finden/findet/stattgefunden | - | state
leave/left | ab-fahren/fährt/abgefahren sein | - | state
arrive/arrived | an-kommen/kommt/angekommen sein | - | state
open/opened | auf-machen/macht/aufgemacht | - | state
close/closed | zu-machen/macht/zugemacht | - | state
come/came | kommen/kommt/gekommen sein | - | state
rain/rained | regnen/regnet/geregnet | - | ongoing
snow/snowed | schneien/schneit/geschneit | - | ongoing
lie/lay | liegen/liegt/gelegen | - | ongoing
stand/stood | stehen/steht/gestanden | - | ongoing
hang/hung | hängen/hängt/gehangen | - | ongoing
"""

PLACES = """
kitchen in=in+dat into=in+acc
garden in=in+dat into=in+acc
living_room in=in+dat into=in+acc
school at=in+dat to=in+acc
station at=an+dat to=zu+dat
museum in=in+dat to=in+acc
market at=auf+dat to=auf+acc
church in=in+dat to=in+acc
park in=in+dat to=in+acc
hotel at=in+dat to=zu+dat
restaurant in=in+dat to=in+acc
theatre at=in+dat to=in+acc
cinema at=in+dat to=in+acc
library in=in+dat to=in+acc
bakery in=in+dat to=zu+dat
supermarket in=in+dat to=in+acc
hospital in=in+dat to=in+acc
airport at=an+dat to=zu+dat
office in=in+dat to=in+acc
bank in=in+dat to=zu+dat
post_office at=bei+dat to=zu+dat
pharmacy in=in+dat to=zu+dat
lake at=an+dat to=an+acc
beach on=an+dat to=an+acc
forest in=in+dat into=in+acc
village in=in+dat to=in+acc
city in=in+dat into=in+acc
house in=in+dat into=in+acc
bed in=in+dat to=in+acc
"""

# Which places suit which slot; "home" and "work" stand for the fixed phrases at home, at work.
PLACE_GROUPS = {
    "": "home garden kitchen living_room park office hotel library restaurant beach lake forest",
    "shop": "supermarket market bakery",
    "eat": "restaurant hotel",
    "stop": "station airport hotel school",
    "live": "TOWN TOWN village city house hotel COUNTRY",
    "work": "TOWN hospital office school bank restaurant hotel library bakery supermarket home",
    "sleep": "home hotel bed garden living_room beach",
    "stay": "home TOWN bed hotel hospital office COUNTRY",
    "far": "TOWN TOWN COUNTRY",
    "study": "school home library",
    "play": "park garden school beach forest home",
    "room": "kitchen garden office",
    "dest": "home home work school station museum market church park hotel restaurant theatre "
            "cinema library bakery supermarket hospital airport office bank post_office pharmacy "
            "lake beach forest village city kitchen garden TOWN",
    "carry": "kitchen garden living_room house station hotel",
    "drive": "home work station museum market hospital airport office lake beach city village "
             "supermarket TOWN TOWN COUNTRY",
}

TOWNS = {"Berlin": "Berlin", "Hamburg": "Hamburg", "Munich": "München", "Vienna": "Wien",
         "Cologne": "Köln", "Rome": "Rom", "London": "London", "Paris": "Paris"}
# The Swiss keep their article: in die Schweiz, aus der Schweiz.
COUNTRIES = {"Germany": "Deutschland", "Italy": "Italien", "Austria": "Österreich",
             "Switzerland": "die Schweiz"}
WOMEN = ("Anna", "Lena", "Maria", "Julia", "Sophie")
MEN = ("Paul", "Peter", "Jan", "David", "Martin")
SURNAMES = ("Weber", "Schmidt", "Meyer", "Wagner")
