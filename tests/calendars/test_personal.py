"""The feed that only its owner knows, and the page where it is looked after."""

import gzip
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from organizer.calendars import service
from organizer.calendars.models import Feed
from organizer.core.db import db
from organizer.rsvps.models import Rsvp
from tests.calendars.asking import Given, change, titles
from tests.factories import make_account, make_event, make_rsvp, sign_in


@pytest.fixture
def mine(given: Given) -> dict[str, Any]:
    """An account that goes to one event, and the address of its feed."""

    def arrange() -> dict[str, Any]:
        me = make_account()
        event = make_event(title="Going")
        rsvp = make_rsvp(event, me)
        feed = service.open_feed(me, me)
        return {"id": me.id, "address": f"/feeds/{service.token_of(feed)}.ics", "event": event.key, "rsvp": rsvp.id}

    made: dict[str, Any] = given(arrange)
    return made


def test_a_personal_feed_is_private_and_leaves_no_trace(client: FlaskClient, mine: dict[str, Any]) -> None:
    answer = client.get(mine["address"])
    assert titles(answer.data) == {"Going"}
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    assert mine["address"].split("/")[-1].removesuffix(".ics").encode() not in answer.data
    packed = client.get(mine["address"], headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == answer.data


def test_a_personal_feed_follows_answers_and_events(client: FlaskClient, mine: dict[str, Any], given: Given) -> None:
    tag = client.get(mine["address"]).headers["ETag"]
    assert client.get(mine["address"], headers={"If-None-Match": tag}).status_code == 304
    change(given, mine["event"], title="Moved")
    answer = client.get(mine["address"], headers={"If-None-Match": tag})
    assert titles(answer.data) == {"Moved"}

    def decline() -> None:
        rsvp = db.session.get(Rsvp, mine["rsvp"])
        assert rsvp is not None
        rsvp.answer = type(rsvp.answer).CANCELLED

    given(decline)
    answer = client.get(mine["address"], headers={"If-None-Match": answer.headers["ETag"]})
    assert answer.status_code == 200
    assert titles(answer.data) == set()


def test_the_last_use_is_noted_after_the_answer(client: FlaskClient, mine: dict[str, Any], given: Given) -> None:
    def used() -> Any:
        return given(lambda: db.session.scalars(sa.select(Feed.used_at)).one())

    assert used() is None
    with client.get(mine["address"]):
        pass
    first = used()
    assert first is not None
    with client.get(mine["address"]):
        pass
    assert used() == first  # not with every poll


def test_the_page_of_the_own_calendar(client: FlaskClient, given: Given) -> None:
    assert client.get("/me/calendars").status_code == 303  # a page: one may sign in
    me = given(lambda: make_account().id)
    sign_in(client, me)
    page = client.get("/me/calendars")
    assert page.status_code == 200
    assert "webcal://" not in page.text
    assert client.post("/me/calendars/address").status_code == 303
    page = client.get("/me/calendars")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    address = page.text.split('href="webcal://127.0.0.1:8000')[1].split('"')[0]
    assert client.get(address).status_code == 200
    assert client.post("/me/calendars", data={}).status_code == 303
    assert given(lambda: db.session.scalars(sa.select(Feed.include_waiting)).one()) is False
    client.post("/me/calendars/address")
    assert client.get(address).status_code == 404
    client.post("/me/calendars/revoke")
    page = client.get("/me/calendars")
    assert "webcal://" not in page.text
    assert client.post("/me/calendars", data={}).status_code == 404
