"""Searching cities while typing, names in other languages, the city of a point, and the index behind it."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from organizer.places import gazetteer, gazetteer_file
from organizer.places.zones import is_zone


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("plov", "Plovdiv, Bulgaria"),
        ("Пловд", "Plovdiv, Bulgaria"),
        ("СОФИЯ", "Sofia, Bulgaria"),
        ("zurich", "Zürich, Switzerland"),
        ("Zür", "Zürich, Switzerland"),
        ("sao pa", "São Paulo, Brazil"),
        ("cologne", "Köln, Germany"),
        ("Plovdiv, Bulgaria", "Plovdiv, Bulgaria"),
        ("Пловдив, Бълг", "Plovdiv, Bulgaria"),
        ("Portland, OR", "Portland, Oregon, United States"),
        ("Portland, Maine", "Portland, Maine, United States"),
        ("portland or", "Portland, Oregon, United States"),
        ("Paris", "Paris, France"),
        ("Paris, Texas", "Paris, Texas, United States"),
        ("London, ON", "London, Ontario, Canada"),
        ("york", "New York City, New York, United States"),
        ("nyc", "New York City, New York, United States"),
        ("東京", "Tokyo, Japan"),
        ("Αθήνα", "Athens, Greece"),
        ("veliko tarnovo", "Veliko Tŭrnovo, Bulgaria"),
    ],
)
def test_search_finds_first_what_is_meant(typed: str, expected: str) -> None:
    assert gazetteer.label(gazetteer.search(typed)[0]) == expected


@pytest.mark.parametrize("typed", ["", " ", ",", "'", '"', "* OR", "xqzzv", "a" * 5000, "\x00", "NEAR(", "софия: -"])
def test_search_takes_anything(typed: str) -> None:
    assert len(gazetteer.search(typed)) <= 10


def test_search_keeps_to_a_country_and_a_limit() -> None:
    found = gazetteer.search("s", limit=3, country="BG")
    assert found[0].name == "Sofia"
    assert {city.country for city in found} == {"BG"}
    assert len(found) == 3


def test_by_id() -> None:
    sofia = gazetteer.by_id(727011)
    assert sofia is not None
    assert (sofia.name, sofia.country, sofia.zone, sofia.bulgarian) == ("Sofia", "BG", "Europe/Sofia", "София")
    assert gazetteer.by_id(-1) is None


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ((42.70, 23.30), "Sofia"),
        ((51.5, -0.12), "London"),
        ((51.80, -1.25), "Oxford"),
        ((42.14, 24.75), "Plovdiv"),
        ((-18.14, 178.44), "Suva"),
        ((-16.78, -179.99), "Savusavu"),
        ((0, 0), None),
        ((89.9, 0), None),
        ((-90, 180), None),
    ],
)
def test_nearest(point: tuple[float, float], name: str | None) -> None:
    city = gazetteer.nearest(*point, max_km=80)
    assert (city and city.name) == name


@pytest.mark.parametrize(
    ("name", "bulgarian"),
    [("Paris", "Париж"), ("Kyiv", "Киев"), ("Plovdiv", "Пловдив"), ("Moscow", "Москва"), ("Nesebar", "Несебър")],
)
def test_names_in_bulgarian(name: str, bulgarian: str) -> None:
    assert gazetteer.localized_name(gazetteer.search(name)[0], "bg") == bulgarian


def test_every_town_of_bulgaria_but_few_has_its_bulgarian_name() -> None:
    towns = gazetteer.cities_in("BG")
    assert sum(bool(town.city.bulgarian) for town in towns) >= 0.97 * len(towns)


def test_every_city_is_on_earth_in_a_known_zone_under_one_number() -> None:
    rows = list(gazetteer_file.read_cities())
    assert len(rows) == len({row.id for row in rows}) > 60_000
    assert all(is_zone(zone) for zone in {row.zone for row in rows})
    assert all(-90 <= row.latitude <= 90 and -180 <= row.longitude <= 180 for row in rows)


def test_the_shipped_file_stays_small() -> None:
    assert gazetteer_file.SOURCE.stat().st_size < 1_300_000


def test_the_index_replaces_older_ones_and_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "cities-old.db").touch()
    path = gazetteer_file.make_index(tmp_path)
    assert [file.name for file in tmp_path.iterdir() if file.name != ".cities.lock"] == [path.name]
    made = os.stat(path).st_mtime_ns
    assert gazetteer_file.make_index(tmp_path) == path
    assert os.stat(path).st_mtime_ns == made
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_without_a_folder_that_can_be_written_the_index_lives_in_memory(cities: Path) -> None:
    try:
        gazetteer.use_folder(Path("/proc/nowhere"))
        assert gazetteer.search("plovdiv")[0].name == "Plovdiv"
    finally:
        gazetteer.use_folder(cities)


def test_processes_that_start_together_make_one_index(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        paths = set(pool.map(lambda _: gazetteer_file.make_index_apart(tmp_path), range(3)))
    assert len(paths) == 1
    assert {file.name for file in tmp_path.iterdir()} == {".cities.lock", *(path.name for path in paths)}
