"""Calendars over HTTP, as programs ask for them."""

import gzip
from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from organizer.calendars import bodies, feeds, jobs, queries
from organizer.calendars.models import EventLines
from organizer.core.db import bump, db
from organizer.core.time import now
from organizer.events.models import EventTag, State, Visibility
from organizer.events.queries import EventFilter
from tests.calendars.asking import Given, change, titles
from tests.factories import make_account, make_community, make_event, make_member, sign_in

PUBLIC_FEEDS = ["/events.ics", "/c/walkers.ics"]


@pytest.fixture
def walk(given: Given) -> str:
    """The key of an event of the community `walkers`, changed a while ago."""

    def arrange() -> str:
        community = make_community(name="Walkers", slug="walkers")
        event = make_event(community, title="Photo walk")
        bump("events", f"c:{community.id}")
        return event.key

    with time_machine.travel(now() - timedelta(minutes=5), tick=False):
        key: str = given(arrange)
    return key


@pytest.fixture
def statements(app: Flask) -> Any:
    """All statements since the last `clear`, without BEGIN and COMMIT."""
    seen: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
def test_a_public_feed_has_the_headers_that_programs_need(client: FlaskClient, walk: str, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    assert "Last-Modified" in answer.headers
    assert not answer.get_etag()[1]  # strong
    assert titles(answer.data) == {"Photo walk"}
    head = client.head(address)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(answer.data))
    assert head.get_etag() == answer.get_etag()


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
def test_gzip_is_the_same_text_under_a_validator_of_its_own(client: FlaskClient, walk: str, address: str) -> None:
    plain = client.get(address)
    for _ in range(2):  # made, then taken from the shelf
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data
        assert packed.get_etag() == (f"{plain.get_etag()[0]}-gzip", False)
    assert client.get(address, headers={"Accept-Encoding": "gzip;q=0"}).data == plain.data


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
@pytest.mark.parametrize("header", ["If-None-Match", "If-Modified-Since"])
def test_an_unchanged_feed_is_not_built(
    client: FlaskClient, walk: str, address: str, header: str, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    first = client.get(address, headers={"Accept-Encoding": "gzip"})
    known = first.headers["ETag" if header == "If-None-Match" else "Last-Modified"]

    def never(*_: Any) -> Any:
        raise AssertionError("built")

    for owner, name in ((feeds, "body"), (feeds, "build"), (bodies.Shelf, "find")):
        monkeypatch.setattr(owner, name, never)
    statements.clear()
    again = client.get(address, headers={header: known})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"].strip('"') == first.headers["ETag"].strip('"').removesuffix("-gzip")
    assert again.headers["Cache-Control"] == "public, no-cache"
    assert len(statements) == 1


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
def test_a_warm_feed_costs_one_statement(client: FlaskClient, walk: str, address: str, statements: list[str]) -> None:
    client.get(address)
    statements.clear()
    assert client.get(address, headers={"Accept-Encoding": "gzip"}).status_code == 200
    assert len(statements) == 1


@pytest.mark.parametrize("address", PUBLIC_FEEDS)
def test_a_changed_event_is_never_an_old_one(client: FlaskClient, walk: str, address: str, given: Given) -> None:
    first = client.get(address)
    change(given, walk, title="Night walk", sequence=1)
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-Modified-Since": first.headers["Last-Modified"]},
        {},
    ):
        answer = client.get(address, headers=headers)
        assert answer.status_code == 200
        assert titles(answer.data) == {"Night walk"}


def test_two_changes_in_one_second_are_two_states(client: FlaskClient, walk: str, given: Given) -> None:
    with time_machine.travel(datetime.fromisoformat("2026-11-24T10:00:00.200Z"), tick=False) as clock:
        change(given, walk, title="First")
        answer = client.get("/events.ics")
        assert "Last-Modified" not in answer.headers  # nothing could be promised yet
        clock.shift(0.5)
        change(given, walk, title="Second")
        clock.shift(3)
        since = client.get("/events.ics").headers["Last-Modified"]
        assert client.get("/events.ics", headers={"If-Modified-Since": since}).status_code == 304
        assert (
            client.get("/events.ics", headers={"If-Modified-Since": "Tue, 24 Nov 2026 10:00:02 GMT"}).status_code == 200
        )


def test_a_new_day_moves_the_window(client: FlaskClient, walk: str) -> None:
    tag = client.get("/events.ics").headers["ETag"]
    with time_machine.travel(now() + timedelta(days=1)):
        assert client.get("/events.ics", headers={"If-None-Match": tag}).status_code == 200


def test_an_empty_installation_has_an_empty_feed(client: FlaskClient) -> None:
    answer = client.get("/events.ics")
    assert answer.status_code == 200
    assert titles(answer.data) == set()


def test_a_worker_keeps_the_text_and_a_large_feed_compressed(
    client: FlaskClient, walk: str, given: Given, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SMALL", 10)
    first = client.get("/events.ics", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in first.headers  # nobody waits for the compression
    first.close()  # the answer is out: the worker's turn (at once, in tests)
    assert given(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(EventLines))) == 1
    second = client.get("/events.ics", headers={"Accept-Encoding": "gzip"})
    assert second.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(second.data) == first.data
    with app.app_context():
        jobs.keep_ready("")  # finds nothing to do
    change(given, walk, title="Night walk")
    third = client.get("/events.ics")
    assert titles(third.data) == {"Night walk"}
    third.close()
    assert "Night walk" in given(lambda: db.session.scalars(sa.select(EventLines.lines)).one())


def test_feeds_get_on_without_their_shelf(client: FlaskClient, walk: str, app: Flask) -> None:
    client.get("/events.ics")
    folder = app.extensions["settings"].folder / "cache" / "feeds"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_bytes(b"")  # in the way of the folder
    assert titles(client.get("/events.ics").data) == {"Photo walk"}


def test_the_shelf_holds_one_state_of_a_feed_and_not_too_many(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = bodies.Shelf(tmp_path / "feeds")
    shelf.put("a", "1", b"one")
    shelf.put("a", "2", b"two")
    assert (shelf.find("a", "1"), shelf.find("a", "2")) == (None, b"two")
    monkeypatch.setattr(bodies, "MOST_FILES", 3)
    for n in range(9):
        shelf.put(f"feed {n}", "1", b"x")
    assert len(list((tmp_path / "feeds").iterdir())) == 3


def test_unknown_feeds_are_not_found(client: FlaskClient) -> None:
    for address in ("/c/nobody.ics", "/events/0000000000.ics", "/feeds/0000000000.ics", f"/feeds/{'x' * 36}.ics"):
        assert client.get(address).status_code == 404


def test_one_event_is_a_file_to_keep(client: FlaskClient, walk: str) -> None:
    answer = client.get(f"/events/{walk}.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="photo-walk.ics"'
    assert "Set-Cookie" not in answer.headers
    assert titles(answer.data) == {"Photo walk"}
    again = client.get(f"/events/{walk}.ics", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    [in_file] = icalendar.Calendar.from_ical(answer.data).walk("VEVENT")
    [in_feed] = icalendar.Calendar.from_ical(client.get("/events.ics").data).walk("VEVENT")
    assert in_file.to_ical() == in_feed.to_ical()


def test_a_file_needs_the_right_to_see_the_event(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, str, str, int, int]:
        community = make_community()
        unlisted = make_event(community, visibility=Visibility.UNLISTED)
        members = make_event(community, visibility=Visibility.MEMBERS)
        draft = make_event(community, state=State.DRAFT)
        return unlisted.key, members.key, draft.key, make_member(community).id, make_account().id

    unlisted, members, draft, member, stranger = given(arrange)
    assert client.get(f"/events/{unlisted}.ics").status_code == 200
    for key in (members, draft):
        assert client.get(f"/events/{key}.ics").status_code == 404  # no way to sign in is shown to a program
    sign_in(client, stranger)
    assert client.get(f"/events/{members}.ics").status_code == 404
    sign_in(client, member)
    answer = client.get(f"/events/{members}.ics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get(f"/events/{draft}.ics").status_code == 404


def test_the_plan_of_a_feed_reads_no_whole_table(app: Flask, walk: str, engine_name: str) -> None:
    if engine_name != "sqlite":
        pytest.skip("plans of an empty PostgreSQL say nothing")
    with app.app_context():
        for feed in (feeds.site_feed(), feeds.community_feed("walkers"), feeds.site_feed(EventFilter(city="Sofia"))):
            query = feed.select(queries.lines()).compile(db.engine, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {query}"))]
            assert not [step for step in plan if step.startswith("SCAN")], plan


def test_the_filters_of_the_list_are_those_of_the_feed(client: FlaskClient, given: Given) -> None:
    def arrange() -> None:
        make_event(title="Past", starts_at=now() - timedelta(days=3))
        make_event(title="Today", starts_at=now() - timedelta(minutes=5))
        make_event(title="Next week")
        make_event(title="Plovdiv", city="Plovdiv", city_folded="plovdiv")
        event = make_event(title="Tagged")
        db.session.add(EventTag(event_id=event.id, tag="night"))
        bump("events")

    given(arrange)

    def shown(query: str) -> set[str]:
        answer = client.get(f"/events.ics?{query}")
        assert client.get(f"/events.ics?{query}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        return titles(answer.data)

    assert shown("when=today") == {"Today"}
    assert shown("city=Plovdiv") == {"Plovdiv"}
    assert shown("tag=night") == {"Tagged"}
    assert shown("nonsense=1") == {"Past", "Today", "Next week", "Plovdiv", "Tagged"}
    assert shown("from=2000-01-01&to=2000-01-02") == set()
    raw = client.get("/events.ics?tag=night&nonsense=1").data
    assert b"SOURCE;VALUE=URI:http://127.0.0.1:8000/events.ics?tag=night\r\n" in raw
    assert b"NAME:Organizer: #night\r\n" in raw
