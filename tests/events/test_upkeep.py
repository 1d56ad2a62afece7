"""Zone rules change by law, names of communities by mood: what the operator does then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from organizer.core.db import Version, db, unit_of_work
from organizer.core.time import now
from organizer.events import upkeep
from organizer.events.cards import upcoming
from organizer.events.models import Event, State
from organizer.events.queries import EventFilter
from tests.factories import make_community, make_event


def shifted(**given: Any) -> Event:
    """An event whose instants were derived by older rules: an hour off."""
    event = make_event(**given)
    event.starts_at -= timedelta(hours=1)
    event.ends_at -= timedelta(hours=1)
    db.session.flush()
    return event


def test_new_zone_rules_keep_the_promised_clock_time(session: Session, facts: list[Any]) -> None:
    off, draft, fine = shifted(), shifted(state=State.DRAFT), make_event()
    over = shifted(starts_at=now() - timedelta(days=3))
    before = {event.id: (event.starts_at, event.starts_wall, event.sequence) for event in (off, draft, fine, over)}
    assert set(upkeep.retime(dry_run=True)) == {off.key, draft.key}
    assert set(upkeep.retime()) == {off.key, draft.key}
    assert upkeep.retime() == []
    after = {event.id: event for event in session.scalars(sa.select(Event))}
    for event, hours, raised in ((off, 1, 1), (draft, 1, 0), (fine, 0, 0), (over, 0, 0)):
        starts_at, wall, sequence = before[event.id]
        same = after[event.id]
        assert same.starts_at == starts_at + timedelta(hours=hours)
        assert same.starts_wall == wall
        assert same.sequence == sequence + raised
    assert [(fact.event.key, fact.moved) for fact in facts] == [(off.key, False)]
    assert session.scalar(sa.select(Version.number).where(Version.scope == "events")) == 1


def test_words_follow_the_name_of_a_community(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "BATCH", 2)
    community = make_community(name="Old name")
    for _ in range(5):
        make_event(community)
    community.name = "Фотоклуб"
    assert upkeep.reindex() == 5
    assert len(upcoming(EventFilter(q="фотоклуб")).items) == 5


def test_the_commands_say_what_they_did(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        key = shifted().key
    run = app.test_cli_runner().invoke
    assert run(args=["events", "retime", "--dry-run"]).output == f"{key}\n1 events would change\n"
    assert "1 events changed" in run(args=["events", "retime"]).output
    assert run(args=["events", "retime"]).output == "0 events changed\n"
    assert "1 events are found" in run(args=["events", "reindex"]).output
