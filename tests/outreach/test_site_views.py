"""What the owner of the installation sees of letters, and hosts of addresses that no letter reaches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import db
from organizer.core.time import now
from organizer.outreach import addressees, queries
from organizer.outreach.models import Letter, LetterState
from tests.contracts.costs import statements
from tests.factories import make_account, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
SECRET = "Come to the back door at midnight"


def letter(number: int, state: LetterState = LetterState.SENT, address: str = "", **more: Any) -> None:
    usual: dict[str, Any] = {"last_error": "", "tries": 0, "due_at": now() + timedelta(minutes=number)}
    address = address or f"p{number}@example.org"
    db.session.add(
        Letter(
            once=f"o{number}",
            kind="host_message",
            address=address,
            person=SECRET,
            about={"text": SECRET},
            state=state,
            **usual | more,
        )
    )
    db.session.flush()


@pytest.fixture
def owner(client: FlaskClient, given: Given) -> FlaskClient:
    sign_in(client, given(lambda: make_account(is_site_owner=True).id))
    return client


def listed(page: str) -> list[str]:
    return [str(cell.get_text(strip=True)) for cell in BeautifulSoup(page, "html.parser").select("tbody th")]


def test_the_owner_finds_every_letter_and_reads_none(owner: FlaskClient, given: Given) -> None:
    def arrange() -> None:
        letter(1)
        letter(2, LetterState.FAILED, last_error="550 5.7.1 No", tries=1)
        letter(3, LetterState.WAITING)
        letter(4, LetterState.DUE, tries=3, last_error="timed out")

    given(arrange)
    page = owner.get("/site/letters")
    assert listed(page.text) == [f"p{n}@example.org" for n in (4, 3, 2, 1)]
    assert "550 5.7.1 No" in page.text
    assert "3 tries" in page.text
    assert SECRET not in page.text
    assert listed(owner.get("/site/letters?state=failed").text) == ["p2@example.org"]
    assert listed(owner.get("/site/letters?address=P3@example.org").text) == ["p3@example.org"]
    assert listed(owner.get("/site/letters?state=sent&address=p3@example.org").text) == []
    assert "No letter of the last 90 days went to" in owner.get("/site/letters?address=nobody").text
    assert listed(owner.get("/site/letters?state=lost").text) == listed(page.text)


def test_the_way_there_stands_on_the_owners_own_page_only(owner: FlaskClient, app: Flask, given: Given) -> None:
    assert 'href="/site/letters"' in owner.get("/me").text
    other = app.test_client()
    sign_in(other, given(lambda: make_account().id))
    assert 'href="/site/letters"' not in other.get("/me").text
    assert other.get("/site/letters").status_code == 403
    assert other.post("/site/letters/resend").status_code == 403
    assert "/sign-in" in app.test_client().get("/site/letters").location


def test_letters_are_paged_by_key(owner: FlaskClient, given: Given) -> None:
    given(lambda: [letter(number, LetterState.SENT) for number in range(120)])
    for query in ("", "?state=sent"):
        seen, path = [], "/site/letters" + query
        for _ in range(3):
            page = owner.get(path).text
            seen += listed(page)
            more = BeautifulSoup(page, "html.parser").select_one("a[rel=next]")
            path = str(more["href"]) if more else ""
        assert path == ""
        assert seen == [f"p{number}@example.org" for number in range(119, -1, -1)]


def test_one_letter_and_all_failed_ones_are_sent_again(owner: FlaskClient, app: Flask, given: Given) -> None:
    def arrange() -> None:
        for number, state in enumerate(
            [LetterState.FAILED, LetterState.FAILED, LetterState.SENT, LetterState.DROPPED], 1
        ):
            letter(number, state, tries=20, last_error="x")

    given(arrange)

    def states() -> list[str]:
        with app.app_context():
            return [str(state) for state in db.session.scalars(sa.select(Letter.state).order_by(Letter.id))]

    assert owner.get("/site/letters/1/resend").status_code == 405
    assert owner.post("/site/letters/1/resend", data={"state": "failed"}).location == "/site/letters?state=failed"
    assert states() == ["due", "failed", "sent", "dropped"]
    for number in (1, 3, 4, 99):
        assert owner.post(f"/site/letters/{number}/resend").status_code == 404
    owner.post("/site/letters/resend")
    assert states() == ["due", "due", "sent", "dropped"]
    with app.app_context():
        row = db.session.get(Letter, 2)
        assert row is not None
        assert (row.tries, row.last_error) == (0, "")


def test_a_refused_address_is_explained_and_trusted_again(owner: FlaskClient, app: Flask, given: Given) -> None:
    address = "mira@example.org"

    def arrange() -> None:
        letter(1, LetterState.FAILED, address)
        addressees.ensured([address])
        addressees.note_bounce(address, "550 5.1.1 unknown")

    given(arrange)
    assert "550 5.1.1 unknown" in owner.get(f"/site/letters?address={address}").text
    owner.post("/site/letters/trust", data={"address": "Mira@example.org"})
    with app.app_context():
        assert addressees.known([address])[address].bounced_at is None
    assert "Write to it again" not in owner.get(f"/site/letters?address={address}").text


def test_counts_cost_no_more_than_they_show(app: Flask, given: Given) -> None:
    given(lambda: [letter(number, LetterState.SENT) for number in range(12)])
    with app.app_context():
        assert queries.counts(5)[LetterState.SENT] == 6
        assert queries.counts()[LetterState.SENT] == 12
        assert queries.counts()[LetterState.FAILED] == 0


def test_hosts_see_whom_no_letter_reaches(client: FlaskClient, app: Flask, given: Given) -> None:
    def arrange() -> tuple[int, str, str, str]:
        host = make_account()
        event = make_event(None, host)
        bad, good = make_rsvp(event, email="bad@example.org"), make_rsvp(event)
        make_rsvp(event, email=None)
        addressees.ensured(["bad@example.org", str(good.email)])
        addressees.note_bounce("bad@example.org", "550")
        return host.id, event.key, bad.key, good.key

    host_id, key, bad, good = given(arrange)
    sign_in(client, host_id)
    client.get(f"/events/{key}/guests")
    with statements(app) as seen:
        page = client.get(f"/events/{key}/guests").text
    assert page.count("No mail arrives") == 1
    assert sum("FROM addressee" in text for text in seen) == 1
    assert "Letters do not reach this address" in client.get(f"/events/{key}/guests/{bad}").text
    assert "Letters do not reach this address" not in client.get(f"/events/{key}/guests/{good}").text
