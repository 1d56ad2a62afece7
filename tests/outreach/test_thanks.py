"""Thanks after an event: to whom, when, and only where they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session, scoped_session

from organizer.checkin.models import CheckIn
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.models import State
from organizer.outreach import letters
from organizer.outreach.models import MutedLetter
from organizer.outreach.reminders import THANKS, thanks
from organizer.rsvps import service as rsvps
from tests.factories import make_event
from tests.outreach.hours import A_WEEK_BEFORE, MINUTE, at, run_all, week_ahead, written
from tests.outreach.reading import come, composed, outbox

Sess = scoped_session[Session]


@pytest.fixture(autouse=True)
def a_week_before() -> Iterator[None]:
    with time_machine.travel(A_WEEK_BEFORE, tick=False):
        yield


def test_thanks_go_to_who_was_let_in(session: Sess) -> None:
    _, event = week_ahead()
    here = come(event, "here@example.org")
    come(event, "absent@example.org")
    turn = thanks(event)
    with at(event.ends_at), unit_of_work():
        db.session.add(CheckIn(rsvp_id=here.id, event_id=event.id))
    with at(turn.at - MINUTE):
        run_all()
    assert written(THANKS) == []
    with at(turn.at):
        with unit_of_work():
            for n in range(5):
                make_event(event.community, title=f"Next {n}", starts_at=now() + timedelta(days=n + 1))
            make_event(event.community, title="Off", state=State.CANCELLED, starts_at=now() + timedelta(hours=3))
        run_all()
        run_all()
        (letter,) = outbox(THANKS)
        mail = composed(letter)
    assert letter.address == "here@example.org"
    assert mail.subject == "Thank you for coming: Photo walk"
    assert "Next 2" in mail.text
    assert "Next 3" not in mail.text
    assert "Off" not in mail.text
    assert "/rsvps/" not in mail.text + mail.html
    assert mail.calendar is None


def test_without_a_door_thanks_go_to_who_was_going(session: Sess) -> None:
    _, event = week_ahead()
    come(event, "mira@example.org")
    with unit_of_work():
        rsvps.cancel(come(event, "left@example.org"))
    with at(thanks(event).at):
        run_all()
        (letter,) = outbox(THANKS)
        assert letters.still_true(letters.Sheet.of(letter))
        assert composed(letter).subject == "Thank you: Photo walk"
    with at(thanks(event).until + MINUTE):
        assert not letters.still_true(letters.Sheet.of(letter))


def test_a_community_may_do_without_thanks(session: Sess) -> None:
    _, event = week_ahead()
    come(event, "mira@example.org")
    with unit_of_work():
        db.session.add(MutedLetter(community_id=event.community_id, kind=THANKS))
    with at(thanks(event).at):
        run_all()
    assert written(THANKS) == []


def test_what_is_long_over_or_was_called_off_is_not_thanked_for(session: Sess) -> None:
    owner, event = week_ahead()
    _, other = event, make_event(event.community, starts_at=event.starts_at)
    for each in (event, other):
        come(each, "mira@example.org")
    with unit_of_work():
        events.cancel(owner, other, "Storm.")
    with at(thanks(event).until + MINUTE):
        run_all()
    with at(thanks(event).at):
        run_all()
    assert len(outbox(THANKS)) == 1
