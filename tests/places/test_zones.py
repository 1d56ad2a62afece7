"""Zones of points, distances."""

import pytest

from organizer.places.distance import kilometres
from organizer.places.zones import is_zone, zone_at


@pytest.mark.parametrize(
    ("point", "zone"),
    [
        ((42.7, 23.3), "Europe/Sofia"),
        ((40.7, -74.0), "America/New_York"),
        ((27.7, 85.3), "Asia/Kathmandu"),
        ((31.8, 35.2), "Asia/Jerusalem"),
        ((-43.9, -176.5), "Pacific/Chatham"),
    ],
)
def test_zone_at(point: tuple[float, float], zone: str) -> None:
    assert zone_at(*point) == zone


@pytest.mark.parametrize("point", [(0, 0), (90, 0), (-90, 180), (0, -180), (0, 180), (60, -30), (10, -170)])
def test_there_is_a_zone_everywhere(point: tuple[float, float]) -> None:
    assert is_zone(zone_at(*point))


def test_no_zone_off_the_earth() -> None:
    with pytest.raises(ValueError, match="not a point"):
        zone_at(91, 0)


def test_a_zone_is_no_path() -> None:
    assert not is_zone("../../etc/passwd")
    assert not is_zone("")
    assert not is_zone("Europe/Atlantis")


def test_kilometres() -> None:
    assert kilometres(42.7, 23.32, 42.15, 24.75) == pytest.approx(132, abs=2)
    assert kilometres(0, 179.9, 0, -179.9) == pytest.approx(22.2, abs=0.1)
    assert kilometres(0, 0, 0, 180) == pytest.approx(20015, abs=1)
