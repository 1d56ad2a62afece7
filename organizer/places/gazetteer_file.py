"""The shipped list of cities, and the read-only SQLite index that a server makes of it at first use."""

import fcntl
import hashlib
import itertools
import lzma
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .names import fold
from .regions import region_name
from .zones import zone_at

SOURCE = Path(__file__).parent / "data" / "cities.txt.xz"
COLUMN_SEPARATOR = "\x1e"
FORMAT = "organizer-cities 1"
_INDEX_VERSION = 1

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE city (
    rank INTEGER PRIMARY KEY, id INTEGER NOT NULL, name TEXT NOT NULL, bulgarian TEXT NOT NULL, country TEXT NOT NULL,
    region TEXT NOT NULL, admin TEXT NOT NULL, latitude REAL NOT NULL, longitude REAL NOT NULL,
    population INTEGER NOT NULL, zone TEXT NOT NULL, keys TEXT NOT NULL
);
CREATE TABLE spelling (key TEXT NOT NULL, rank INTEGER NOT NULL, main INTEGER NOT NULL, PRIMARY KEY (key, rank))
    WITHOUT ROWID;
CREATE VIRTUAL TABLE word
    USING fts5(spellings, content='', columnsize=0, detail=none, prefix='1 2 3', tokenize='unicode61');
CREATE VIEW candidate AS
    SELECT id, name, country, admin, latitude, longitude, zone, population, bulgarian, region, keys, rank FROM city;
"""


class Row(NamedTuple):
    """One city of the shipped list."""

    id: int
    name: str
    others: list[str]
    bulgarian: str
    country: str
    region: str
    admin: str
    latitude: float
    longitude: float
    population: int
    zone: str


def read_cities(source: Path = SOURCE) -> Iterator[Row]:
    """Yield the shipped cities. Raises ValueError if the file is of another format."""
    head, *columns = lzma.decompress(source.read_bytes()).decode().split(COLUMN_SEPARATOR)
    if head != FORMAT:
        raise ValueError(f"{source} is {head[:40]!r}, not {FORMAT!r}")
    numbers, names, others, bulgarian, countries, codes, latitudes, longitudes, people, zones = (
        column.split("\n") for column in columns
    )
    for number, latitude, longitude, name, spellings, bg, country, code, population, zone in zip(
        itertools.accumulate(map(int, numbers)),
        (thousandths / 1000 for thousandths in itertools.accumulate(map(int, latitudes))),
        (thousandths / 1000 for thousandths in itertools.accumulate(map(int, longitudes))),
        names,
        others,
        bulgarian,
        countries,
        codes,
        people,
        zones,
        strict=True,
    ):
        yield Row(
            number,
            name,
            spellings.split("|") if spellings else [],
            bg,
            country,
            code,
            region_name(country, code),
            latitude,
            longitude,
            int(population),
            zone or zone_at(latitude, longitude),
        )


def fill(connection: sqlite3.Connection) -> None:
    """Write the whole index into an empty database. A city's rank is its place by population: 1 is the largest."""
    connection.executescript(_SCHEMA)
    connection.execute("BEGIN")
    for rank, row in enumerate(sorted(read_cities(), key=lambda row: (-row.population, row.id)), 1):
        keys = list(dict.fromkeys(key for text in (row.name, row.bulgarian, *row.others) if (key := fold(text))))
        connection.execute(
            "INSERT INTO city VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(rank, row.id, row.name, row.bulgarian, row.country, row.region, row.admin),
                *(row.latitude, row.longitude, row.population, row.zone, "|".join(keys)),
            ),
        )
        connection.executemany(
            "INSERT INTO spelling VALUES (?, ?, ?)", [(key, rank, place == 0) for place, key in enumerate(keys)]
        )
        connection.execute("INSERT INTO word (rowid, spellings) VALUES (?, ?)", (rank, " ".join(keys)))
    connection.execute("CREATE INDEX city_id ON city (id)")
    connection.execute("CREATE INDEX city_place ON city (latitude, longitude, population)")
    connection.execute("CREATE INDEX city_region ON city (country, region)")
    connection.execute("COMMIT")


def index_path(folder: Path) -> Path:
    """Where the index of the shipped list stands in `folder`; another list or layout has another name."""
    digest = hashlib.sha256(SOURCE.read_bytes() + bytes([_INDEX_VERSION])).hexdigest()[:12]
    return folder / f"cities-{digest}.db"


def make_index_apart(folder: Path) -> Path:
    """As `make_index`, in a process of its own, so that a server does not keep the 90 MiB which the making needs.

    Raises subprocess.SubprocessError besides what `make_index` raises.
    """
    target = index_path(folder)
    if not target.exists():
        code = "import sys; from pathlib import Path; from organizer.places import gazetteer_file as file"
        code += "; file.make_index(Path(sys.argv[1]))"
        command = [sys.executable, "-c", code, str(folder)]
        subprocess.run(command, check=True, timeout=60, stdin=subprocess.DEVNULL)  # noqa: S603 - our own words only
    return target


def make_index(folder: Path) -> Path:
    """Return the index in `folder`, made now if it is missing. Never half-made, whoever else makes it meanwhile.

    Raises OSError or sqlite3.Error when the folder cannot be written.
    """
    target = index_path(folder)
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        if not target.exists():
            _make(target)
    for old in folder.glob("cities-*.db"):
        if old != target:
            old.unlink(missing_ok=True)
    return target


def _make(target: Path) -> None:
    handle, draft = tempfile.mkstemp(prefix=".cities-", suffix=".tmp", dir=target.parent)
    os.close(handle)
    try:
        connection = sqlite3.connect(draft, isolation_level=None)
        try:
            fill(connection)
        finally:
            connection.close()
        os.replace(draft, target)
    finally:
        Path(draft).unlink(missing_ok=True)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Let processes that start together wait for the first instead of all doing the same work."""
    with (folder / ".cities.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
