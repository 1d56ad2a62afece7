"""The door and the ticket over HTTP: what is shown to whom, and what a scanner may send."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from organizer.checkin import keyring, queries
from organizer.checkin.codes import show_typed
from organizer.checkin.forms import new_scan_id
from organizer.checkin.tickets import TicketClaim, read, sign
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.models import Event, State, Visibility
from organizer.rsvps.links import ticket_token
from organizer.rsvps.models import Answer, Rsvp
from organizer.settings import Settings
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def door(given: Given, client: FlaskClient) -> SimpleNamespace:
    """An event in an hour, its host signed in, one party of three, and its ticket."""

    def arrange() -> SimpleNamespace:
        host = make_account(name="Maria")
        event = make_event(host=host, title="Walk <b>", starts_at=now() + timedelta(hours=1), capacity=4)
        rsvp = make_rsvp(event, name="Zoë Müller", guests=2)
        ring = keyring.load(_folder(client.application))
        return SimpleNamespace(
            host_id=host.id,
            key=event.key,
            code=show_typed(rsvp.code),
            qr=sign(ring, event.key, rsvp.code, 1),
            token=ticket_token(rsvp),
            rsvp_id=rsvp.id,
            claim=TicketClaim(event.key, rsvp.code, 1),
        )

    made: SimpleNamespace = given(arrange)
    sign_in(client, made.host_id)
    return made


def _folder(app: Flask) -> Any:
    settings: Settings = app.extensions["settings"]
    return settings.folder


def post(client: FlaskClient, key: str, *items: Any) -> TestResponse:
    return client.post(f"/api/v1/events/{key}/scans", json=list(items))


def scan(code: str, **more: Any) -> dict[str, Any]:
    return {
        "scan_id": new_scan_id(),
        "code": code,
        "device_id": "phone-1",
        "device_time": "2026-11-24T12:00:00Z",
    } | more


def test_scans_are_answered_item_by_item(client: FlaskClient, door: SimpleNamespace) -> None:
    response = post(
        client, door.key, scan(door.qr), scan(door.code, device_id="phone-2"), {"scan_id": "short"}, scan("x")
    )
    assert response.status_code == 200
    body = response.get_json()
    ok, again, bad, unknown = body["results"]
    assert (ok["verdict"], ok["tone"], ok["person"]) == ("ok", "ok", {"name": "Zoë Müller", "places": 3})
    assert (again["verdict"], again["first"]["by"], again["first"]["same_device"]) == ("already_in", "Maria", False)
    assert (bad["verdict"], bad["field"]) == ("error", "scan_id")
    assert (unknown["verdict"], unknown["person"]) == ("unknown", None)
    assert body["server_time"].endswith("Z")


def test_the_same_request_twice_is_one_entry(client: FlaskClient, door: SimpleNamespace, given: Given) -> None:
    item = scan(door.qr)
    first, second = (post(client, door.key, item).get_json()["results"][0] for _ in range(2))
    assert first["verdict"] == second["verdict"] == "ok"
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert given(lambda: queries.count(queries.event_by_key(door.key)).inside) == 3


@pytest.mark.parametrize(
    "field",
    [
        {"code": 5},
        {"code": "x" * 501},
        {"direction": "sideways"},
        {"device_time": "yesterday"},
        {"device_time": "2026-11-24T12:00:00"},
        {"counter": True},
        {"offset_ms": 1e9},
        {"offset_ms": 2**40},
        {"override": "yes"},
        {"device_id": "d" * 41},
        {"reason": "\0"},
    ],
)
def test_a_malformed_item_names_its_field(client: FlaskClient, door: SimpleNamespace, field: dict[str, Any]) -> None:
    results = post(client, door.key, scan(door.qr) | field, scan(door.qr)).get_json()["results"]
    assert (results[0]["verdict"], results[0]["field"]) == ("error", *field)
    assert results[1]["verdict"] == "ok"


@pytest.mark.parametrize("body", [None, {}, [], "x", [{}] * 101])
def test_other_bodies_are_a_problem(client: FlaskClient, door: SimpleNamespace, body: Any) -> None:
    response = client.post(f"/api/v1/events/{door.key}/scans", json=body)
    assert (response.status_code, response.mimetype) == (422, "application/problem+json")


def test_strangers_hear_401_403_404_as_json(
    app: Flask, client: FlaskClient, door: SimpleNamespace, given: Given
) -> None:
    visitor, stranger = app.test_client(), app.test_client()
    sign_in(stranger, given(lambda: make_account().id))
    hidden = given(lambda: make_event(make_community(), visibility=Visibility.MEMBERS).key)
    for browser, key, status in [
        (visitor, door.key, 401),
        (stranger, door.key, 403),
        (stranger, hidden, 404),
        (client, "0000000000", 404),
        (client, "nonsense", 404),
    ]:
        response = post(browser, key, scan(door.qr))
        assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert visitor.get(f"/events/{door.key}/door").status_code == 303
    assert stranger.get(f"/events/{door.key}/door").status_code == 403


def test_a_scan_needs_the_csrf_header(app: Flask, client: FlaskClient, door: SimpleNamespace) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert post(client, door.key, scan(door.qr)).status_code == 400
    page = client.get(f"/events/{door.key}/door").text
    token = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert token is not None
    address = f"/api/v1/events/{door.key}/scans"
    assert client.post(address, json=[scan(door.qr)], headers={"X-CSRFToken": token[1]}).status_code == 200
    assert post(app.test_client(), door.key, scan(door.qr)).status_code == 401


def test_the_door_page_may_use_the_camera_and_wasm_and_no_other_page(
    client: FlaskClient, door: SimpleNamespace
) -> None:
    page = client.get(f"/events/{door.key}/door")
    assert page.status_code == 200
    assert "'wasm-unsafe-eval'" in page.headers["Content-Security-Policy"]
    assert "camera=(self)" in page.headers["Permissions-Policy"]
    assert page.text.count("<h1") == 1
    assert "Walk &lt;b&gt;" in page.text
    ticket = client.get(f"/tickets/{door.token}")
    assert "wasm" not in ticket.headers["Content-Security-Policy"]
    assert "camera=()" in ticket.headers["Permissions-Policy"]


def test_the_door_works_by_forms_alone(client: FlaskClient, door: SimpleNamespace) -> None:
    check = f"/events/{door.key}/door/check"
    said = client.post(check, data={"code": door.code.lower(), "scan_id": new_scan_id()}, follow_redirects=True)
    assert said.status_code == 200
    assert "Come in" in said.text
    assert "3</b> <span>of 3 in" in said.text
    assert "Already in" in client.post(check, data={"code": door.code}, follow_redirects=True).text
    undone = client.post(
        check, data={"code": door.code, "direction": "undo", "reason": "Wrong person"}, follow_redirects=True
    )
    assert "Taken back" in undone.text
    assert "0</b> <span>of 3 in" in undone.text
    assert client.post(check, data={"code": ""}).status_code == 422


def test_search_and_live_fragments(client: FlaskClient, door: SimpleNamespace) -> None:
    found = client.get(f"/events/{door.key}/door/guests?q=MULLER").text
    assert "Zoë Müller" in found
    assert door.code in found
    assert "<html" not in found
    assert "Nobody like “%”" in client.get(f"/events/{door.key}/door/guests?q=%25").text
    post(client, door.key, scan(door.qr))
    live = client.get(f"/events/{door.key}/door/live").text
    assert "Zoë Müller" in live
    assert "Undo" in live


def test_a_walk_in_over_capacity_is_asked_for(client: FlaskClient, door: SimpleNamespace) -> None:
    address = f"/events/{door.key}/door/walk-in"
    form = {"name": "Ana", "email": "", "guests": "1", "scan_id": new_scan_id()}
    asked = client.post(address, data=form)
    assert asked.status_code == 422
    assert 'value="Ana"' in asked.text
    assert "over_capacity" in asked.text
    for _ in range(2):  # a double tap adds nobody twice
        said = client.post(address, data=form | {"over_capacity": "y"}, follow_redirects=True)
        assert "Come in" in said.text
        assert "2</b> <span>of 5 in" in said.text
    wrong = client.post(address, data={"name": "", "email": "nonsense", "guests": "99"})
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 3


def test_the_ticket_shows_its_code_and_nothing_leaks(client: FlaskClient, door: SimpleNamespace, app: Flask) -> None:
    page = app.test_client().get(f"/tickets/{door.token}")
    assert page.status_code == 200
    assert door.code in page.text
    assert "<svg xmlns" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in page.headers["Cache-Control"]
    assert "Set-Cookie" not in page.headers
    png = client.get(f"/tickets/{door.token}/qr.png")
    text = zxingcpp.read_barcodes(Image.open(BytesIO(png.data)).convert("L"))[0].text
    with app.app_context():
        assert read(keyring.load(_folder(app)), text) == door.claim
    svg = client.get(f"/tickets/{door.token}/qr.svg")
    assert (svg.mimetype, "immutable" in svg.headers["Cache-Control"]) == ("image/svg+xml", True)
    pdf = client.get(f"/tickets/{door.token}/ticket.pdf")
    assert (pdf.mimetype, pdf.data[:5]) == ("application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.WAITLISTED, "You are on the waitlist"),
        (Answer.CANCELLED, "You cancelled"),
        (Answer.REMOVED, "This ticket is not valid"),
        (Answer.PENDING, "Waiting for the host"),
    ],
)
def test_a_ticket_that_opens_nothing_says_why(
    client: FlaskClient, door: SimpleNamespace, given: Given, answer: Answer, words: str
) -> None:
    def change() -> None:
        rsvp = db.session.get(Rsvp, door.rsvp_id)
        assert rsvp is not None
        rsvp.answer = answer

    given(change)
    page = client.get(f"/tickets/{door.token}")
    assert words in page.text
    assert "<svg xmlns" not in page.text
    for name in ("qr.svg", "qr.png", "ticket.pdf"):
        assert client.get(f"/tickets/{door.token}/{name}").status_code == 404


def test_a_cancelled_events_ticket_says_so(client: FlaskClient, door: SimpleNamespace, given: Given) -> None:
    def cancel() -> None:
        event: Event = queries.event_by_key(door.key)
        event.state, event.cancel_reason = State.CANCELLED, "Storm"

    given(cancel)
    page = client.get(f"/tickets/{door.token}").text
    assert "This event was cancelled" in page
    assert "Storm" in page


def test_old_forged_and_unknown_ticket_addresses_are_nothing(
    client: FlaskClient, door: SimpleNamespace, given: Given
) -> None:
    forged = door.token[:-1] + ("0" if door.token[-1] != "0" else "1")
    for token in (forged, "x", door.token[:10], "0" * 36):
        assert client.get(f"/tickets/{token}").status_code == 404

    def reissue() -> None:
        rsvp = db.session.get(Rsvp, door.rsvp_id)
        assert rsvp is not None
        rsvp.ticket_version += 1

    given(reissue)
    assert client.get(f"/tickets/{door.token}").status_code == 404
    assert post(client, door.key, scan(door.qr)).get_json()["results"][0]["verdict"] == "revoked"
