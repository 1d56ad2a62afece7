"""What the demo community does: meetings at real places, days counted from today."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.rsvps.rules import USUAL, Mode, Queue, Rules

NAME = "Sofia Photo Walks"
ABOUT = """We walk, we look, we take pictures, and afterwards we sit down and show them to each other.

**Everybody is welcome**: phone, film or a big camera, first frame or ten-thousandth. Walks are free, two to three hours \
long, and end in a café. We began in Sofia and have friends with walks of their own in a dozen cities.

- Bring water, good shoes and one lens.
- Ask before you take somebody's portrait.
- Share two pictures afterwards, not two hundred.
"""

WALK = """We meet at **{place}** and walk slowly for about two hours. A small theme for each half hour helps the eye: \
*lines*, *reflections*, *hands*, *waiting*.

Afterwards we sit down nearby and look at each other's two best frames.

- The walk is about 4 km, mostly flat.
- Rain is no reason to stay at home: wet streets are the best streets.
- You may bring a friend.
"""
NIGHT = """Long exposures, neon and the last trams. We meet at **{place}** at dusk.

Bring something to hold the camera still: a tripod, a railing, a patient friend. If you have never taken a picture at \
night, come half an hour earlier; somebody will show you how.
"""
TALK = """An evening indoors at **{place}**. Two short talks, then prints on the table: bring up to five of your own, \
any size.

There is tea. There is room for a wheelchair; the door is on the courtyard side.
"""
ONLINE = """Forty minutes, one picture each. We look at every picture for three minutes and say first what we *see*, then \
what we would *try*. The link opens ten minutes earlier.
"""


SUPPER = """One long table, a projector, and soup for everybody. Bring ten slides and the story of one of them; who has no \
slides brings bread.

It is at my home, so only those who are going see the address. Third floor, no lift, one friendly dog.
"""


@dataclass(frozen=True)
class Place:
    """A real place."""

    name: str
    address: str
    city: str
    country: str
    latitude: float
    longitude: float


SINGERS = Place("Singers' Bridge fountain", "bul. Vitosha 1", "Sofia", "BG", 42.6959, 23.3215)
DOCTORS = Place("Doctors' Garden", "ul. Oborishte", "Sofia", "BG", 42.6969, 23.3411)
WOMENS = Place("Women's Market", "bul. Stefan Stambolov", "Sofia", "BG", 42.7043, 23.3186)
PALACE = Place("National Palace of Culture", "pl. Bulgaria 1", "Sofia", "BG", 42.6848, 23.3190)
BORISOVA = Place("Eagles' Bridge", "bul. Tsar Osvoboditel", "Sofia", "BG", 42.6908, 23.3375)
STUDIO = Place("Studio Svetlina", "ul. Tsar Shishman 27", "Sofia", "BG", 42.6916, 23.3304)
HOME = Place("Mira's kitchen", "ul. Krakra 21, ap. 7", "Sofia", "BG", 42.6937, 23.3421)
VITOSHA = Place("Aleko hut", "Vitosha", "Sofia", "BG", 42.5823, 23.2913)
PLOVDIV = Place("Dzhumaya Mosque", "pl. Dzhumaya", "Plovdiv", "BG", 42.1477, 24.7480)
VARNA = Place("Sea Garden, main entrance", "bul. Primorski", "Varna", "BG", 43.2043, 27.9186)
BELGRADE = Place("Terazije fountain", "Terazije", "Belgrade", "RS", 44.8131, 20.4603)
BUCHAREST = Place("Cișmigiu, north gate", "Bd. Regina Elisabeta", "Bucharest", "RO", 44.4364, 26.0910)
VIENNA = Place("Naschmarkt, gate 1", "Linke Wienzeile", "Vienna", "AT", 48.1990, 16.3645)
BERLIN = Place("Oberbaumbrücke", "Warschauer Straße", "Berlin", "DE", 52.5019, 13.4455)
KRAKOW = Place("Plac Nowy", "Kazimierz", "Kraków", "PL", 50.0519, 19.9449)
LISBON = Place("Miradouro da Graça", "Largo da Graça", "Lisbon", "PT", 38.7164, -9.1316)
SALONICA = Place("White Tower", "Leof. Nikis", "Thessaloníki", "GR", 40.6264, 22.9484)
LJUBLJANA = Place("Dragon Bridge", "Resljeva cesta", "Ljubljana", "SI", 46.0520, 14.5104)


HELD, ASKED, EARLY = Rules(queue=Queue.OFFER), Rules(mode=Mode.APPROVAL), Rules(ask_hours=96)


@dataclass(frozen=True)
class Meeting:
    """One event of the story. `day` counts from today, `hour` is of the place's clock; `fill` is the share of places taken."""

    title: str
    day: int
    hour: int
    place: Place | None
    tags: tuple[str, ...]
    text: str = WALK
    hours: float = 2.5
    capacity: int | None = None
    fill: float = 0.5
    kind: str = "published"  # draft, cancelled, members, online, at home
    rules: Rules = USUAL


MEETINGS = (
    Meeting("First frost in the Doctors' Garden", -118, 10, DOCTORS, ("walk", "nature"), capacity=20, fill=0.8),
    Meeting("Trams of Sofia", -104, 17, SINGERS, ("walk", "street"), capacity=25, fill=0.9),
    Meeting("Portraits at the Women's Market", -90, 11, WOMENS, ("walk", "portraits"), capacity=15, fill=1.0),
    Meeting("Plovdiv: the Kapana quarter", -76, 11, PLOVDIV, ("walk", "street"), capacity=30, fill=0.6),
    Meeting("Prints on the table", -62, 19, STUDIO, ("talk", "prints"), TALK, 2, 24, 0.9),
    Meeting("Berlin: bridges at dusk", -48, 19, BERLIN, ("walk", "night"), NIGHT, 2.5, 20, 0.7),
    Meeting("Fog over Vitosha", -34, 8, VITOSHA, ("walk", "nature"), hours=5, capacity=18, fill=0.9),
    Meeting("Neon and last trams", -20, 20, PALACE, ("walk", "night"), NIGHT, 2.5, 20, 1.0),
    Meeting("Lines and shadows in Vienna", -13, 14, VIENNA, ("walk", "architecture"), capacity=25, fill=0.5),
    Meeting("Coffee, cameras and a short walk", -6, 10, STUDIO, ("walk", "beginners"), capacity=20, fill=0.8),
    Meeting("Golden hour at the Eagles' Bridge", 0, 18, BORISOVA, ("walk", "street"), capacity=25, fill=0.7),
    Meeting(
        "Winter light: a walk for beginners", 3, 10, DOCTORS, ("walk", "beginners"), capacity=12, fill=1.4, rules=EARLY
    ),
    Meeting("Prints on the table: black and white", 6, 19, STUDIO, ("talk", "prints"), TALK, 2, 24, 0.6),
    Meeting("One picture each", 8, 20, None, ("online", "feedback"), ONLINE, 1, None, 0.2, "online"),
    Meeting(
        "Night walk around the Palace of Culture", 10, 18, PALACE, ("walk", "night"), NIGHT, 2.5, 20, 0.9, rules=HELD
    ),
    Meeting("Kraków: Kazimierz in the morning", 12, 9, KRAKOW, ("walk", "street"), capacity=20, fill=0.3),
    Meeting("Belgrade: rain or shine", 13, 11, BELGRADE, ("walk", "street"), capacity=30, fill=0.4),
    Meeting("Plovdiv: the seven hills", 17, 10, PLOVDIV, ("walk", "architecture"), hours=4, capacity=25, fill=0.5),
    Meeting("Members' darkroom evening", 20, 19, STUDIO, ("film", "workshop"), TALK, 3, 8, 0.8, "members"),
    Meeting("Bucharest: courtyards and passages", 24, 11, BUCHAREST, ("walk", "architecture"), capacity=25, fill=0.2),
    Meeting(
        "Thessaloníki: harbour and arcades", 27, 10, SALONICA, ("walk", "street"), capacity=25, fill=0.3, rules=ASKED
    ),
    Meeting("Snow on Vitosha", 31, 9, VITOSHA, ("walk", "nature"), hours=5, capacity=18, fill=0.7, kind="cancelled"),
    Meeting("Lisbon: hills and tiles", 38, 10, LISBON, ("walk", "architecture"), capacity=20, fill=0.2),
    Meeting("Ljubljana: along the river", 45, 10, LJUBLJANA, ("walk", "nature"), capacity=None, fill=0.1),
    Meeting("Varna: the sea in winter", 52, 9, VARNA, ("walk", "nature"), capacity=30, fill=0.1),
    Meeting("Spring exhibition: choosing the pictures", 59, 18, STUDIO, ("talk",), TALK, 2, 20, 0, "draft"),
    Meeting("Slides and soup", 15, 19, HOME, ("talk", "film"), SUPPER, 3, 8, 0.7, "at home"),
)
REASON = "The road to the hut is closed after the storm. We will try again in spring."
ASKING = "Prints on the table: black and white"  # its hosts ask something
