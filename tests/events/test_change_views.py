"""The pages on which hosts tell of a move, or hold it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from organizer.core.db import db
from organizer.core.time import now, to_wall
from organizer.events.models import EventMove
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
START = (to_wall(now(), "Europe/Sofia") + timedelta(days=8)).replace(hour=18, minute=30, second=0, microsecond=0)
SAME = {"title": "Photo walk", "city": "Sofia", "venue_name": "Café Kanatitsa", "venue_address": "ul. Shishman 12"}


@pytest.fixture
def key(client: FlaskClient, given: Given) -> str:
    """An event to which two come; its host is signed in."""

    def arrange() -> tuple[int, str]:
        host = make_account()
        event = make_event(make_community(host), starts_wall=START)
        for _ in range(2):
            make_rsvp(event)
        return host.id, event.key

    host_id, key = given(arrange)
    sign_in(client, host_id)
    return str(key)


def save(client: FlaskClient, key: str, hours: int, **more: str) -> str:
    """Send the form with another hour and return the page that follows."""
    starts = (START + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(f"/events/{key}/edit", data=SAME | {"starts": starts} | more, follow_redirects=True)
    assert answer.status_code == 200, BeautifulSoup(answer.text, "html.parser").select(".problems")
    return answer.text


def letters(given: Given) -> int:
    counted = sa.text("SELECT count(*) FROM letter WHERE kind = 'event_moved'")
    return int(given(lambda: db.session.scalar(counted)))


def test_the_form_says_who_is_told_and_tells_them(client: FlaskClient, key: str, given: Given) -> None:
    form = client.get(f"/events/{key}/edit").text
    assert "If time or place change: 2 people are told" in form
    assert "Saved. 2 people are being told." in save(client, key, 1, tell="now", word="Sorry!")
    assert letters(given) == 2
    assert given(lambda: db.session.scalars(sa.select(EventMove.word)).all()) == ["Sorry!"]
    assert "being told" not in save(client, key, 1, text="Other words.")
    assert letters(given) == 2


def test_nothing_is_asked_where_nobody_would_be_told(client: FlaskClient, given: Given, key: str) -> None:
    other = given(lambda: make_event(host=db.session.get_one(type(make_account()), 1)).key)
    assert "If time or place change" not in client.get(f"/events/{other}/edit").text


def test_what_is_held_back_is_said_to_hosts_until_it_is_told(
    client: FlaskClient, key: str, given: Given, app: Any
) -> None:
    page = save(client, key, 1, tell="later")
    assert "Those who come are not told yet" in page
    banner = "2 people do not know the new time yet."
    assert banner in page
    assert banner in client.get(f"/events/{key}/guests").text
    assert banner not in app.test_client().get(f"/events/{key}", follow_redirects=True).text
    asked = client.get(f"/events/{key}/tell").text
    assert "Tell 2 people?" in asked
    assert "18:30" in asked
    assert "19:30" in asked
    assert letters(given) == 0
    told = client.post(f"/events/{key}/tell", data={"word": "Sorry!"}, follow_redirects=True).text
    assert "2 people are being told." in told
    assert banner not in told
    assert letters(given) == 2
    assert client.get(f"/events/{key}/tell").status_code == 303
    again = client.post(f"/events/{key}/tell", data={"word": "Sorry!"})
    assert again.status_code == 409
    assert "Everybody knows" in again.text
    assert letters(given) == 2


def test_a_move_back_needs_no_letter(client: FlaskClient, key: str, given: Given) -> None:
    save(client, key, 1, tell="later")
    assert "there is nothing to tell" in save(client, key, 0, tell="now")
    assert letters(given) == 0


def test_a_word_that_is_too_long_comes_back(client: FlaskClient, key: str) -> None:
    starts = (START + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(f"/events/{key}/edit", data=SAME | {"starts": starts, "word": "x" * 501})
    assert answer.status_code == 422
    assert "At most 500 characters" in answer.text
    save(client, key, 1, tell="later")
    answer = client.post(f"/events/{key}/tell", data={"word": "x" * 501})
    assert answer.status_code == 422
    assert "x" * 501 in answer.text
