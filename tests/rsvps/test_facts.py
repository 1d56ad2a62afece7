"""What answers do upon facts of others, and the repair command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from organizer.accounts.signals import AddressProven, address_proven
from organizer.core.db import db, unit_of_work
from organizer.events.models import Event
from organizer.events.signals import EventChanged, EventPublished, event_changed, event_published
from organizer.rsvps.models import Answer, Rsvp, Tally
from tests.factories import make_account, make_event, make_rsvp
from tests.rsvps.laws import broken_laws

Given = Callable[[Callable[[], Any]], Any]


def test_a_published_event_is_counted_from_the_start(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event = make_event(capacity=4)
        db.session.execute(sa.delete(Tally))
        event_published.publish(EventPublished(event))
        return event.id

    event_id = given(arrange)
    with app.app_context():
        assert db.session.get_one(Tally, event_id).ceiling == 4


def test_a_raised_capacity_promotes_and_other_changes_do_not_touch(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event = make_event(capacity=1)
        make_rsvp(event)
        make_rsvp(event, answer=Answer.WAITLISTED)
        return event.id

    event_id = given(arrange)
    with app.app_context(), unit_of_work():
        event = db.session.get_one(Event, event_id)
        before = event.version
        event_changed.publish(EventChanged(event, moved=False, capacity_before=1))
        assert event.version == before
        event.capacity = 2
        event_changed.publish(EventChanged(event, moved=False, capacity_before=1))
    with app.app_context():
        assert set(db.session.scalars(sa.select(Rsvp.answer))) == {Answer.GOING}
        assert broken_laws(event_id) == []


def test_whoever_proves_an_address_owns_what_was_answered_with_it(app: Flask, given: Given) -> None:
    def arrange() -> int:
        make_rsvp(make_event(), email="mira@example.org")
        account = make_account(email="mira@example.org")
        make_rsvp(make_event(), account)
        address_proven.publish(AddressProven(account))
        address_proven.publish(AddressProven(account))
        return account.id

    account_id = given(arrange)
    with app.app_context():
        assert set(db.session.scalars(sa.select(Rsvp.account_id))) == {account_id}


def test_the_repair_command_shows_and_mends(app: Flask, given: Given) -> None:
    def arrange() -> int:
        event = make_event(capacity=3, title="Night walk")
        make_rsvp(event, guests=1)
        db.session.execute(sa.update(Tally).values(taken=3, going=3))
        return event.id

    event_id = given(arrange)
    run = app.test_cli_runner().invoke
    shown = run(args=["repair", "counts", "--dry-run"]).output
    assert "Night walk" in shown
    assert "taken: 3 → 2" in shown
    assert "1 events would change." in shown
    assert "1 events changed." in run(args=["repair", "counts"]).output
    assert "0 events changed." in run(args=["repair", "counts"]).output
    with app.app_context():
        assert broken_laws(event_id) == []
