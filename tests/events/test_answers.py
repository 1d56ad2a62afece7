"""Pages kept in this process: the same words, a fresh nonce, never for who is signed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.time import now
from organizer.events import service
from organizer.events.answers import Kept, Shelf
from organizer.web.compression import Stencil
from organizer.web.security import PagePolicy
from tests.factories import make_account, make_event, sign_in

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def path(app: Flask, given: Given) -> str:
    """An event's page on a site that keeps pages."""
    app.extensions["pages"] = Shelf(room=10)
    key: str = given(lambda: make_event(title="Photo walk", capacity=4).key)
    return f"/events/{key}/photo-walk"


def nonces(answer: Any) -> tuple[set[str], str]:
    policy = re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"])
    assert policy is not None
    return set(re.findall(r'nonce="([^"]+)"', answer.text)), policy[1]


def test_a_kept_page_has_the_nonce_of_its_answer(
    client: FlaskClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = client.get(path)
    monkeypatch.setattr("organizer.events.views.render_template", lambda *a, **k: pytest.fail("rendered"))
    second = client.get(path)
    assert second.status_code == 200
    for answer in (first, second):
        found, said = nonces(answer)
        assert found == {said}
    assert nonces(first) != nonces(second)
    bare = [re.sub(r'nonce="[^"]+"', "", answer.text) for answer in (first, second)]
    assert bare[0] == bare[1]
    assert first.headers["Permissions-Policy"] == second.headers["Permissions-Policy"]


def test_a_change_a_language_and_an_account_are_never_served_the_kept_page(
    client: FlaskClient, given: Given, path: str
) -> None:
    english = client.get(path).text
    assert client.get(path, headers={"Accept-Language": "bg"}).text != english
    given(lambda: service.touch(service.get(path.split("/")[2]).id))
    assert client.get(path).headers["ETag"] != client.get("/").headers["ETag"]
    sign_in(client, given(lambda: make_account(name="Zora Petrova").id))
    assert "csrf_token" in client.get(path).text


def test_the_address_stands_in_the_page(client: FlaskClient, path: str) -> None:
    client.get(path)
    assert "utm_source=x" in client.get(f"{path}?utm_source=x").text
    assert "utm_source=x" not in client.get(path).text


def test_the_shelf_has_room_for_so_many() -> None:
    shelf = Shelf[Kept](room=2)
    page = Kept(Stencil("x", "n"), PagePolicy())
    for name in "ab":
        shelf.keep((name, ""), page)
    shelf.find(("a", ""))
    shelf.keep(("c", ""), page)
    assert [bool(shelf.find((name, ""))) for name in "abc"] == [True, False, True]
    none = Shelf[Kept](room=0)
    none.keep(("a", ""), page)
    assert none.find(("a", "")) is None


def test_an_event_that_ends_leaves_the_list(client: FlaskClient, given: Given, app: Flask) -> None:
    app.extensions["pages"] = Shelf(room=10)
    given(lambda: make_event(title="Short walk", starts_at=now() + timedelta(hours=1)))
    assert "Short walk" in client.get("/events").text
    with time_machine.travel(now() + timedelta(hours=4), tick=False):
        assert "Short walk" not in client.get("/events").text
