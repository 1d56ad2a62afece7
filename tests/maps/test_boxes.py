"""What part of the world an address asks for."""

from __future__ import annotations

import pytest

from organizer.maps.boxes import MOST_FEATURES, WORLD, BadBox, read_box, view_from


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("23,42,24,43", (23, 42, 24, 43)),
        ("170,-20,-170,0", (170, -20, -170, 0)),  # over the antimeridian, as RFC 7946 writes it
        ("170,-20,190,0", (170, -20, -170, 0)),  # the same, as a map that was panned east writes it
        ("-190,-20,-170,0", (170, -20, -170, 0)),
        ("160,-20,180,0", (160, -20, 180, 0)),
        ("-400,-90,400,90", (-180, -90, 180, 90)),
        ("23,42,23,42", (23, 42, 23, 42)),
    ],
)
def test_a_box_is_west_south_east_north(text: str, box: tuple[float, ...]) -> None:
    assert read_box(text) == box


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "nan,0,1,1",
        "0,0,inf,1",
        "0,-91,1,0",
        "0,0,1,91",
        "0,50,1,40",
        "42,123,43,124",
        "1;2;3;4",
        "9e9,0,9e9,1",
    ],
)
def test_what_is_no_box_is_refused(text: str) -> None:
    with pytest.raises(BadBox):
        read_box(text)


@pytest.mark.parametrize("zoom", ["x", "-1", "nan", "inf"])
def test_what_is_no_zoom_is_refused(zoom: str) -> None:
    with pytest.raises(BadBox):
        view_from({"bbox": "0,0,1,1", "zoom": zoom})


def test_without_a_box_it_is_the_world() -> None:
    assert view_from({}).box == WORLD
    assert view_from({"bbox": ""}).depth <= 5


@pytest.mark.parametrize("box", ["-180,-90,180,90", "0,0,90,80", "23,42,24,43", "170,-20,-170,0", "0,0,0,0"])
@pytest.mark.parametrize("zoom", ["", "0", "7", "20", "99"])
def test_a_view_never_has_more_cells_than_features_are_allowed(box: str, zoom: str) -> None:
    view = view_from({"bbox": box, "zoom": zoom})
    assert 0 <= view.depth <= 30
    west, _, east, _ = view.box
    side = 2**view.depth
    width = (east - west if west <= east else 360 - west + east) / 360 * side
    assert width <= MOST_FEATURES


def test_a_deep_zoom_of_a_small_box_is_divided_finely() -> None:
    assert view_from({"bbox": "23.32,42.69,23.33,42.70", "zoom": "16"}).depth == 18
