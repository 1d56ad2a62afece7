"""The hosts' way from the event to a sent message, by pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from organizer.communities.models import MemberRole
from organizer.core.db import db
from organizer.outreach.models import HostMessage, Letter
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]
TYPED = {"audience": "going", "subject": "Bring a torch", "text": "It will be <b>dark</b>."}


@pytest.fixture
def made(client: FlaskClient, given: Given) -> dict[str, Any]:
    """The owner's browser, and an event with two who come."""

    def arrange() -> dict[str, Any]:
        owner = make_account(name="Owner", email="owner@example.org")
        event = make_event(make_community(owner), owner)
        for name in ("ana", "bo"):
            make_rsvp(event, email=f"{name}@example.org")
        host = make_member(event.community, role=MemberRole.HOST)
        return {"owner": owner.id, "key": event.key, "slug": event.slug, "host": host.id}

    found: dict[str, Any] = given(arrange)
    sign_in(client, found["owner"])
    return found


def count(given: Given, model: type) -> int:
    found: int = given(lambda: db.session.query(model).count())
    return found


def errors(page: str) -> list[str]:
    return [found.get_text(" ", strip=True) for found in BeautifulSoup(page, "html.parser").select(".wrong")]


def test_the_ways_there(client: FlaskClient, made: dict[str, Any]) -> None:
    for page in (f"/events/{made['key']}/{made['slug']}", f"/events/{made['key']}/guests"):
        assert f'href="/events/{made["key"]}/messages"' in client.get(page).text
    sign_in(client, made["host"])
    assert "/messages" not in client.get(f"/events/{made['key']}/{made['slug']}").text
    assert client.get(f"/events/{made['key']}/messages").status_code == 403


def test_write_look_send(client: FlaskClient, given: Given, made: dict[str, Any]) -> None:
    home = f"/events/{made['key']}/messages"
    start = client.get(home).text
    assert "2 letters" in start
    assert "Nothing yet." in start
    preview = client.post(home, data=TYPED).location
    assert preview is not None
    assert re.fullmatch(f"{home}/[0-9a-z]{{10}}", preview)
    page = client.get(preview).text
    assert "Send 2 letters" in page
    assert "It will be &lt;b&gt;dark&lt;/b&gt;." in page
    assert "Hello Anna Ilieva" in page
    assert "owner@example.org" not in page
    for scheme in ("light", "dark"):
        shown = client.get(f"{preview}/html?scheme={scheme}")
        assert "<b>dark</b>" not in shown.text
        assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert count(given, Letter) == 0, "looking sends nothing"
    for _ in range(2):
        assert client.post(f"{preview}/send").location == home
    assert count(given, Letter) == 2
    record = client.get(home).text
    assert "Bring a torch" in record
    assert "Owner" in record
    assert "Guests were written to lately." in record
    kept = client.get(preview).text
    assert "The message as it was sent" in kept
    assert "/send" not in kept


def test_a_draft_can_be_changed_before(client: FlaskClient, given: Given, made: dict[str, Any]) -> None:
    home = f"/events/{made['key']}/messages"
    preview = client.post(home, data=TYPED).location or ""
    form = client.get(f"{home}?draft={preview[-10:]}").text
    assert 'value="Bring a torch"' in form
    assert "It will be &lt;b&gt;dark&lt;/b&gt;.</textarea>" in form
    again = client.post(home, data=TYPED | {"message": preview[-10:], "subject": "Bring two"}).location
    assert again == preview
    assert "Bring two" in client.get(preview).text
    assert count(given, HostMessage) == 1


def test_nothing_typed_is_lost(client: FlaskClient, given: Given, made: dict[str, Any]) -> None:
    home = f"/events/{made['key']}/messages"
    answer = client.post(home, data=TYPED | {"subject": ""})
    assert (answer.status_code, errors(answer.text)) == (422, ["Error: Please fill this in."])
    assert "It will be &lt;b&gt;dark&lt;/b&gt;.</textarea>" in answer.text
    answer = client.post(home, data=TYPED | {"audience": "everybody"})
    assert (answer.status_code, errors(answer.text)) == (422, ["Error: Whom do you want to write to?"])
    answer = client.post(home, data=TYPED | {"text": "x" * 5001})
    assert errors(answer.text) == ["Error: At most 5000 characters, please."]
    assert count(given, HostMessage) == 0


def test_too_soon_says_when_again_and_keeps_the_text(client: FlaskClient, given: Given, made: dict[str, Any]) -> None:
    home = f"/events/{made['key']}/messages"
    first, second = (client.post(home, data=TYPED | {"subject": name}).location or "" for name in ("One", "Two"))
    client.post(f"{first}/send")
    refused = client.post(f"{second}/send")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 601
    assert re.search(r"You can send this from \w+ \d+ \w+, \d\d:\d\d on\.", refused.text)
    assert "Your text is kept." in refused.text
    assert "Two" in refused.text
    assert count(given, Letter) == 2


def test_nobody_to_get_it(client: FlaskClient, given: Given, made: dict[str, Any]) -> None:
    home = f"/events/{made['key']}/messages"
    preview = client.post(home, data=TYPED | {"audience": "invited"}).location or ""
    assert "Nobody would get this message" in client.get(preview).text
    assert client.post(f"{preview}/send").status_code == 422
    assert count(given, Letter) == 0
