"""What city a typed text means."""

import pytest

from organizer.places import gazetteer
from organizer.places.finding import find, look_up


@pytest.mark.parametrize(
    ("city", "country", "expected"),
    [
        ("Dallas, TX", "U.S.A.", "Dallas, Texas, United States"),
        ("St. Louis, MO", "U.S.A.", "St. Louis, Missouri, United States"),
        ("St. Augustine, FL", "U.S.A.", "Saint Augustine, Florida, United States"),
        ("Bangalore", "India", "Bengaluru, India"),
        ("Bengaluru", "India", "Bengaluru, India"),
        ("Cologne", "Germany", "Köln, Germany"),
        ("Zürich", "Switzerland", "Zürich, Switzerland"),
        ("New York City", None, "New York City, New York, United States"),
        ("New York, NY", "U.S.A.", "New York City, New York, United States"),
        ("Washington, DC", "U.S.A.", "Washington, District of Columbia, United States"),
        ("San Francisco Bay Area", "USA", "San Francisco, California, United States"),
        ("Waterloo, ON", "U.S.A.", "Waterloo, Ontario, Canada"),
        ("Waterloo", "Canada", "Waterloo, Ontario, Canada"),
        ("Desenzano del Garda (BS)", "Italy", "Desenzano del Garda, Italy"),
        ("Desenzano", "Italy", "Desenzano del Garda, Italy"),
        ("Clear Water, FL", "U.S.A.", "Clearwater, Florida, United States"),
        ("Wuerzburg", "Germany", "Würzburg, Germany"),
        ("s-Hertogenbosch", "Netherlands", "'s-Hertogenbosch, Netherlands"),
        ("Newcastle", "Australia", "Newcastle, New South Wales, Australia"),
        ("Edinburgh", "Scotland", "Edinburgh, Scotland, United Kingdom"),
        ("Perth, Scotland", None, "Perth, Scotland, United Kingdom"),
        ("Пловдив", "България", "Plovdiv, Bulgaria"),
        ("Plovdiv, Bulgaria", None, "Plovdiv, Bulgaria"),
        ("Raleigh-Durham, NC", "U.S.A.", "Raleigh, North Carolina, United States"),
        ("Tamraght, Agadir", "Morocco", "Agadir, Morocco"),
        ("Philadelpia, PA", "U.S.A.", "Philadelphia, Pennsylvania, United States"),
    ],
)
def test_find(city: str, country: str | None, expected: str) -> None:
    found = find(city, country)
    assert found is not None
    assert gazetteer.label(found) == expected


@pytest.mark.parametrize(
    ("city", "country"),
    [
        ("", "Bulgaria"),
        ("Porto de Galinhas", "Brazil"),
        ("Texas, IL", "U.S.A."),
        ("Online", ""),
        ("?!", "?"),
        ("TBA", ""),
    ],
)
def test_what_is_no_city_is_not_guessed(city: str, country: str) -> None:
    assert find(city, country) is None


def test_namesakes_are_told() -> None:
    springfield = look_up("Springfield")
    assert springfield.city is not None
    assert len(springfield.rivals) >= 2
    assert look_up("Paris").rivals == ()
    assert look_up("Springfield, IL").rivals == ()


def test_a_guessed_spelling_is_not_sure() -> None:
    assert not look_up("Philadelpia, PA", "U.S.A.").sure
    assert look_up("Philadelphia, PA", "U.S.A.").sure
