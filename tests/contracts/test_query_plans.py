"""No page reads a whole table: the plans of all statements that stand behind the pages, with a few thousand rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events.models import Event
from organizer.outreach import addressees, claims, digests, service
from organizer.outreach.models import Letter, LetterState
from organizer.outreach.service import Draft
from organizer.rsvps import jobs
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Asking, Rsvp
from tests.contracts.thousands import Site, let_ask, make_site
from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]
LARGE = [
    "event",
    "rsvp",
    "reply",
    "tally",
    "event_tag",
    "event_word",
    "event_lines",
    "letter",
    "addressee",
]  # of few rows a scan is right
_SCAN = re.compile(rf"SCAN (?:{'|'.join(LARGE)})(?: |$)")
# Reads in the order that is wanted and stops at the limit: as flat as a search (the plan says SCAN for both).
_STOPS = re.compile(r"\bLIMIT \?", re.IGNORECASE)


@pytest.fixture
def engine_name() -> str:
    """SQLite only: plans of PostgreSQL depend on its statistics."""
    return "sqlite"


@pytest.fixture
def site(app: Flask, given: Callable[[Callable[[], Any]], Any]) -> Site:
    """A filled site that SQLite knows the statistics of, as after `PRAGMA optimize`."""
    found: Site = given(make_site)
    with app.app_context(), unit_of_work():
        db.session.execute(sa.text("ANALYZE"))
    return found


@contextmanager
def asked(app: Flask) -> Iterator[list[tuple[str, Any]]]:
    """The statements inside the block, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, text: str, parameters: Any, _context: Any, many: bool) -> None:
        if text.lstrip().upper().startswith(("SELECT", "WITH", "UPDATE", "INSERT", "DELETE")):
            first = many and not isinstance(parameters[0], str)  # several rows in one statement are no list of rows
            seen.append((text, parameters[0] if first else parameters))

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def scans(app: Flask, seen: list[tuple[str, Any]]) -> list[str]:
    """The steps that read a whole large table, with the statements they belong to."""
    found = []
    with app.app_context(), db.engine.connect() as connection:
        for text, parameters in seen:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)]
            sorts = any("TEMP B-TREE" in step for step in plan)
            for step in filter(_SCAN.match, plan):
                by_index = ("USING" in step and "INDEX" in step) or "WHERE" not in text  # else: by the primary key
                walks = by_index and _STOPS.search(text) and not sorts
                if not walks:
                    found.append(f"{step}: {text} {plan}")
    return found


PAGES = [
    "/",
    "/events",
    "/events?q=walk",
    "/events?q=wo tag",
    "/events?city=City 7",
    "/events?tag=tag3",
    "/events?when=week",
    "/events?online=1",
    "/events?q=word3&tag=tag3&when=month",
    "/events.ics",
    "/c/walkers",
    "/c/walkers.ics",
    "/communities",
    "/map",
    "/map/list?bbox=20,40,30,45&zoom=6",
    "/map/events.geojson?bbox=-180,-85,180,85&zoom=2",
    "/map/events.geojson?bbox=22,42,24,43&zoom=12",
    "/events/{key}/{slug}",
    "/events/{key}/rsvp",
    "/events/{key}.ics",
]
OWN = [
    "/c/walkers/manage",
    "/c/walkers/members",
    "/c/walkers/letters",
    "/c/walkers/letters/thank_you",
    "/events/{key}/messages",
    "/events/{key}/guests",
    "/events/{key}/guests?q=guest 77",
    "/events/{key}/guests?answer=waitlisted",
    "/events/{key}/guests/silent",
    "/events/{key}/door",
    "/events/{key}/door/live",
    "/events/{key}/door/guests?q=gu",
    "/events/{key}/edit",
    "/events/{key}/{slug}",
    "/me",
    "/me/communities",
    "/me/calendars",
]


def test_no_page_of_strangers_reads_a_whole_table(client: FlaskClient, app: Flask, site: Site) -> None:
    older = re.search(r'href="(/events\?after=[^"]+)"', client.get("/events").text)
    assert older is not None
    for path in [*PAGES, older[1]]:
        if path.endswith("ics"):
            client.get(path).close()  # the first look has the feed made ready, and that walks through all that is in it
        with asked(app) as seen:
            answer = client.get(path.format(key=site.key, slug=site.slug))
        assert answer.status_code in {200, 308}, (path, answer.status_code)
        assert scans(app, seen) == [], path


def test_no_page_of_hosts_reads_a_whole_table(client: FlaskClient, app: Flask, site: Site) -> None:
    sign_in(client, site.owner_id)
    for path in OWN:
        with asked(app) as seen:
            answer = client.get(path.format(key=site.key, slug=site.slug))
        assert answer.status_code == 200, (path, answer.status_code)
        assert scans(app, seen) == [], path


def test_asking_who_still_comes_reads_no_whole_table(app: Flask, site: Site, given: Callable[[Any], Any]) -> None:
    long_before = now() - timedelta(days=30)
    given(lambda: db.session.execute(sa.update(Rsvp).values(answered_at=long_before)))
    given(lambda: db.session.execute(sa.update(Event).values(rsvp_rules={"ask_hours": 240, "release_hours": 239})))
    with app.app_context(), asked(app) as seen:
        assert jobs.ask_who_still_comes() > 1000
        with unit_of_work():
            db.session.execute(sa.update(Asking).values(asked_at=long_before))
        assert jobs.release_silent() > 1000
    looks = [step for step in seen if not step[0].startswith(("INSERT", "UPDATE asking"))]
    assert scans(app, looks) == []


def test_no_answer_reads_a_whole_table(client: FlaskClient, app: Flask, site: Site) -> None:
    person = {"name": "Ana", "email": "ana@example.org", "guests": "1"}
    with asked(app) as seen:
        assert client.post(f"/events/{site.key}/rsvp", data=person).status_code == 303
    assert scans(app, seen) == []
    sign_in(client, site.owner_id)
    scan = {"scan_id": "a" * 24, "code": site.ticket_codes[3], "override": True}
    with asked(app) as seen:
        assert client.post(f"/api/v1/events/{site.key}/scans", json=[scan]).status_code == 200
    assert scans(app, seen) == []


def test_neither_the_owner_nor_a_worker_reads_all_letters(
    client: FlaskClient, app: Flask, given: Callable[[Callable[[], Any]], Any]
) -> None:
    def arrange() -> int:
        states = list(LetterState)
        addresses = [f"p{number % 400}@example.org" for number in range(2000)]
        service.write_all([Draft("event_moved", f"o{number}", who) for number, who in enumerate(addresses)])
        for place, state in enumerate(states):
            db.session.execute(sa.update(Letter).where(Letter.id % len(states) == place).values(state=state))
        addressees.ensured([*addresses, *(f"q{number}@example.org" for number in range(4000))])
        db.session.execute(sa.text("ANALYZE"))
        return make_account(is_site_owner=True).id

    sign_in(client, given(arrange))
    with asked(app) as seen:
        page = client.get("/site/letters").text
        older = [str(found) for found in re.findall(r'href="(/site/letters\?after=[^"]+)"', page)]
        for path in ["?state=sent", "?state=due", "?address=p7@example.org", "?state=sent&address=p7@example.org"]:
            assert client.get(f"/site/letters{path}").status_code == 200
        assert client.get(older[0]).status_code == 200
        assert client.get("/me/notifications").status_code == 200
        with app.app_context():
            claims.take_back()
            assert len(claims.claim()) == claims.BATCH
            assert digests.gather() > 0
    assert scans(app, seen) == []


def test_no_page_about_questions_reads_a_whole_table(client: FlaskClient, app: Flask, given: Given, site: Site) -> None:
    text, choice, guest = given(lambda: let_ask(site))
    with app.app_context(), unit_of_work():
        db.session.execute(sa.text("ANALYZE"))
        private = manage_token(db.session.scalars(sa.select(Rsvp).where(Rsvp.key == guest)).one())
    sign_in(client, site.owner_id)
    base = f"/events/{site.key}"
    older = re.search(r'href="([^"]+after=[^"]+)"', client.get(f"{base}/questions/{text}").text)
    assert older is not None
    pages = [
        f"{base}/questions",
        f"{base}/questions/{text}",
        f"{base}/questions/{choice}?who=all",
        older[1].replace("&amp;", "&"),
    ]
    pages += [f"{base}/guests/{guest}", f"/rsvps/{private}", f"/rsvps/{private}/others/{text}", f"{base}/rsvp"]
    for path in pages:
        with asked(app) as seen:
            assert client.get(path, follow_redirects=True).status_code == 200, path
        assert scans(app, seen) == [], path
    with asked(app) as seen:
        assert client.post(f"/rsvps/{private}/replies", data={f"q-{text}-0": "Bread"}).status_code == 303
    assert scans(app, seen) == []
    with asked(app) as seen, app.app_context():
        jobs.delete_replies()
    assert scans(app, seen) == []
