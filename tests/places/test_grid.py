"""Cells: what lies in a box lies in its ranges, prefixes nest, few ranges suffice."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer.places import grid

latitudes = st.floats(-90, 90)
longitudes = st.floats(-180, 180)
zooms = st.integers(0, grid.DEPTH)


@given(latitudes, longitudes)
def test_a_cell_fits_a_signed_bigint(latitude: float, longitude: float) -> None:
    assert 0 <= grid.cell_of(latitude, longitude) < 2**60


@given(latitudes, longitudes, zooms)
def test_a_point_lies_within_its_cell_at_every_zoom(latitude: float, longitude: float, zoom: int) -> None:
    west, south, east, north = grid.bounds(grid.cell_at_zoom(grid.cell_of(latitude, longitude), zoom), zoom)
    bounded = min(max(latitude, -grid.MAX_LATITUDE), grid.MAX_LATITUDE)
    assert west - 1e-6 <= longitude <= east + 1e-6
    assert south - 1e-6 <= bounded <= north + 1e-6


@given(latitudes, longitudes, zooms)
def test_the_centre_of_a_cell_lies_in_that_cell(latitude: float, longitude: float, zoom: int) -> None:
    cell = grid.cell_at_zoom(grid.cell_of(latitude, longitude), min(zoom, 24))
    again = grid.cell_of(*grid.centre(cell, min(zoom, 24)))
    assert grid.cell_at_zoom(again, min(zoom, 24)) == cell


@given(latitudes, longitudes, zooms, zooms)
def test_cells_nest(latitude: float, longitude: float, one: int, other: int) -> None:
    cell = grid.cell_of(latitude, longitude)
    high, low = max(one, other), min(one, other)
    assert grid.cell_at_zoom(cell, low) == grid.cell_at_zoom(cell, high) >> 2 * (high - low)


@settings(max_examples=300)
@given(latitudes, latitudes, longitudes, longitudes, st.floats(0, 1), st.floats(0, 1), zooms, st.integers(2, 32))
def test_every_point_of_a_box_is_in_its_few_ranges(
    south: float, north: float, west: float, east: float, up: float, right: float, zoom: int, most: int
) -> None:
    south, north = min(south, north), max(south, north)
    width = east - west if west <= east else east - west + 360
    longitude = west + right * width
    longitude = longitude - 360 if longitude > 180 else longitude
    latitude = min(max(south + up * (north - south), south), north)
    if west <= east:
        longitude = min(max(longitude, west), east)
    elif east < longitude < west:
        longitude = west
    found = grid.ranges((west, south, east, north), zoom, most)
    cell = grid.cell_of(latitude, longitude)
    assert any(low <= cell <= high for low, high in found)
    assert len(found) <= most
    assert all(left[1] < right[0] for left, right in pairwise(found))


def test_a_box_over_the_antimeridian_holds_fiji_and_not_london() -> None:
    found = grid.ranges((170, -25, -170, -10))
    inside = [grid.cell_of(-17.7, 178.0), grid.cell_of(-16.8, -179.9)]
    assert all(any(low <= cell <= high for low, high in found) for cell in inside)
    assert not any(low <= grid.cell_of(51.5, -0.1) <= high for low, high in found)


def test_ranges_of_a_town_cover_little_more_than_the_town() -> None:
    found = grid.ranges((23.2, 42.6, 23.5, 42.8), max_ranges=16)
    box = 0.3 / 360 * (grid._row(42.6, 30) - grid._row(42.8, 30)) / 2**30 * 4**30
    assert sum(high - low + 1 for low, high in found) < 2 * box


@pytest.mark.parametrize("box", [(0, 10, 10, 0), (-190, 0, 0, 10), (0, 0, 10, float("nan")), (0, -91, 1, 1)])
def test_a_box_that_is_none_is_refused(box: grid.Box) -> None:
    with pytest.raises(ValueError, match="not a box"):
        grid.ranges(box)


@pytest.mark.parametrize("point", [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_a_point_off_the_earth_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="not a point"):
        grid.cell_of(*point)
