"""The map page without a script, and the list beside the map."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import db
from organizer.core.time import now
from organizer.events.cards import EventCard
from organizer.events.models import Event
from organizer.events.queries import EventFilter
from organizer.maps import clusters, listing, shells
from organizer.maps.boxes import view_from
from tests.maps.conftest import scatter
from tests.maps.test_geojson import PLOVDIV, SOFIA, SUVA

Given = Callable[[Callable[[], Any]], Any]


def page_of(client: FlaskClient, address: str = "/map") -> BeautifulSoup:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def titles(page: BeautifulSoup) -> list[str]:
    return [heading.get_text(strip=True) for heading in page.select("ol.map-events h3")]


def test_without_a_script_it_is_a_list_with_filters(client: FlaskClient, given: Given) -> None:
    given(
        lambda: (
            scatter(SOFIA, title="In Sofia"),
            scatter(PLOVDIV, title="In Plovdiv"),
            scatter((None, None), title="Nowhere"),
        )
    )
    page = page_of(client)
    assert set(titles(page)) == {"In Sofia", "In Plovdiv", "Nowhere"}
    assert page.select_one(".map-unplaced summary").get_text(strip=True) == "1 not on the map"  # type: ignore[union-attr]
    assert page.select_one("form.map-filters[method=get] [name=q]")
    assert len(page.select("h1")) == 1
    assert page.select_one(".without-script.note")


def test_an_event_that_happens_online_is_counted_and_listed(client: FlaskClient, given: Given) -> None:
    given(lambda: scatter((None, None), (None, None), (None, None), is_online=True, city=""))
    assert "3 not on the map" in client.get("/map").text


def test_the_list_of_a_view_holds_what_the_map_shows(client: FlaskClient, given: Given) -> None:
    given(
        lambda: (scatter(SOFIA, title="In Sofia"), scatter(PLOVDIV, title="In Plovdiv"), scatter(SUVA, title="In Suva"))
    )
    for box in ("23,42,24,43", "20,40,30,45", "170,-30,-170,0", "-180,-90,180,90", "0,0,1,1"):
        shown = client.get(f"/map/events.geojson?bbox={box}&zoom=9").get_json()["features"]
        listed = titles(page_of(client, f"/map/list?bbox={box}&zoom=9"))
        assert len(listed) == sum(feature["properties"]["count"] for feature in shown)


def test_each_card_tells_its_cell(client: FlaskClient, given: Given) -> None:
    given(lambda: scatter(SOFIA))
    feature = client.get("/map/events.geojson?bbox=23,42,24,43&zoom=9").get_json()["features"][0]
    assert page_of(client).select_one("li[data-at]")["data-at"] == feature["id"]  # type: ignore[index]


def test_filters_that_fit_nothing_can_be_cleared(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/map?q=nowhere").text, "html.parser").select_one(".map-list")
    assert page is not None
    assert "Nothing fits yet" in page.text
    assert page.select_one('.empty a[href="/map"]') is not None
    assert "Nothing here" in client.get("/map").text


def test_a_bad_box_of_the_list_is_refused(client: FlaskClient) -> None:
    assert client.get("/map/list?bbox=1,2").status_code == 400


def test_the_list_has_pages(client: FlaskClient, given: Given) -> None:
    given(lambda: scatter(*[SOFIA] * 35))
    first = page_of(client, "/map/list?bbox=23,42,24,43")
    more = first.select_one("a[data-cursor]")
    assert more is not None
    second = page_of(client, f"/map/list?bbox=23,42,24,43&after={more['data-cursor']}")
    assert len(titles(first)) == 30
    assert len(titles(second)) == 5
    assert len(titles(page_of(client, more["href"]))) == 5  # type: ignore[arg-type]


def test_a_crowded_view_lists_the_same_as_a_quiet_one(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scatter(*[SOFIA] * 6, PLOVDIV, SUVA)
    view = view_from({"bbox": "23,42,24,43"})

    def keys() -> list[str]:
        found: list[EventCard] = list(listing.listing(EventFilter(), view, now()).page.items)
        return [event.key for event in found]

    quiet = keys()
    monkeypatch.setattr(listing, "FEW", 2)
    assert keys() == quiet
    assert len(quiet) == 6


def test_the_page_is_small_and_carries_no_event_beyond_its_first_list(client: FlaskClient, given: Given) -> None:
    given(lambda: scatter(*[SOFIA] * 31))
    small = client.get("/map").data
    given(lambda: scatter(*[PLOVDIV] * 40))
    large = client.get("/map").data
    assert len(gzip.compress(large, 6)) <= 20_000
    assert abs(len(large) - len(small)) < 200


def test_folium_made_the_shell_and_nothing_foreign_is_in_it(client: FlaskClient, app: Flask) -> None:
    made = shells.make()
    assert 'id="map_events"' in made.html
    assert "L.map(" in made.script
    assert "http" not in made.html + made.script
    page = client.get("/map").text
    assert made.script in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)
    assert len(list((app.extensions["settings"].folder / "cache").glob("map-shell-*.json"))) == 1


def test_cities_name_the_map_largest_first_in_the_language_asked(client: FlaskClient) -> None:
    answer = client.get("/map/cities.json?bbox=22.5,42,25,43.5&lang=bg")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    name, latitude, longitude = answer.get_json()[0]
    assert (name, round(latitude), round(longitude)) == ("София", 43, 23)
    assert client.get("/map/cities.json?bbox=22.5,42,25,43.5").get_json()[1][0] == "Plovdiv"
    assert len(client.get("/map/cities.json?bbox=170,-40,-170,60").get_json()) > 5
    assert client.get("/map/cities.json?bbox=x").mimetype == "application/problem+json"


def test_a_tile_server_is_named_only_where_it_is_set(app: Flask, client: FlaskClient) -> None:
    plain = client.get("/map")
    assert "img-src 'self' data: blob:;" in plain.headers["Content-Security-Policy"]
    assert 'data-tiles=""' in plain.text
    tiles = {"tile_url": "https://tiles.example.org/{z}/{x}/{y}.png", "tile_attribution": "© Somebody <b>"}
    app.extensions["settings"] = replace(app.extensions["settings"], **tiles)
    page = client.get("/map")
    assert "data: blob: https://tiles.example.org;" in page.headers["Content-Security-Policy"]
    assert "© Somebody &lt;b&gt;" in page.text


@pytest.mark.parametrize("box", ["-180,-90,180,90", "23,42,24,43", "170,-30,-170,0"])
def test_no_statement_scans_the_events(session: Any, box: str) -> None:
    scatter(*[SOFIA] * 3, PLOVDIV, SUVA)
    if db.engine.dialect.name == "postgresql":
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))  # five rows are rightly scanned
        explain, column = "EXPLAIN", 0
    else:
        explain, column = "EXPLAIN QUERY PLAN", 3
    view, asked, moment = view_from({"bbox": box, "zoom": "8"}), EventFilter(), now()
    groups = [clusters.Group(1, 5, 5), clusters.Group(2, 9, 9)]
    for statement in (
        clusters._counting(view, asked, moment),
        clusters._first_events(groups, asked, moment, 5),
        clusters._first_events(groups[:1], asked, moment, 5),
        asked.apply(sa.select(Event.id), moment).where(Event.cell.is_(None)).limit(100),
    ):
        text = str(statement.compile(db.engine, compile_kwargs={"literal_binds": True}))
        plan = [row[column] for row in db.session.execute(sa.text(f"{explain} {text}"))]
        # With five rows PostgreSQL finds every index equally good.
        assert column == 0 or any("ix_event_public_cell" in step for step in plan), plan
        assert not any("SCAN event" in step or "Seq Scan on event" in step for step in plan), plan
