"""The small map of an event's page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from organizer.events.models import Event
from organizer.events.pages import event_row
from organizer.maps.mini import mini_map
from organizer.maps.panels import open_in, place_panel
from organizer.places.models import Precision
from tests.factories import make_community, make_event, make_venue

Given = Callable[[Callable[[], Any]], Any]
PLACES = [
    (42.69, 23.32),
    (-18.14, 178.44),
    (66.0, 179.9),
    (66.0, -179.9),
    (90.0, 0.0),
    (-90.0, 0.0),
    (0.0, 0.0),
    (51.5, -0.12),
    (62.0, 9.0),
    (-43.0, -73.0),
]


@pytest.mark.parametrize("place", PLACES)
def test_it_is_small_and_holds_whole_numbers(place: tuple[float, float]) -> None:
    picture = mini_map(*place)
    assert len(picture) <= 2048
    assert re.fullmatch(r'<svg class="mini-map"[^<>]*>(<(path|circle)[^<>]*/>){3}</svg>', picture)
    assert "nan" not in picture
    assert "style" not in picture


def test_land_is_drawn_where_there_is_some() -> None:
    assert len(mini_map(42.69, 23.32)) > 800
    assert 'd=""' in mini_map(-30, -120)  # the middle of the Pacific


def test_near_points_share_one_picture() -> None:
    assert mini_map(42.6931, 23.3302) is mini_map(42.6929, 23.3298)


def test_an_exact_place_is_opened_by_its_coordinates(session: Any) -> None:
    links = dict(open_in(make_event()))
    assert (
        links["OpenStreetMap"]
        == "https://www.openstreetmap.org/?mlat=42.693400&mlon=23.330100#map=17/42.693400/23.330100"
    )
    assert links["Map app"].startswith("geo:42.693400,23.330100?q=")
    assert all("Café" not in address for address in links.values())


def test_where_only_the_city_is_known_it_is_opened_by_words(session: Any) -> None:
    community = make_community()
    event = make_event(community, venue=make_venue(community, precision=Precision.CITY))
    assert all("Shishman" in address and "42.69" not in address for _, address in open_in(event))


def test_the_panel_is_empty_without_coordinates(app: Flask, given: Given) -> None:
    def panel(**place: Any) -> str:
        with app.test_request_context():
            event: Event = make_event(**place)
            return place_panel(event)

    assert given(lambda: panel(latitude=None, longitude=None)) == ""
    assert "mini-map" in given(panel)


def test_a_hidden_place_is_an_area_on_which_nothing_is_marked(app: Flask, given: Given) -> None:
    def panel() -> tuple[str, list[tuple[str, str]]]:
        with app.test_request_context():
            event = make_event(hides_address=True)
            return place_panel(event), open_in(event)

    html, links = given(panel)
    assert 'class="area"' in html
    assert 'class="pin"' not in html
    assert "42.6934" not in html
    assert {address.count("42.695000") for _name, address in links} == {1}
    assert not any("mlat" in address or "Shishman" in address for _name, address in links)


def test_a_hidden_place_of_which_only_the_city_is_known_is_opened_by_the_city(session: Any) -> None:
    community = make_community()
    event = make_event(community, venue=make_venue(community, precision=Precision.CITY), hides_address=True)
    row = event_row(event.key)
    assert row is not None
    assert {address.rpartition("=")[2] for _name, address in open_in(row)} == {"Sofia%2C%20BG"}
