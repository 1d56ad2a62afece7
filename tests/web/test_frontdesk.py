"""Known answers are given again to visitors without a cookie, until anything at all has changed."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from organizer.core.time import now
from organizer.events import service as events
from organizer.events.answers import Shelf
from organizer.web.frontdesk import FrontDesk
from tests.factories import make_account, make_event, sign_in

Given = Callable[[Callable[[], Any]], Any]
GZIP = {"Accept-Encoding": "gzip"}


class Counting:
    """The application, counting how often it is asked."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.asked = 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.asked += 1
        return self.app(environ, start_response)


@pytest.fixture
def engine_name() -> str:
    """SQLite only: there is no desk on PostgreSQL."""
    return "sqlite"


@pytest.fixture
def behind(app: Flask) -> Counting:
    app.extensions["pages"] = Shelf[Any](room=10)
    return Counting(app)


@pytest.fixture
def desk(app: Flask, behind: Counting) -> Client:
    """A browser without cookies before a desk."""
    address = str(app.config["SQLALCHEMY_DATABASE_URI"]).removeprefix("sqlite:///")
    return Client(FrontDesk(behind, address), use_cookies=False)


@pytest.fixture
def path(given: Given) -> str:
    key: str = given(lambda: make_event(title="Photo walk", capacity=4).key)
    return f"/events/{key}/photo-walk"


@pytest.fixture(autouse=True)
def within_a_minute() -> Any:
    """No minute ends while a test runs."""
    with time_machine.travel(now().replace(second=10), tick=False):
        yield


def nonces(answer: TestResponse) -> tuple[set[str], set[str]]:
    said = set(re.findall(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]))
    return set(re.findall(r'nonce="([^"]+)"', answer.text)), said


@pytest.mark.parametrize("address", ["", "/", "/events", "/map", "/events.ics", "/map/events.geojson?zoom=2"])
def test_the_same_answer_comes_again(desk: Client, behind: Counting, path: str, address: str) -> None:
    desk.get(address or path).close()
    first = desk.get(address or path)
    asked = behind.asked
    second = desk.get(address or path)
    assert behind.asked == asked
    own = {"X-Request-Id", "Content-Security-Policy", "Content-Length", "Date"}
    same = [{n: v for n, v in answer.headers if n not in own} for answer in (first, second)]
    assert same[0] == same[1]
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]
    assert second.status_code == 200
    assert re.sub(r'nonce="[^"]+"', "", first.text) == re.sub(r'nonce="[^"]+"', "", second.text)


def test_each_answer_has_a_nonce_of_its_own(desk: Client, behind: Counting, path: str) -> None:
    seen = [nonces(desk.get(path)) for _ in range(3)]
    assert behind.asked == 1
    assert all(found == said and len(said) == 1 for found, said in seen)
    assert len(set.union(*(said for _found, said in seen))) == 3


def test_who_holds_it_gets_304(desk: Client, behind: Counting, path: str) -> None:
    for address in (path, "/events.ics", "/map/events.geojson?zoom=2"):
        desk.get(address, headers=GZIP).close()
        tag = desk.get(address, headers=GZIP).headers["ETag"]
        asked = behind.asked
        held = desk.get(address, headers=GZIP | {"If-None-Match": f'"other", {tag}'})
        assert (held.status_code, held.data, behind.asked) == (304, b"", asked)
        assert held.headers["ETag"] == tag
        assert "Content-Security-Policy" not in held.headers
        assert desk.get(address, headers=GZIP | {"If-None-Match": '"other"'}).status_code == 200


def test_any_commit_has_the_view_asked(desk: Client, behind: Counting, path: str, app: Flask, given: Given) -> None:
    desk.get(path)
    given(lambda: events.touch(events.get(path.split("/")[2]).id))
    desk.get(path)
    assert behind.asked == 2
    address = str(app.config["SQLALCHEMY_DATABASE_URI"]).removeprefix("sqlite:///")
    with sqlite3.connect(address) as other:  # as another process would
        other.execute("UPDATE event SET title = 'Night walk', version = version + 1")
    other.close()
    assert "Night walk" in desk.get(path).text
    assert behind.asked == 3


def test_a_new_minute_has_the_view_asked(desk: Client, behind: Counting) -> None:
    desk.get("/events")
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        desk.get("/events")
        assert behind.asked == 2
        desk.get("/events")
        assert behind.asked == 2


def test_cookies_methods_and_ranges_pass_by(desk: Client, behind: Counting, path: str) -> None:
    for number, more in enumerate([{"Cookie": "locale=bg"}, {"Cookie": "session=x"}, {"Range": "bytes=0-9"}], 1):
        desk.get(path)
        desk.get(path, headers=more)
        assert behind.asked == 1 + number
    assert desk.head(path).status_code == 200
    assert behind.asked == 5


def test_languages_and_addresses_are_apart(desk: Client, path: str) -> None:
    english = desk.get(path).text
    assert desk.get(path, headers={"Accept-Language": "bg"}).text != english
    assert "utm=x" in desk.get(f"{path}?utm=x").text
    assert "utm=x" not in desk.get(path).text
    packed = desk.get(path, headers=GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in desk.get(path).headers


def test_no_page_of_somebody_is_kept(
    desk: Client, behind: Counting, path: str, client: FlaskClient, given: Given
) -> None:
    sign_in(client, given(lambda: make_account(name="Zora Petrova").id))
    cookie = client.get_cookie("session")
    assert cookie is not None
    assert "Sign out" in desk.get(path, headers={"Cookie": f"session={cookie.value}"}).text
    assert "Sign out" not in desk.get(path).text
    assert "Sign out" not in desk.get(path).text


def test_pages_that_are_not_offered_are_made_each_time(desk: Client, behind: Counting, path: str) -> None:
    key = path.split("/")[2]
    for _ in range(2):
        for address in (f"/events/{key}/rsvp", "/sign-in", "/events/0000000000/x", f"/events/{key}"):
            desk.get(address)
    assert behind.asked == 8
