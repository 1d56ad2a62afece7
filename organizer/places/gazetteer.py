"""The cities of the world, offline: search while typing, find for imports, nearest to a point.

Data: GeoNames, CC BY 4.0 (`data/README.md`). The list is read from a small SQLite index which is made once in the
folder given to `use_folder`; where that is impossible (no folder, read-only disk) it lives in this process' memory.
"""

import os
import sqlite3
import subprocess
import threading
from dataclasses import dataclass
from math import cos, log10, pi, radians, sqrt
from pathlib import Path
from typing import Any

import structlog
from babel import Locale
from babel.core import get_global

from . import countries
from .distance import kilometres
from .gazetteer_file import fill, make_index_apart
from .names import fold
from .regions import region_keys

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class City:
    """A city or town. `id` is GeoNames' number; `admin` the name of its state, "" where nobody writes one."""

    id: int
    name: str
    country: str
    admin: str
    latitude: float
    longitude: float
    zone: str
    population: int
    bulgarian: str = ""


@dataclass(frozen=True)
class Candidate:
    """A city with what is needed to rank and to filter it."""

    city: City
    region: str
    keys: tuple[str, ...]
    rank: int

    def is_in(self, place: str, country: str | None) -> bool:
        """Whether the folded `place` (perhaps not yet typed to its end) names the city's state or country."""
        city = self.city
        if country == city.country or place in region_keys(city.country, self.region, city.admin):
            return True
        names = (city.admin, countries.display_name(city.country), countries.display_name(city.country, "bg"))
        return any(fold(name).startswith(place) for name in names if name)


class _Index:
    """The open index of this process; opened again after a fork, since SQLite connections do not survive one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._opened: tuple[int, sqlite3.Connection] | None = None

    def use_folder(self, folder: Path | None) -> None:
        with self._lock:
            self._folder, self._opened = folder, None

    def prepare(self) -> None:
        if self._folder is not None:
            make_index_apart(self._folder)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                self._opened = (os.getpid(), self._open())
            return self._opened[1].execute(statement, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        if self._folder is not None:
            try:
                path = make_index_apart(self._folder)
                return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
            except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
                _log.warning("cities are kept in memory", folder=str(self._folder), reason=str(error))
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        fill(connection)
        return connection


_index = _Index()


def use_folder(folder: Path | None) -> None:
    """Keep the index in `folder` (a cache: it may be deleted at any time the server is down); None: in memory."""
    _index.use_folder(folder)


def prepare() -> None:
    """Make the index in the folder now if it is missing. Raises OSError or subprocess.SubprocessError."""
    _index.prepare()


def _candidate(row: tuple[Any, ...]) -> Candidate:
    return Candidate(City(*row[:9]), row[9], tuple(row[10].split("|")), row[11])


def by_id(id: int) -> City | None:
    """The city with GeoNames' number `id`."""
    rows = _index.rows("SELECT * FROM candidate WHERE id = ?", id)
    return _candidate(rows[0]).city if rows else None


def spelled(key: str, country: str | None = None) -> list[Candidate]:
    """The cities with exactly the folded spelling `key`: by main name first, then by population."""
    return [
        _candidate(row)
        for row in _index.rows(
            "SELECT candidate.* FROM spelling JOIN candidate USING (rank) WHERE key = ? AND (? IS NULL OR country = ?) "
            "ORDER BY main DESC, candidate.rank",
            key,
            country,
            country,
        )
    ]


def starting_with(key: str, country: str) -> list[Candidate]:
    """The cities of `country` one of whose spellings goes on after the folded word or words `key`, largest first."""
    return [
        _candidate(row)
        for row in _index.rows(
            "SELECT DISTINCT candidate.* FROM spelling JOIN candidate USING (rank) "
            "WHERE key >= ? AND key < ? AND country = ? ORDER BY candidate.rank LIMIT 20",
            f"{key} ",
            f"{key}!",
            country,
        )
    ]


def cities_in(country: str, region: str | None = None) -> list[Candidate]:
    """All cities of a country, or of one of its regions by GeoNames' code, largest first."""
    return [
        _candidate(row)
        for row in _index.rows(
            "SELECT * FROM candidate WHERE country = ? AND (? IS NULL OR region = ?) ORDER BY candidate.rank",
            country,
            region,
            region,
        )
    ]


def _with_words(key: str, limit: int, country: str | None) -> list[Candidate]:
    """The largest cities with all words of `key` in their spellings, the last word perhaps not typed to its end."""
    match = " ".join(f'"{word}"' for word in key.split()) + "*"
    return [
        _candidate(row)
        for row in _index.rows(
            "SELECT candidate.* FROM word JOIN candidate ON candidate.rank = word.rowid "
            "WHERE word MATCH ? AND (? IS NULL OR country = ?) ORDER BY word.rowid LIMIT ?",
            match,
            country,
            country,
            limit,
        )
    ]


def weight(candidate: Candidate, key: str) -> float:
    """How likely `candidate` is meant by the folded text `key`: tenfold population counts one point."""
    first = candidate.keys[0]
    if key in candidate.keys:
        likeness = 2.5 if key == first else 2.0
    elif first.startswith(key):
        likeness = 2.0
    elif any(other.startswith(key) for other in candidate.keys):
        likeness = 0.8
    else:
        likeness = 0.0 if f" {key}" in first else -1.5
    return likeness + log10(candidate.city.population + 10)


def search(text: str, limit: int = 10, country: str | None = None) -> list[City]:
    """The cities that somebody typing `text` may mean, likeliest first; "Plovdiv, Bulgaria" and "Portland OR" work.

    `country` (ISO code) keeps to one country. Empty text finds nothing.
    """
    parts = [key for part in text[:100].split(",") if (key := fold(part))]
    if not parts:
        return []
    attempts = [(parts[0], parts[1:])]
    words = parts[0].split()
    attempts += [(" ".join(words[:cut]), [" ".join(words[cut:]), *parts[1:]]) for cut in range(len(words) - 1, 0, -1)]
    for key, texts in attempts:
        places = [(text, countries.code_of(text, widely=False)) for text in texts]
        found = _with_words(key, 400 if places else 60, country) + spelled(key, country)
        fitting = {c.city.id: c for c in found if all(c.is_in(*place) for place in places)}
        if fitting:
            ranked = sorted(fitting.values(), key=lambda candidate: -weight(candidate, key))
            return [candidate.city for candidate in ranked[:limit]]
    return []


def nearest(latitude: float, longitude: float, max_km: float = 30.0) -> City | None:
    """The city that a point belongs to: the one whose edge is nearest, if that is within `max_km` (great circle).

    Counting from the edge keeps Westminster in London and a suburb of its own in itself. A city's radius is taken as
    that of a disk with 3,000 people per km².
    """
    reach = max_km + _radius(30_000_000)
    high = reach / 111.2
    wide = min(high / cos(radians(min(abs(latitude) + high, 89.9))), 180.0)
    rows: list[tuple[Any, ...]] = []
    for west, east in _spans(longitude - wide, longitude + wide):
        rows += _index.rows(
            "SELECT rank, latitude, longitude, population FROM city "
            "WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ?",
            latitude - high,
            latitude + high,
            west,
            east,
        )
    edges = ((kilometres(latitude, longitude, row[1], row[2]) - _radius(row[3]), row[0]) for row in rows)
    distance, rank = min(edges, default=(max_km + 1, 0))
    if distance > max_km:
        return None
    return _candidate(_index.rows("SELECT * FROM candidate WHERE rank = ?", rank)[0]).city


def largest_in(box: tuple[float, float, float, float], limit: int) -> list[City]:
    """The largest cities of a box (west, south, east, north; west > east crosses the antimeridian), largest first."""
    west, south, east, north = box
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rows: list[tuple[Any, ...]] = []
    for low, high in spans:
        rows += _index.rows(
            "SELECT * FROM candidate WHERE latitude BETWEEN ? AND ? AND longitude BETWEEN ? AND ? ORDER BY rank LIMIT ?",
            south,
            north,
            low,
            high,
            limit,
        )
    return [_candidate(row).city for row in sorted(rows, key=lambda row: int(row[11]))[:limit]]


def is_near(city: City, latitude: float, longitude: float, max_km: float = 30.0) -> bool:
    """Whether a point lies in `city` or within `max_km` of its edge (see `nearest`)."""
    return kilometres(latitude, longitude, city.latitude, city.longitude) - _radius(city.population) <= max_km


def _radius(people: int) -> float:
    return sqrt(people / (3000 * pi))


def _spans(west: float, east: float) -> list[tuple[float, float]]:
    """A range of longitudes as one or two ranges within -180…180."""
    if east - west >= 360:
        return [(-180.0, 180.0)]
    if west < -180:
        return [(west + 360, 180.0), (-180.0, east)]
    if east > 180:
        return [(west, 180.0), (-180.0, east - 360)]
    return [(west, east)]


def localized_name(city: City, locale: str | Locale) -> str:
    """The city's name as written in `locale` where we surely know it, else its usual Latin name."""
    known = locale if isinstance(locale, Locale) else Locale.parse(locale.replace("-", "_"))
    # CLDR names the city after which a zone is called ("Europe/Paris") in every language.
    if city.zone.rpartition("/")[2].replace("_", " ") == city.name:
        names = [city.zone, *(old for old, new in get_global("zone_aliases").items() if new == city.zone)]
        known_as = (known.time_zones.get(zone, {}).get("city") for zone in names)
        if name := next((name for name in known_as if isinstance(name, str)), ""):
            return name
    return city.bulgarian if known.language == "bg" and city.bulgarian else city.name


def label(city: City, locale: str | Locale = "en") -> str:
    """The city so that nobody takes it for another: "Portland, Oregon, United States", "София, България"."""
    parts = [localized_name(city, locale), city.admin, countries.display_name(city.country, locale)]
    return ", ".join(part for part in parts if part)
