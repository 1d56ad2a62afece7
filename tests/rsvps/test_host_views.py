"""The hosts' list: look, search, add, note, remove, export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from organizer.core.db import db
from organizer.rsvps.models import Answer, Tally
from tests.factories import make_account, make_event, make_rsvp, sign_in
from tests.rsvps.counting import statements

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def hosted(client: FlaskClient, given: Given) -> dict[str, Any]:
    """An event of three places with four people, and its host signed in."""

    def arrange() -> dict[str, Any]:
        host = make_account(name="Hosting Hana")
        event = make_event(host=host, capacity=3)
        keys = [
            make_rsvp(event, name="Željko Kovač", email="zeljko@example.org", guests=1).key,
            make_rsvp(event, name="=HYPERLINK(1)", email="evil@example.org").key,
            make_rsvp(event, name="Георги", email="georgi@example.bg", answer=Answer.WAITLISTED).key,
            make_rsvp(event, name="Ada", email=None, answer=Answer.CANCELLED).key,
        ]
        return {"key": event.key, "host": host.id, "keys": keys, "url": f"/events/{event.key}/guests"}

    made = given(arrange)
    sign_in(client, made["host"])
    return dict(made)


def names(page: str) -> list[str]:
    return [cell.text for cell in BeautifulSoup(page, "html.parser").select("th .name")]


def test_only_hosts_see_the_list(client: FlaskClient, given: Given) -> None:
    key = given(lambda: make_event().key)
    assert "/sign-in" in client.get(f"/events/{key}/guests").location
    sign_in(client, given(lambda: make_account().id))
    for path in ("guests", "guests.csv", "guests.xlsx", "guests/0123456789"):
        assert client.get(f"/events/{key}/{path}").status_code == 403
    assert client.post(f"/events/{key}/guests", data={"name": "A"}).status_code == 403


def test_the_list_searches_and_filters(client: FlaskClient, hosted: dict[str, Any]) -> None:
    url = hosted["url"]
    assert len(names(client.get(url).text)) == 4
    assert "3 of 3 places taken" in client.get(url).text
    for sought, found in {
        "zel": "Željko Kovač",
        "КОВАЧ": None,
        "гео": "Георги",
        "example.BG": "Георги",
        "%": None,
    }.items():
        assert names(client.get(url, query_string={"q": sought}).text) == ([found] if found else [])
    assert names(client.get(f"{url}?answer=waitlisted").text) == ["Георги"]
    assert len(names(client.get(f"{url}?answer=nonsense").text)) == 4


def test_the_list_has_keyset_pages(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, int]:
        host = make_account()
        event = make_event(host=host)
        for number in range(120):
            make_rsvp(event, name=f"Guest {number:03}")
        return event.key, host.id

    key, host_id = given(arrange)
    sign_in(client, host_id)
    seen: list[str] = []
    url: str | None = f"/events/{key}/guests"
    while url:
        page = client.get(url).text
        seen += names(page)
        link = BeautifulSoup(page, "html.parser").select_one("[rel=next]")
        url = str(link["href"]) if link else None
    assert seen == [f"Guest {number:03}" for number in range(120)]


def test_a_host_adds_by_hand(client: FlaskClient, hosted: dict[str, Any], app: Flask) -> None:
    url = hosted["url"]
    full = client.post(url, data={"name": "Bo", "email": "bo@example.org", "guests": "0"})
    assert full.status_code == 422
    assert "not that many places left" in full.text
    added = client.post(url, data={"name": "Bo", "email": "", "guests": "", "over_capacity": "y"})
    assert added.status_code == 303
    assert "Bo is on the list." in client.get(url).text
    with app.app_context():
        assert db.session.scalar(sa.select(Tally.taken)) == 4
    assert client.post(url, data={"name": ""}).status_code == 422


def test_a_host_notes_removes_and_lets_in(client: FlaskClient, hosted: dict[str, Any]) -> None:
    person = f"{hosted['url']}/{hosted['keys'][0]}"
    client.post(f"{person}/note", data={"note": "Brings the tripod"})
    assert "Brings the tripod" in client.get(person).text
    assert client.post(f"{person}/remove", data={"why": ""}).status_code == 422
    assert client.post(f"{person}/remove", data={"why": "Asked by phone", "block": "y"}).status_code == 303
    page = client.get(person).text
    assert "Asked by phone" in page
    assert "Hosting Hana" in page
    assert names(client.get(f"{hosted['url']}?answer=waitlisted").text) == []
    client.post(f"{person}/let-in", data={"why": "Came back"})
    assert "Let in by a host" in client.get(person).text.replace("let in", "Let in")
    assert client.get(f"{hosted['url']}/0000000000").status_code == 404


def test_a_guest_of_another_event_is_not_found(client: FlaskClient, hosted: dict[str, Any], given: Given) -> None:
    other = given(lambda: make_rsvp(make_event()).key)
    assert client.get(f"{hosted['url']}/{other}").status_code == 404
    assert client.post(f"{hosted['url']}/{other}/remove", data={"why": "x"}).status_code == 404


def test_the_exports_hold_no_formula(client: FlaskClient, hosted: dict[str, Any]) -> None:
    answer = client.get(f"{hosted['url']}.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert re.fullmatch(
        r"attachment; filename=guests-photo-walk-\d{4}-\d\d-\d\d\.csv", answer.headers["Content-Disposition"]
    )
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows] == ["Name", "'=HYPERLINK(1)", "Ada", "Željko Kovač", "Георги"]
    with client.get(f"{hosted['url']}.xlsx") as answer:
        book = load_workbook(io.BytesIO(answer.data))
    cells = [row[0] for row in book.active.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["=HYPERLINK(1)", "Ada", "Željko Kovač", "Георги"]
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_number_of_statements_does_not_grow_with_the_list(client: FlaskClient, given: Given, app: Flask) -> None:
    def arrange(people: int) -> tuple[str, int]:
        host = make_account()
        event = make_event(host=host)
        for _number in range(people):
            make_rsvp(event)
        return event.key, host.id

    counts = []
    for people in (1, 40):
        key, host_id = given(lambda people=people: arrange(people))
        sign_in(client, host_id)
        counts.append(len(statements(app, lambda key=key: client.get(f"/events/{key}/guests"))))
    # The last four: unreached addresses, who is silent, past evenings, who is going.
    assert counts[0] == counts[1] <= 10
