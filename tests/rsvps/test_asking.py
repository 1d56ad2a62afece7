"""«Are you still coming?»: who is asked, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from organizer.accounts.models import Account
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.drafts import EventDraft
from organizer.events.models import Event
from organizer.places.service import VenueDraft
from organizer.rsvps import moves, service
from organizer.rsvps.models import Answer, Source
from organizer.rsvps.rules import Rules
from organizer.rsvps.signals import StillComingAsked, still_coming_asked
from tests.factories import make_account
from tests.rsvps.asked import early, event_in, run
from tests.rsvps.coming import log_of

pytestmark = pytest.mark.usefixtures("session")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def facts() -> Iterator[list[StillComingAsked]]:
    seen: list[StillComingAsked] = []
    still_coming_asked.subscribe(seen.append)
    yield seen
    still_coming_asked._signal.disconnect(seen.append)


def moved(event: Event, host: Account, by: timedelta) -> None:
    place = VenueDraft(name="Café Kanatitsa", address="ul. Shishman 12", city="Sofia", country="BG")
    starts, ends = event.starts_wall + by, event.ends_wall + by
    draft = EventDraft(title=event.title, starts_wall=starts, ends_wall=ends, zone=event.zone, place=place)
    events.edit(host, events.get(event.key), draft)


@pytest.mark.parametrize(
    ("hours", "rules", "asked"),
    [
        (49, None, False),
        (47, None, True),
        (3, None, True),
        (1, None, False),
        (47, Rules(ask_hours=0), False),
        (100, Rules(ask_hours=120), True),
        (100, Rules(ask_hours=72), False),
        (24 * 20, Rules(ask_hours=24 * 30), True),
    ],
)
def test_people_are_asked_some_hours_before_the_start(hours: float, rules: Rules | None, asked: bool) -> None:
    rsvp = early(event_in(hours, rules=rules))
    assert run() == int(asked)
    assert rsvp.is_silent is asked


def test_the_hours_are_the_installations_unless_the_event_says_others(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    event = event_in(80)
    usual, own = early(event), early(event_in(80, rules=Rules(ask_hours=12)))
    assert run() == 0
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], ask_hours=96))
    assert Rules.of(event).ask_hours == 96
    assert Rules(ask_hours=48).stored() == {"ask_hours": 48}
    assert run() == 1
    assert (usual.is_silent, own.is_silent) == (True, False)


def test_who_needs_no_question_gets_none(facts: list[StillComingAsked]) -> None:
    host = make_account()
    event = event_in(47, host=host)
    asked = early(event)
    others = [
        early(event, answered_at=now() - 23 * HOUR),
        early(event, confirmed_at=now() - 2 * HOUR),
        early(event, email=None, source=Source.HOST),
        early(event, answer=Answer.WAITLISTED),
        early(event, answer=Answer.CANCELLED),
        early(event, account=host),
    ]
    assert run() == 1
    assert asked.is_silent
    assert [rsvp.asked_at for rsvp in others] == [None] * len(others)
    assert [(fact.event.id, fact.number, fact.asked_at) for fact in facts] == [(event.id, 1, asked.asked_at)]


def test_who_said_so_long_before_is_asked_as_well() -> None:
    rsvp = early(event_in(47), confirmed_at=now() - 3 * DAY)
    assert run() == 1
    assert rsvp.is_silent


def test_a_start_is_asked_for_once(facts: list[StillComingAsked]) -> None:
    event = event_in(47)
    early(event)
    assert (run(), run()) == (1, 0)
    late = early(event)
    assert run() == 0
    assert late.asked_at is None
    assert len(facts) == 1


def test_nobody_is_asked_for_what_does_not_take_place(facts: list[StillComingAsked]) -> None:
    early(event_in(47, state="cancelled"))
    early(event_in(47, state="draft"))
    assert run() == 0
    assert facts == []


def test_another_start_is_asked_for_anew() -> None:
    host = make_account()
    event = event_in(47, host=host)
    silent, loyal = early(event), early(event)
    run()
    service.confirm(loyal)
    moved(event, host, 3 * DAY)
    assert (silent.asked_at, loyal.asked_at, loyal.confirmed_at) == (None, None, None)
    assert run() == 0
    moved(event, host, -3 * DAY)
    assert run() == 2
    assert silent.is_silent
    assert loyal.is_silent


def test_another_place_is_no_other_start() -> None:
    host = make_account()
    event = event_in(47, host=host)
    rsvp = early(event)
    run()
    place = VenueDraft(name="Elsewhere", address="ul. Rakovski 1", city="Sofia", country="BG")
    same = EventDraft(title=event.title, starts_wall=event.starts_wall, ends_wall=event.ends_wall, zone=event.zone)
    events.edit(host, events.get(event.key), EventDraft(**(vars(same) | {"place": place})))
    assert rsvp.is_silent
    assert run() == 0


def test_one_yes_is_enough() -> None:
    rsvp = early(event_in(47))
    run()
    service.confirm(rsvp)
    said = rsvp.confirmed_at
    service.confirm(rsvp)
    assert rsvp.confirmed_at == said
    assert not rsvp.is_silent
    assert log_of(rsvp) == [("going", "going", 1, moves.CONFIRMED, "person")]


def test_only_who_has_a_place_says_that_they_still_come() -> None:
    rsvp = early(event_in(47), answer=Answer.WAITLISTED)
    with pytest.raises(moves.NotAllowed):
        service.confirm(rsvp)


def test_who_comes_back_is_no_longer_silent() -> None:
    rsvp = early(event_in(47))
    run()
    service.cancel(rsvp)
    assert not rsvp.is_silent
    service.rejoin(rsvp)
    assert (rsvp.asked_at, rsvp.late, rsvp.is_silent) == (None, False, False)
