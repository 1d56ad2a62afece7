"""What is measured without a server: drawing of codes, bytes of a first view, statements."""

from __future__ import annotations

import json
import re
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import _cases as cases
from flask import Flask
from flask.testing import FlaskClient

from organizer.checkin import keyring
from organizer.checkin.qr import svg
from organizer.checkin.tickets import sign
from organizer.core.ids import new_key
from organizer.events.answers import Shelf
from tests.contracts.costs import first_view, statements
from tests.factories import sign_in

Line = tuple[str, float, float]  # what, value, the most that it may be


def drawing(app: Flask, event_key: str) -> Iterator[Line]:
    """QR codes of tickets."""
    ring = keyring.load(app.extensions["settings"].folder)
    texts = [sign(ring, event_key, new_key()) for _ in range(1001)]
    svg(texts.pop())  # imports
    times = []
    for text in texts:
        begun = time.perf_counter()
        drawn = svg(text)
        times.append(time.perf_counter() - begun)
    yield "QR SVG, median ms", round(statistics.median(times) * 1000, 2), 1.2
    yield "QR SVG, bytes", len(drawn), 3000
    yield "1,000 codes, seconds", round(sum(times), 2), 2.0


def frame(app: Flask, path: str) -> Iterator[Line]:
    """First views of an event's page and of the list, both languages."""
    for name, address in (("event page", path), ("list", "/events")):
        for language in ("en", "bg"):
            seen = first_view(app.test_client(), address, language)
            said = f"{name}, {language}"
            yield f"{said}: HTML, gzip bytes", seen.html, 12_000
            yield f"{said}: CSS, bytes", seen.css, 15_000
            yield f"{said}: JS, bytes", seen.js, 25_000
            yield f"{said}: requests", seen.requests, 8
            yield f"{said}: CSS + JS + fonts, bytes", seen.frame, 100 * 1024


def statement_counts(app: Flask, data: cases.Data) -> Iterator[Line]:
    """Statements of one warm request each."""
    client = app.test_client()
    client.set_cookie("locale", "en")  # else the front desk would answer without any
    reads = (
        ("event page", data.page, 5),
        ("list", "/events", 3),
        ("list, later page", f"/events?after={data.newest}", 3),
        ("feed, warm", "/events.ics", 1),
        ("map data, warm", f"/map/events.geojson?{urlencode({'bbox': cases.EUROPE, 'zoom': 5})}", 1),
    )
    for what, path, most in reads:
        client.get(path)
        # A page counts as it is when all of it must be read and rendered; feeds and map data as they are when warm.
        app.extensions["pages"], app.extensions["parts"] = Shelf(), Shelf()
        with statements(app) as seen:
            client.get(path)
        yield f"statements, {what}", len(seen), most
    yield "statements, RSVP", answering(app.test_client(), data), 6
    yield "statements, check-in", scanning(app.test_client(), data), 2


def answering(client: FlaskClient, data: cases.Data) -> int:
    """Statements of a stranger's answer, reads included."""
    hidden = dict(cases.FIELD.findall(client.get(f"/events/{data.hot}/rsvp").text))
    person = {"name": "Last One", "email": f"last-{new_key()}@example.org", "guests": "0"}
    with statements(client.application) as seen:
        answer = client.post(f"/events/{data.hot}/rsvp", data=hidden | person)
    assert answer.status_code == 303, answer.status_code
    return len(seen)


def scanning(client: FlaskClient, data: cases.Data) -> int:
    """Statements of one scan of a ticket that was not scanned before, sign-in and rights included."""
    sign_in(client, data.host_id)
    token = re.search(cases.TOKEN, client.get(f"/events/{data.door}/door").text)
    assert token is not None
    body = json.dumps([{"scan_id": f"{new_key()}{new_key()}{new_key()}", "code": data.codes[-1]}])
    headers = {"X-CSRFToken": token[1], "Content-Type": "application/json"}
    with statements(client.application) as seen:
        answer = client.post(f"/api/v1/events/{data.door}/scans", data=body, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return len(seen)
