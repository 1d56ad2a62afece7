"""What is asked for: data made for measuring, and the requests on it."""

from __future__ import annotations

import json
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from _load import Case, raw
from flask import Flask

from organizer.accounts.models import Account
from organizer.checkin import keyring
from organizer.checkin.models import CheckIn
from organizer.checkin.tickets import sign
from organizer.core.db import db, unit_of_work
from organizer.core.ids import new_key
from organizer.core.time import now
from organizer.events.models import Event, State, Visibility
from organizer.rsvps.models import Answer, Listing, Rsvp, Tally
from organizer.settings import Settings
from organizer.web.paging import encode
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

GZIP = {"Accept-Encoding": "gzip"}
FIELD = re.compile(r'name="(csrf_token|once)"[^>]*value="([^"]+)"')
TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
EUROPE = "-12,35,32,62"
TEXT = (
    "We meet at the fountain and walk until the light is gone. Bring **any camera**, a phone is fine, and shoes that do "
    "not mind gravel.\n\n* Slow pace, many stops\n* Prints from last time\n* Tea afterwards, for who wants to stay\n\n"
    "Two of us know the way and the history of the houses; everybody else is welcome to know something better. If it "
    "rains we go anyway, unless it rains sideways: then look here in the afternoon, where we say so. See you by the water, "
    "at the old tram stop."
)


@dataclass(frozen=True)
class Data:
    """What was made, by key and number."""

    page: str  # path of the page of an event with 20 attendees
    key: str
    hot: str  # key of the event that people answer, without a limit
    hot_id: int
    door: str  # key of the event that people are checked in at
    host_id: int
    guest_id: int  # has an account and goes to the event of `page`
    codes: list[str]  # texts of tickets for the door
    coming: int  # public events to come
    newest: str  # cursor of page 1,000, or of the last page but one


def make(app: Flask, tickets: int) -> Data:
    """Put the events that are measured beside the imported ones."""
    with app.app_context():
        with unit_of_work():
            host = make_account(name="Bench Host", email="host@bench.example")
            community = make_community(host, slug="bench", name="Bench walkers")
            event = make_event(community, host, title="Evening photo walk", text=TEXT, capacity=40, locale="en")
            for number in range(20):
                person = make_account(name=f"Maria Petrova {number}", listed=True)
                make_rsvp(event, person, listing=Listing.NAME)
            usual = {"visibility": Visibility.UNLISTED, "text": TEXT}
            hot = make_event(community, host, title="Everybody comes", **usual)
            door = make_event(community, host, title="Tonight", starts_at=now() + timedelta(hours=1), **usual)
            codes = _fill(door, tickets)
        ring = keyring.load(app.extensions["settings"].folder)
        coming, newest = _places(1000)
        found = Data(
            f"/events/{event.key}/{event.slug}",
            event.key,
            hot.key,
            hot.id,
            door.key,
            host.id,
            person.id,
            [sign(ring, door.key, code) for code in codes],
            coming,
            newest,
        )
        db.session.remove()
    return found


def _fill(event: Event, count: int) -> list[str]:
    """Write so many RSVPs to `event` at once; return their codes."""
    codes = [new_key() for _ in range(count)]
    usual = {"event_id": event.id, "answer": Answer.GOING}
    rows = [
        usual | {"code": code, "name": f"Guest {number}", "name_folded": f"guest {number}"}
        for number, code in enumerate(codes)
    ]
    db.session.execute(sa.insert(Rsvp), rows)
    db.session.execute(sa.update(Tally).where(Tally.event_id == event.id).values(taken=count, going=count))
    return codes


def _places(page: int) -> tuple[int, str]:
    """How many public events are to come, and the cursor that page `page` (or the last but one) begins after."""
    coming = (
        sa.select(Event.starts_at, Event.id)
        .where(Event.state != State.DRAFT, Event.visibility == Visibility.PUBLIC, Event.ends_at > now())
        .order_by(Event.starts_at, Event.id)
    )
    count = db.session.scalar(sa.select(sa.func.count()).select_from(coming.subquery())) or 0
    row = db.session.execute(coming.offset(max(min((page - 1) * 30, count - 60), 0)).limit(1)).one()
    return count, encode(*row)


def signed_in(app: Flask, account_id: int, path: str) -> tuple[str, str]:
    """The session cookie of an account whose browser has fetched `path`, and the page."""
    client = app.test_client()
    sign_in(client, account_id)
    answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    return (cookie.value if cookie else ""), answer.text


def reading(data: Data, port: int) -> dict[str, Case]:
    """Anonymous requests that change nothing, by name."""
    world = f"/map/events.geojson?{urlencode({'bbox': '-180,-85,180,85', 'zoom': 2})}"
    europe = f"/map/events.geojson?{urlencode({'bbox': EUROPE, 'zoom': 5})}"
    paths = {
        "event": data.page,
        "list": "/events",
        "list later": f"/events?after={data.newest}",
        "feed": "/events.ics",
        "map data": world,
        "map data Europe": europe,
        "map": "/map",
    }
    return {name: Case(name, port, [raw("GET", path, GZIP)]) for name, path in paths.items()}


def unchanged(case: Case, tag: str) -> Case:
    """The same question by who holds the answer already."""
    request = case.requests[0].replace(b"\r\n", f"\r\nIf-None-Match: {tag}\r\n".encode(), 1)
    return Case(f"{case.name} 304", case.port, [request], expect=304)


def by_view(case: Case) -> Case:
    """The same question with a cookie of the language: it passes the front desk, so the view is asked."""
    request = case.requests[0].replace(b"\r\n", b"\r\nCookie: locale=en\r\n", 1)
    return Case(f"{case.name} by view", case.port, [request], expect=case.expect)


def with_cookie(app: Flask, data: Data, port: int) -> Case:
    """The event's page for somebody who is signed in and goes there."""
    cookie, _page = signed_in(app, data.guest_id, "/me")
    return Case("event signed in", port, [raw("GET", data.page, GZIP | {"Cookie": f"session={cookie}"})])


def answers(app: Flask, data: Data, port: int, count: int) -> Case:
    """Strangers who answer an event by the form that they were given, each with an own address."""
    client = app.test_client()
    page = client.get(f"/events/{data.hot}/rsvp").text
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    hidden = dict(FIELD.findall(page))
    if cookie is None or "csrf_token" not in hidden:
        raise SystemExit("the form has no token")
    headers = {"Cookie": f"session={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
    batch = uuid.uuid4().hex[:8]
    requests = []
    for number in range(count):
        person = {"name": f"Person {number}", "email": f"p{number}-{batch}@example.org", "guests": "0"}
        body = urlencode(hidden | person | {"once": secrets.token_urlsafe(24)}).encode()
        requests.append(raw("POST", f"/events/{data.hot}/rsvp", headers, body))
    return Case("rsvp", port, requests, expect=303)


def least_answers(port: int, count: int) -> Case:
    """The same to the floor."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    bodies = (urlencode({"name": f"Person {n}", "email": f"p{n}@example.org"}).encode() for n in range(count))
    return Case("least rsvp", port, [raw("POST", "/rsvp", headers, body) for body in bodies], expect=204)


def scans(app: Flask, data: Data, port: int) -> tuple[Case, bytes]:
    """Phones at the door, one ticket a request; and one more request with the first ticket."""
    cookie, page = signed_in(app, data.host_id, f"/events/{data.door}/door")
    token = TOKEN.search(page)
    if token is None:
        raise SystemExit("the door has no token")
    headers = {"Cookie": f"session={cookie}", "X-CSRFToken": token[1], "Content-Type": "application/json"}

    def request(number: int, code: str) -> bytes:
        item = {"scan_id": secrets.token_urlsafe(18), "code": code, "device_id": f"phone-{number % 8}"}
        return raw("POST", f"/api/v1/events/{data.door}/scans", headers, json.dumps([item]).encode())

    return Case("check-in", port, [request(*each) for each in enumerate(data.codes)]), request(1, data.codes[0])


def truth(app: Flask, data: Data) -> dict[str, int]:
    """What the database says was done: RSVPs of the hot event by rows and by tally, people let in."""
    with app.app_context():
        rows = db.session.scalar(
            sa.select(sa.func.count()).where(Rsvp.event_id == data.hot_id, Rsvp.answer == Answer.GOING)
        )
        tally = db.session.scalar(sa.select(Tally.going).where(Tally.event_id == data.hot_id))
        inside = db.session.scalar(sa.select(sa.func.count()).select_from(CheckIn))
        people = db.session.scalar(sa.select(sa.func.count()).select_from(Account))
        db.session.remove()
    return {"rsvps": rows or 0, "tally": tally or 0, "inside": inside or 0, "accounts": people or 0}


def settings_of(environment: dict[str, str]) -> Settings:
    """The settings that the servers have, for this process."""
    return Settings.from_env(environment)
