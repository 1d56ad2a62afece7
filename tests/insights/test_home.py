"""The manager's home: what it counts and what it asks for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from organizer.checkin.models import CheckIn
from organizer.core.db import db, save
from organizer.core.time import now
from organizer.events.models import State
from organizer.insights import queries
from organizer.rsvps.models import Answer
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in

Given = Callable[[Callable[[], Any]], Any]


def test_what_needs_somebody_today(session: Session) -> None:
    community = make_community()
    door = make_event(community, title="Tomorrow", starts_at=now() + timedelta(hours=20))
    full = make_event(community, title="Full", capacity=1)
    draft = make_event(community, title="Draft", state=State.DRAFT)
    past = make_event(community, title="Past", starts_at=now() - timedelta(days=2))
    make_event(community, title="Calm", starts_at=now() + timedelta(days=9))
    make_event(community, title="Long gone", starts_at=now() - timedelta(days=30))
    make_event(community, title="Cancelled", state=State.CANCELLED, starts_at=now() + timedelta(hours=10))
    make_rsvp(door, guests=1)
    make_rsvp(door, answer=Answer.PENDING)
    make_rsvp(full)
    make_rsvp(full, answer=Answer.WAITLISTED)
    came = make_rsvp(past)
    save(CheckIn(rsvp_id=came.id, event_id=past.id, places=3))
    found = [(todo.kind, todo.title, todo.number) for todo in queries.to_do(community)]
    assert found == [
        ("approve", "Tomorrow", 1),
        ("door", "Tomorrow", 2),
        ("queue", "Full", 1),
        ("draft", "Draft", 0),
        ("look back", "Past", 3),
    ]
    assert draft.key in {todo.key for todo in queries.to_do(community)}


def test_a_host_is_asked_for_own_events_only(session: Session) -> None:
    community = make_community()
    own = make_event(community, title="Own", state=State.DRAFT)
    make_event(community, title="Of another", state=State.DRAFT)
    make_event(community, title="Open")
    assert [todo.title for todo in queries.to_do(community, frozenset({own.id}))] == ["Own"]
    assert {row.title for row in queries.coming(community, frozenset({own.id}))} == {"Own", "Open"}


def test_numbers_of_the_last_weeks(session: Session) -> None:
    community = make_community()
    past = make_event(community, title="Past", starts_at=now() - timedelta(days=2))
    save(CheckIn(rsvp_id=make_rsvp(past).id, event_id=past.id, places=2))
    make_event(make_community(), starts_at=now() - timedelta(days=2))  # somebody else's
    numbers = queries.numbers(community)
    assert numbers.turnout == [("Past", 1, 2)]
    assert (numbers.events_90_days, numbers.came_90_days) == (1, 2)
    assert len(numbers.members_by_week) == queries.WEEKS
    assert numbers.members_by_week[-1][1] == 1
    assert sum(count for _, count in numbers.members_by_week) == 1


def test_the_page_shows_it_in_a_few_statements(app: Flask, client: FlaskClient, given: Given) -> None:
    def arrange() -> int:
        owner = make_account()
        community = make_community(owner, slug="chess")
        for n in range(12):
            event = make_event(
                community, title=f"Walk {n}", capacity=5, starts_at=now() + timedelta(days=n - 6, hours=1)
            )
            make_rsvp(event)
        return owner.id

    sign_in(client, given(arrange))
    statements: list[str] = []
    with app.app_context():
        import sqlalchemy as sa

        sa.event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    page = client.get("/c/chess/manage")
    assert page.status_code == 200
    assert "Prepare the door of" in page.text
    assert "1 / 5" in page.text
    asked = [s for s in statements if s.lstrip().upper().startswith(("SELECT", "UPDATE", "INSERT"))]
    assert len(asked) <= 8, asked


def test_an_empty_community_is_invited(client: FlaskClient, given: Given) -> None:
    def arrange() -> int:
        owner = make_account()
        make_community(owner, slug="new")
        return owner.id

    sign_in(client, given(arrange))
    page = client.get("/c/new/manage").text
    assert "Nothing waits for you" in page
    assert "/c/new/events/new" in page
