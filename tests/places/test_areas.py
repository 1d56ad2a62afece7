"""Areas: the place itself is always in the circle, and asking again changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from organizer.places.areas import RADIUS_M, is_middle, middle
from organizer.places.distance import kilometres

latitudes, longitudes = st.floats(-90, 90), st.floats(-180, 180)


@settings(max_examples=400)
@given(latitudes, longitudes)
@example(90.0, 0.0)
@example(-90.0, 180.0)
@example(89.995, 179.999999)
@example(89.98, -180.0)
@example(0.0, 180.0)
@example(42.69, 23.33)
def test_a_place_is_always_in_the_circle_around_its_area(latitude: float, longitude: float) -> None:
    assert kilometres(latitude, longitude, *middle(latitude, longitude)) * 1000 <= 790 < RADIUS_M


@settings(max_examples=400)
@given(latitudes, longitudes)
@example(89.999, 10.0)
@example(-0.0000001, 0.0)
def test_the_middle_is_on_earth_and_its_own_middle(latitude: float, longitude: float) -> None:
    found = middle(latitude, longitude)
    assert -90 <= found[0] <= 90
    assert -180 <= found[1] <= 180
    assert is_middle(*found)


@given(st.floats(42.691, 42.699), st.floats(23.326, 23.334))
def test_neighbours_in_an_area_cannot_be_told_apart(latitude: float, longitude: float) -> None:
    # 42.69 to 42.70 north is one row; its columns are 0.0136 degrees wide, and one of them holds all of these.
    assert middle(latitude, longitude) == middle(42.6934, 23.3301)


@pytest.mark.parametrize("row", range(-89, 90, 7))
def test_an_area_is_about_a_square_kilometre_everywhere(row: int) -> None:
    here = middle(row + 0.005, 10.0)
    east = here[1]
    while middle(here[0], east) == here:
        east += 0.0005
    width = kilometres(here[0], here[1], here[0], east) * 2
    assert 1.05 < width < 1.4
    assert not is_middle(here[0] + 0.001, here[1])


@pytest.mark.parametrize("point", [(90.1, 0), (0, 180.1), (float("nan"), 0), (0, float("inf"))])
def test_what_is_not_on_earth_has_no_area(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not a point on Earth"):
        middle(*point)
