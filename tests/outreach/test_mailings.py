"""Reminders in the database: to whom, when, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import current_app
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, unit_of_work
from organizer.core.ids import new_key
from organizer.events import service as events
from organizer.outreach import jobs, letters, mailings
from organizer.outreach.models import LetterState, Mailing
from organizer.outreach.reminders import DAY, MORNING, reminders
from organizer.rsvps import hosting
from organizer.rsvps import service as rsvps
from organizer.rsvps.models import Answer, Rsvp, Source
from tests.outreach.conftest import Mailing as Mail
from tests.outreach.hours import A_WEEK_BEFORE, MINUTE, at, run_all, week_ahead, worker, written
from tests.outreach.reading import arranged, come, composed, moved, outbox

Sess = scoped_session[Session]


@pytest.fixture(autouse=True)
def a_week_before() -> Iterator[None]:
    with time_machine.travel(A_WEEK_BEFORE, tick=False):
        yield


@pytest.mark.parametrize(
    ("zone", "starts"),
    [
        ("Europe/Sofia", datetime(2027, 3, 28, 18, 30)),
        ("Europe/Sofia", datetime(2027, 10, 31, 18, 30)),
        ("America/New_York", datetime(2027, 11, 7, 19, 0)),
        ("America/Santiago", datetime(2027, 9, 5, 18, 0)),
        ("Australia/Lord_Howe", datetime(2027, 10, 3, 18, 0)),
        ("Pacific/Auckland", datetime(2027, 9, 26, 18, 0)),
        ("Africa/Casablanca", datetime(2027, 2, 7, 18, 0)),
    ],
)
def test_each_reminder_comes_once_at_its_minute(session: Sess, zone: str, starts: datetime) -> None:
    _, event = arranged(starts_wall=starts, zone=zone)
    come(event, "mira@example.org")
    for kind, turn in zip((DAY, MORNING), reminders(event), strict=True):
        with at(turn.at - MINUTE):
            run_all()
        assert written(kind) == []
        for late in (0, 1, 2, 200):
            with at(turn.at + late * MINUTE):
                run_all()
            assert written(kind) == ["mira"]
    with at(event.starts_at + MINUTE):
        run_all()
    assert len(outbox()) == 3


def test_only_who_comes_and_knew_it_before(session: Sess) -> None:
    owner, event = week_ahead(capacity=2)
    come(event, "early@example.org")
    left = come(event, "left@example.org")
    come(event, "waits@example.org")
    with unit_of_work():
        rsvps.cancel(left)  # "waits" is promoted
    come(event, "queue@example.org")
    day, morning = reminders(event)
    with at(day.at + MINUTE):
        with unit_of_work():
            hosting.add_by_host(owner, event, "L", "late@example.org", 0, over_capacity=True, source=Source.HOST)
        run_all()
    assert written(DAY) == ["early", "waits"]
    with at(morning.at):
        run_all()
    assert written(MORNING) == ["early", "waits", "late"]


def test_a_moved_event_is_reminded_of_anew_and_a_cancelled_one_not_at_all(session: Sess) -> None:
    owner, event = week_ahead()
    come(event, "mira@example.org")
    first = reminders(event)[0]
    with at(first.at):
        run_all()
        moved(owner, event, 24)
        run_all()
    assert written(DAY) == ["mira"]
    assert not letters.still_true(letters.Sheet.of(outbox(DAY)[0]))
    with at(first.at + timedelta(days=1)):
        run_all()
        run_all()
    assert written(DAY) == ["mira", "mira"]
    assert letters.still_true(letters.Sheet.of(outbox(DAY)[1]))
    with unit_of_work():
        events.cancel(owner, event, "Storm.")
    with at(reminders(event)[1].at):
        run_all()
    assert written(MORNING) == []


@pytest.mark.parametrize("change", ["leave", "call off", "begin", "move"])
def test_a_reminder_that_is_no_longer_true_is_dropped(mailing: Mail, change: str) -> None:
    with mailing.app.app_context():
        owner, event = week_ahead()
        rsvp = come(event, "mira@example.org")
        moment = reminders(event)[0].at
        with at(moment):
            run_all()
            if change == "leave":
                with unit_of_work():
                    rsvps.cancel(rsvp)
            elif change == "call off":
                with unit_of_work():
                    events.cancel(owner, event, "Storm.")
            elif change == "move":
                moved(owner, event, 48)
        with at(event.starts_at if change == "begin" else moment + MINUTE), worker():
            jobs.send_due()
        (reminder,) = outbox(DAY)
        assert reminder.state is LetterState.DROPPED


def test_a_worker_that_slept_sends_the_latest_reminder_only(session: Sess) -> None:
    _, event = week_ahead()
    come(event, "mira@example.org")
    with at(reminders(event)[1].at + timedelta(hours=1)):
        run_all()
    assert (written(DAY), written(MORNING)) == ([], ["mira"])


def test_ten_thousand_are_not_tried_anew_each_minute_and_a_stop_loses_nobody(
    session: Sess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "PORTION", 100)
    monkeypatch.setitem(current_app.extensions, "jobs.run", lambda name, args: None)  # the queue is down
    _, event = week_ahead()
    rows = [
        {"key": new_key(), "code": new_key(), "event_id": event.id, "name": "X", "email": f"p{n}@example.org"}
        | {"answer": Answer.GOING}
        for n in range(450)
    ]
    with unit_of_work():
        db.session.execute(sa.insert(Rsvp), rows)
    calls = 0
    whole = mailings.service.write_all

    def dies_in_the_third(drafts: Any, *more: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return whole(drafts, *more)

    monkeypatch.setattr(mailings.service, "write_all", dies_in_the_third)
    with at(reminders(event)[0].at):
        with pytest.raises(KeyboardInterrupt):
            run_all()
        assert len(outbox(DAY)) == 200
        run_all()
    assert len(set(written(DAY))) == len(outbox(DAY)) == 450
    (row,) = db.session.scalars(sa.select(Mailing))
    assert (row.written, row.done_at is None) == (450, False)
    statements: list[str] = []

    def count(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    with at(reminders(event)[0].at + MINUTE):
        run_all()
    sa.event.remove(db.engine, "before_cursor_execute", count)
    asked = [each for each in statements if not each.startswith("BEGIN")]
    assert len(asked) <= 4
    assert not any("rsvp" in each for each in asked)


def test_a_reminder_reads_right_on_the_day_it_is_sent(session: Sess) -> None:
    _, event = week_ahead()
    rsvp = come(event, "mira@example.org", guests=1)
    day, morning = reminders(event)
    with at(day.at):
        run_all()
        mail = composed(outbox(DAY)[0])
        assert mail.subject == "Tomorrow: Photo walk"
        for words in ("18:30–20:30 EET", "Café Kanatitsa", "It is good for you and 1 guest.", "/tickets/", rsvp.key):
            assert words in mail.text, words
        assert set(mail.pictures) == {"qr"}
        assert mail.calendar is None
    with at(morning.at):
        run_all()
        assert composed(outbox(MORNING)[0]).subject == composed(outbox(DAY)[0]).subject == "Today: Photo walk"


def test_old_mailings_are_forgotten(session: Sess) -> None:
    _, event = week_ahead()
    with at(reminders(event)[0].at):
        run_all()
    mailings.forget_done()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Mailing)) == 1
    with at(event.starts_at + timedelta(days=100)):
        mailings.forget_done()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Mailing)) == 0
