"""A move is told at once, or held back and told later: once, from what people know to what is true."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from organizer.accounts.models import Account
from organizer.core.db import db, retried
from organizer.core.errors import Forbidden
from organizer.core.time import now
from organizer.events import log, service, telling
from organizer.events.drafts import EventDraft
from organizer.events.models import Event, EventMove, State
from organizer.events.signals import MoveTold
from organizer.events.telling import Outcome, Telling
from organizer.places.service import VenueDraft
from organizer.rsvps.models import Answer
from tests.factories import make_account, make_community, make_event, make_rsvp

Db = scoped_session[Session]
LATER = Telling(now=False)
CAFE = VenueDraft(name="Café Kanatitsa", address="ul. Shishman 12", city="Sofia", country="BG")


@pytest.fixture
def host(session: Db) -> Account:
    return make_account(name="Mira")


@pytest.fixture
def event(host: Account) -> Event:
    event = make_event(make_community(host), starts_at=now().replace(second=0, microsecond=0) + timedelta(days=7))
    for answer in (Answer.GOING, Answer.WAITLISTED, Answer.CANCELLED):
        make_rsvp(event, answer=answer)
    make_rsvp(event, email=None)
    return event


def move(host: Account, event: Event, hours: int = 0, how: Telling = LATER, **more: Any) -> Outcome:
    """Let the event begin `hours` later."""
    wall = event.starts_wall + timedelta(hours=hours), event.ends_wall + timedelta(hours=hours)
    usual: dict[str, Any] = {"place": CAFE, "zone": event.zone, "online_url": event.online_url}
    return service.edit(host, event, EventDraft(event.title, *wall, **usual | more), how)


def told(facts: list[Any]) -> list[MoveTold]:
    return [fact for fact in facts if isinstance(fact, MoveTold)]


def test_a_move_is_told_at_once_with_the_hosts_word(host: Account, event: Event, facts: list[Any]) -> None:
    before = event.starts_wall
    assert move(host, event, 1, Telling(word="  The café\r\nopens late. ")) is Outcome.TOLD
    (fact,) = told(facts)
    assert (fact.move.old_starts_wall, fact.move.word) == (before, "The café\nopens late.")
    assert fact.move.told_at is not None
    assert telling.held(event) is None


def test_a_move_that_is_held_back_is_told_later(host: Account, event: Event, facts: list[Any]) -> None:
    assert move(host, event, 1) is Outcome.HELD
    held = telling.held(event)
    assert held is not None
    # Who has cancelled is not told, and nobody can write to who left no address.
    assert (held.people, held.time_moved, held.place_moved) == (2, True, False)
    assert told(facts) == []
    telling.tell(host, event, "Sorry.")
    (fact,) = told(facts)
    assert (fact.move.id, fact.move.word) == (held.move.id, "Sorry.")
    assert telling.held(event) is None
    with pytest.raises(telling.NothingToTell):
        telling.tell(host, event)


def test_many_moves_are_one_letter_from_what_people_know(host: Account, event: Event, facts: list[Any]) -> None:
    promised = event.starts_wall
    assert [move(host, event, 1), move(host, event, 1), move(host, event, online_url="https://x.example.org")] == [
        Outcome.HELD
    ] * 3
    held = telling.held(event)
    assert held is not None
    assert (held.move.old_starts_wall, held.time_moved, held.place_moved) == (promised, True, True)
    assert move(host, event, 1, Telling(word="Now it is sure.")) is Outcome.TOLD
    (fact,) = told(facts)
    assert (fact.move.old_starts_wall, fact.move.word) == (promised, "Now it is sure.")
    assert db.session.scalar(sa.select(sa.func.count()).where(EventMove.told_at.is_(None))) == 0


@pytest.mark.parametrize("how", [LATER, Telling()])
def test_what_is_again_as_people_know_it_is_not_told(
    host: Account, event: Event, facts: list[Any], how: Telling
) -> None:
    move(host, event, 2)
    assert move(host, event, -2, how) is Outcome.AS_KNOWN
    assert telling.held(event) is None
    assert told(facts) == []
    assert move(host, event, 1, Telling()) is Outcome.TOLD


def test_who_answers_after_a_move_knows_it(host: Account, event: Event, facts: list[Any]) -> None:
    move(host, event, 1)
    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        make_rsvp(event)
        held = telling.held(event)
    assert held is not None
    assert (held.people, telling.count(event)) == (2, 3)


def test_nothing_is_held_where_nobody_would_be_told(host: Account) -> None:
    event = make_event(make_community(host))
    assert move(host, event, 1) is Outcome.HELD
    assert telling.held(event) is None


def test_what_is_over_is_moved_in_silence(host: Account, event: Event, facts: list[Any]) -> None:
    with time_machine.travel(event.ends_at + timedelta(hours=9), tick=False):
        assert move(host, event, 1, Telling()) is Outcome.NO_MOVE
        assert move(host, event, 1) is Outcome.NO_MOVE
    assert told(facts) == []
    assert telling.held(event) is None


def test_what_is_held_back_waits_while_the_event_is_cancelled(host: Account, event: Event) -> None:
    move(host, event, 1)
    service.cancel(host, event, "Storm")
    assert telling.held(event) is None
    with pytest.raises(telling.NothingToTell):
        telling.tell(host, event)
    service.restore(host, event)
    assert telling.held(event) is not None


def test_only_who_runs_the_event_tells(event: Event) -> None:
    for stranger in (None, make_account()):
        with pytest.raises(Forbidden):
            telling.tell(stranger, event)


def test_hosts_can_look_up_what_was_told(host: Account, event: Event) -> None:
    move(host, event, 1)
    telling.tell(host, event, "Sorry.")
    assert [(log.sentence(line), line.words) for line in log.lines(event).items] == [
        ("Mira told those who come of the new time or place", "Sorry."),
        ("Mira changed time or place and told nobody yet", ""),
    ]


def test_two_hosts_who_tell_at_once_tell_once(app: Flask, given: Callable[[Callable[[], Any]], Any]) -> None:
    def arrange() -> tuple[int, str]:
        host = make_account()
        event = make_event(make_community(host))
        make_rsvp(event)
        move(host, event, 1)
        return host.id, event.key

    host_id, key = given(arrange)
    gate, outcomes = threading.Barrier(2), list[str]()

    def work() -> None:
        try:
            telling.tell(db.session.get_one(Account, host_id), service.get(key))
            outcomes.append("told")
        except telling.NothingToTell:
            outcomes.append("nothing")

    def run() -> None:
        gate.wait()
        with app.app_context():
            retried(work)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["nothing", "told"]
    letters = sa.text("SELECT count(*) FROM letter WHERE kind = 'event_moved'")
    assert given(lambda: db.session.scalar(letters)) == 1
    assert given(lambda: service.get(key).state) == State.PUBLISHED
