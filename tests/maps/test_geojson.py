"""The data that the map draws."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event as events

from organizer.core.db import bump, db
from organizer.core.time import now
from organizer.events.models import Event, EventTag, EventWord, State, Visibility
from organizer.maps import geojson
from organizer.maps.boxes import MOST_FEATURES
from tests.factories import make_community, make_event, make_venue
from tests.maps.conftest import scatter

Ask = Callable[..., dict[str, Any]]
Given = Callable[[Callable[[], Any]], Any]
SOFIA, PLOVDIV, SUVA, SAMOA = (42.6977, 23.3219), (42.15, 24.75), (-18.14, 178.44), (-13.83, -171.77)


def total(data: dict[str, Any]) -> int:
    return sum(feature["properties"]["count"] for feature in data["features"])


def test_one_event_is_one_feature_that_tells_what_a_card_needs(given: Given, ask: Ask) -> None:
    key = given(lambda: scatter(SOFIA, title="Вечерна разходка", zone="Europe/Sofia"))[0]
    data = ask(bbox="23,42,24,43", zoom="10")
    (feature,) = data["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [23.3219, 42.6977]}
    told = feature["properties"]
    assert told["key"] == key
    assert (told["title"], told["slug"], told["city"], told["count"]) == (
        "Вечерна разходка",
        "vecherna-razhodka",
        "Sofia",
        1,
    )
    assert len(told["starts"]) == 16
    assert "T" in told["starts"]
    assert data["showing"]["events"] == data["showing"]["of"] == 1


def test_the_box_is_exact(given: Given, ask: Ask) -> None:
    given(lambda: scatter(SOFIA, PLOVDIV))
    for zoom in ("0", "5", "10", "20"):
        assert total(ask(bbox="23,42,24,43", zoom=zoom)) == 1
    assert total(ask(bbox="23,42,25,43")) == 2
    assert total(ask(bbox="23.4,42,24,43")) == 0
    assert total(ask()) == 2


def test_a_box_over_the_antimeridian(given: Given, ask: Ask) -> None:
    given(lambda: scatter(SUVA, SAMOA, SOFIA))
    assert total(ask(bbox="170,-30,-160,0")) == 2
    assert total(ask(bbox="170,-30,200,0")) == 2
    assert total(ask(bbox="-190,-30,-175,0")) == 1
    assert total(ask(bbox="-180,-30,-160,0")) == 1


@pytest.mark.parametrize(
    "query", ["bbox=1,2,3", "bbox=nan,0,1,1", "bbox=42,123,43,124", "bbox=0,50,1,40", "bbox=0,0,1,1&zoom=x"]
)
def test_a_bad_box_is_answered_by_a_problem(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/map/events.geojson?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["detail"]


def test_poles_and_edges_of_the_world_are_on_the_map(given: Given, ask: Ask) -> None:
    given(lambda: scatter((90, 0), (-90, 0), (0, 180), (0, -180), (0, 0)))
    assert total(ask()) == 5


def test_clusters_add_up_to_the_events(given: Given, ask: Ask) -> None:
    dice = random.Random(4)
    places = [(dice.uniform(-60, 70), dice.uniform(-180, 180)) for _ in range(120)]
    given(lambda: scatter(*places))
    for zoom in range(0, 21, 4):
        data = ask(bbox="-180,-90,180,90", zoom=str(zoom))
        assert total(data) == 120 == data["showing"]["of"]
        assert len(data["features"]) <= MOST_FEATURES
    inside = sum(1 for lat, lon in places if 10 <= lon <= 60 and 0 <= lat <= 50)
    assert total(ask(bbox="10,0,60,50", zoom="4")) == inside


def test_a_cluster_falls_apart_within_its_own_box(given: Given, ask: Ask) -> None:
    given(lambda: scatter(SOFIA, (42.6980, 23.3230), (42.70, 23.33)))
    (cluster,) = ask(bbox="-180,-90,180,90", zoom="2")["features"]
    assert cluster["properties"] == {"count": 3, "deep": cluster["properties"]["deep"]}
    deeper = ask(bbox=",".join(map(str, cluster["bbox"])), zoom=str(cluster["properties"]["deep"] - 2))
    assert total(deeper) == 3
    assert len(deeper["features"]) > 1


def test_the_same_place_is_one_feature_with_a_list(given: Given, ask: Ask) -> None:
    given(lambda: scatter(*[SOFIA] * 23))
    (feature,) = ask(bbox="23,42,24,43", zoom="18")["features"]
    assert feature["properties"]["count"] == 23
    assert len(feature["properties"]["events"]) == 20
    assert feature["properties"]["at"] == feature["id"]
    assert ask(bbox="23,42,24,43", zoom="18")["showing"]["of"] == 23


def test_two_crowded_places_tell_their_first_events(given: Given, ask: Ask) -> None:
    given(lambda: (scatter(*[SOFIA] * 3), scatter(*[PLOVDIV] * 25)))
    counts = {
        f["properties"]["count"]: len(f["properties"]["events"]) for f in ask(bbox="22,41,26,44", zoom="9")["features"]
    }
    assert counts == {3: 3, 25: 20}


def test_hidden_and_past_events_are_absent(given: Given, ask: Ask) -> None:
    def arrange() -> None:
        scatter(SOFIA, state=State.DRAFT)
        scatter(SOFIA, visibility=Visibility.UNLISTED)
        scatter(SOFIA, visibility=Visibility.MEMBERS)
        scatter(SOFIA, starts_at=now() - timedelta(days=2))
        scatter((None, None))

    given(arrange)
    assert ask()["features"] == []


def test_a_cancelled_event_says_so(given: Given, ask: Ask) -> None:
    given(lambda: scatter(SOFIA, state=State.CANCELLED))
    assert ask()["features"][0]["properties"]["cancelled"] is True


def test_filters_are_those_of_the_list(given: Given, ask: Ask) -> None:
    def arrange() -> None:
        tagged, worded, _ = (
            db.session.scalars(sa.select(Event).where(Event.key == key)).one() for key in scatter(SOFIA, PLOVDIV, SUVA)
        )
        db.session.add(EventTag(event_id=tagged.id, tag="night"))
        db.session.add(EventWord(event_id=worded.id, word="darkroom"))
        worded.city, worded.city_folded = "Plovdiv", "plovdiv"

    given(arrange)
    assert total(ask(tag="night")) == 1
    assert total(ask(q="dark")) == 1
    assert total(ask(city="Plovdiv")) == 1
    assert total(ask(when="today")) == 0
    assert total(ask(when="month")) == 3


def test_unchanged_data_is_told_by_one_statement_and_no_body(
    app: Flask, client: FlaskClient, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(lambda: scatter(SOFIA))
    seen: list[str] = []
    with app.app_context():
        engine = db.engine
    events.listen(
        engine, "before_cursor_execute", lambda _c, _cur, text, *_rest: None if text == "BEGIN" else seen.append(text)
    )
    first = client.get("/map/events.geojson?bbox=23,42,24,43&zoom=9")
    assert len(seen) == 3
    seen.clear()
    warm = client.get("/map/events.geojson?bbox=23,42,24,43&zoom=9")
    assert warm.data == first.data
    assert len(seen) == 1
    seen.clear()

    def never(*_: object) -> None:
        raise AssertionError("the body was built")

    monkeypatch.setattr(geojson, "body_of", never)
    same = client.get("/map/events.geojson?bbox=23,42,24,43&zoom=9", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    assert same.data == b""
    assert len(seen) == 1
    assert "Set-Cookie" not in same.headers


def test_the_tag_changes_with_events_box_and_filter(client: FlaskClient, given: Given) -> None:
    def tag(query: str) -> str:
        return client.get(f"/map/events.geojson?{query}").headers["ETag"]

    one = tag("bbox=23,42,24,43&zoom=9")
    assert tag("bbox=23,42,24,43&zoom=9") == one
    assert tag("bbox=23,42,24,44&zoom=9") != one
    assert tag("bbox=23,42,24,43&zoom=9&q=x") != one
    given(lambda: bump("events"))
    assert tag("bbox=23,42,24,43&zoom=9") != one


def test_the_answer_is_compressed_once(client: FlaskClient, given: Given) -> None:
    given(lambda: scatter(SOFIA, PLOVDIV))
    packed = client.get("/map/events.geojson", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/map/events.geojson")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.get_json()
    assert "Accept-Encoding" in packed.headers["Vary"]


def test_times_are_those_of_the_place(given: Given, ask: Ask) -> None:
    start = (now() + timedelta(days=3)).replace(hour=12, minute=0, second=0, microsecond=0)
    given(lambda: scatter((35.68, 139.65), zone="Asia/Tokyo", starts_at=start))
    assert ask()["features"][0]["properties"]["starts"].endswith("T21:00")


def test_a_hidden_place_is_a_circle_that_says_how_wide_it_is(given: Given, ask: Ask) -> None:
    def arrange() -> None:
        community = make_community()
        for latitude in (42.6934, 42.6971):  # two homes in one area cannot be told apart
            make_event(community, venue=make_venue(community, latitude=latitude), hides_address=True)
        make_event(community, venue=make_venue(community, latitude=42.15, longitude=24.75))

    given(arrange)
    found = ask(bbox="23,42,25,43", zoom="12")["features"]
    first, second = sorted(found, key=lambda feature: feature["properties"]["count"], reverse=True)
    assert first["geometry"]["coordinates"] == [23.332452, 42.695]
    assert (first["properties"]["count"], first["properties"]["within_m"]) == (2, 1000)
    assert {event["within_m"] for event in first["properties"]["events"]} == {1000}
    assert "within_m" not in second["properties"]
    # A box that holds the home but not the middle of its area does not find it.
    assert total(ask(bbox="23.3300,42.6933,23.3302,42.6935", zoom="20")) == 0
