"""The pages that everybody sees: what they say, what they cost, what may be kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.communities.models import MemberRole
from organizer.core.db import bump, db
from organizer.core.time import now
from organizer.events import service
from organizer.events.indexing import index
from organizer.events.models import Event, EventMove, State, Visibility
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp, make_venue, sign_in

Given = Callable[[Callable[[], Any]], Any]


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def address(event: Event) -> str:
    return f"/events/{event.key}/{event.slug}"


def page(client: FlaskClient, path: str, status: int = 200) -> BeautifulSoup:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return BeautifulSoup(answer.text, "html.parser")


def test_a_page_says_what_when_where_and_who(client: FlaskClient, given: Given) -> None:
    def arrange() -> str:
        host = make_account(name="Mira")
        event = make_event(make_community(), host, title="Walk <b>", text="**Hello**\n\n<script>x</script>", capacity=5)
        index(event, "Walkers", ("night",))
        return address(event)

    path = given(arrange)
    soup = page(client, path)
    text = soup.main.get_text(" ", strip=True)
    assert [h.text for h in soup.find_all("h1")] == ["Walk <b>"]
    for words in ("Café Kanatitsa", "Sofia", "Mira", "in 7 days", "#night"):
        assert words in text
    assert soup.main.strong.text == "Hello"
    assert soup.find("link", rel="canonical")["href"].endswith(path)
    assert soup.find("meta", property="og:image")["content"].split("?")[0].endswith(".png")


@pytest.mark.parametrize("slug", ["", "/", "/old-title", "/walk%20"])
def test_a_wrong_slug_leads_to_the_right_one(client: FlaskClient, given: Given, slug: str) -> None:
    path = given(lambda: address(make_event(title="Photo walk")))
    answer = client.get(path.removesuffix("/photo-walk") + slug)
    if slug == "/":
        assert answer.status_code in {308, 404}
    else:
        assert (answer.status_code, answer.location) == (308, path)


def test_drafts_and_members_events_are_not_for_strangers(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[str, str, str, int, int, int]:
        community = make_community()
        draft = make_event(community, state=State.DRAFT)
        inner = make_event(community, visibility=Visibility.MEMBERS)
        link = make_event(community, visibility=Visibility.UNLISTED)
        host, member = make_member(community, role=MemberRole.ORGANIZER), make_member(community)
        return address(draft), address(inner), address(link), make_account().id, member.id, host.id

    draft, inner, link, stranger, member, host = given(arrange)
    assert client.get(draft).status_code == 404
    assert client.get(inner).status_code == 303
    assert "noindex" in str(page(client, link).head)
    for account, expected in ((stranger, (404, 403)), (member, (404, 200)), (host, (200, 200))):
        sign_in(client, account)
        assert (client.get(draft).status_code, client.get(inner).status_code) == expected
    assert client.get("/events/zzzzzzzzzz").status_code == client.get("/events/UPPERCASE1/x").status_code == 404


def test_cancelled_over_and_moved_say_so(client: FlaskClient, given: Given) -> None:
    def arrange() -> list[str]:
        off = make_event(state=State.CANCELLED, cancel_reason="Storm <i>")
        over = make_event(starts_at=now() - timedelta(days=3))
        moved = make_event(sequence=1)
        db.session.add(
            EventMove(
                event_id=moved.id,
                old_starts_wall=moved.starts_wall - timedelta(days=1),
                old_ends_wall=moved.ends_wall,
                old_zone=moved.zone,
                old_place="Old hall",
            )
        )
        return [address(event) for event in (off, over, moved)]

    off, over, moved = (page(client, path) for path in given(arrange))
    assert "Cancelled. Storm <i>" in off.main.get_text(" ", strip=True)
    assert "This event is over." in over.main.get_text(" ", strip=True)
    assert "Old hall" in moved.find("s").text
    assert '"https://schema.org/EventCancelled"' in off.find("script", type="application/ld+json").text
    assert json.loads(moved.find("script", type="application/ld+json").text)["previousStartDate"]


def test_structured_data_cannot_end_its_element(client: FlaskClient, given: Given) -> None:
    title = "</script><script>alert(1)</script> & <!--"
    path = given(lambda: address(make_event(title=title, is_online=True, online_url="https://meet.example.org/1")))
    soup = page(client, path)
    data = json.loads(soup.find("script", type="application/ld+json").text)
    assert data["name"] == title
    assert data["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert data["location"][0]["geo"] == {"@type": "GeoCoordinates", "latitude": 42.6934, "longitude": 23.3301}
    assert "alert(1)" not in "".join(s.text for s in soup.find_all("script") if s.get("type") != "application/ld+json")


def crowded() -> str:
    event = make_event(make_community(), make_account(), title="Crowded", text="Words. " * 80, capacity=30)
    for _ in range(20):
        make_rsvp(event, make_account(), listing="name")
    index(event, "Walkers", ("night", "street"))
    return address(event)


def test_a_visitors_page_is_small_cheap_and_sets_no_cookie(app: Flask, client: FlaskClient, given: Given) -> None:
    path = given(crowded)
    client.get(path)
    with statements(app) as seen:
        answer = client.get(path)
    assert len(seen) <= 5, seen
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) <= 15_000
    assert len(gzip.compress(answer.data, 6)) <= 12_000


def test_an_unchanged_page_is_not_rendered_again(
    app: Flask, client: FlaskClient, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = given(crowded)
    tag = client.get(path).headers["ETag"]
    with monkeypatch.context() as patched:
        patched.setattr("organizer.events.views.render_template", lambda *a, **k: pytest.fail("rendered"))
        with statements(app) as seen:
            answer = client.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.data, len(seen)) == (304, b"", 1)
    assert "Content-Security-Policy" not in answer.headers
    assert answer.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": tag, "Accept-Language": "bg"}).status_code == 200
    given(lambda: service.touch(service.get(path.split("/")[2]).id))
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_a_kept_page_grows_old_with_the_day_and_the_event(client: FlaskClient, given: Given) -> None:
    path = given(lambda: address(make_event(starts_at=now().replace(microsecond=0) + timedelta(hours=3))))
    tag = client.get(path).headers["ETag"]
    for hours in (3.5, 6, 30):
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_who_is_signed_in_gets_a_page_of_their_own(client: FlaskClient, given: Given) -> None:
    path, account = given(lambda: (address(make_event()), make_account(zone="America/New_York").id))
    tag = client.get(path).headers["ETag"]
    sign_in(client, account)
    answer = client.get(path, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert "no-store" in answer.headers["Cache-Control"]
    assert "your time" in answer.text


def many(count: int) -> None:
    community = make_community()
    venue = make_venue(community)
    for n in range(count):
        make_event(community, title=f"Walk {n}", venue=venue, capacity=9, starts_at=now() + timedelta(days=1, hours=n))


def test_lists_cost_three_statements_on_every_page(app: Flask, client: FlaskClient, given: Given) -> None:
    given(lambda: many(70))
    path = "/events"
    for _ in range(3):
        with statements(app) as seen:
            soup = page(client, path)
        assert len(seen) <= 3, seen
        later = soup.find("a", rel="next")
        path = later["href"] if later else path
    assert len(soup.select("article.card")) == 10
    assert soup.find("a", rel="prev")


def test_an_unchanged_list_is_not_rendered_again(
    app: Flask, client: FlaskClient, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(lambda: many(2))
    with time_machine.travel(now().replace(second=1), tick=False):
        tag = client.get("/events?when=week").headers["ETag"]
        with monkeypatch.context() as patched:
            patched.setattr("organizer.events.views.render_template", lambda *a, **k: pytest.fail("rendered"))
            with statements(app) as seen:
                assert client.get("/events?when=week", headers={"If-None-Match": tag}).status_code == 304
            assert len(seen) == 1
        assert client.get("/events", headers={"If-None-Match": tag}).status_code == 200
        given(lambda: bump("events"))
        assert client.get("/events?when=week", headers={"If-None-Match": tag}).status_code == 200


def test_an_empty_list_invites_and_an_empty_search_helps(client: FlaskClient) -> None:
    assert "The first one will stand here" in page(client, "/events").main.text
    assert "Nothing fits yet" in page(client, "/events?q=zzz").main.text


def test_the_front_page_of_an_empty_installation_leads_on(client: FlaskClient, given: Given) -> None:
    assert len(page(client, "/").find_all("h1")) == 1
    given(lambda: make_event(title="First walk"))
    soup = page(client, "/")
    assert "First walk" in soup.main.text
    assert soup.find("form", role="search")


def test_a_communitys_page_shows_its_events(client: FlaskClient, given: Given) -> None:
    def arrange() -> str:
        event = make_event(title="Coming walk")
        make_event(event.community, title="Old walk", starts_at=now() - timedelta(days=9))
        return event.community.slug

    text = page(client, f"/c/{given(arrange)}").main.text
    assert "Coming walk" in text
    assert "Old walk" in text
