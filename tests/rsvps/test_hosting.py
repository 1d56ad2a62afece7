"""What hosts do with the list, and what capacity does with it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from organizer.core.db import db
from organizer.core.errors import Forbidden
from organizer.rsvps import counts, hosting, moves, opening, seats, service, waitlist
from organizer.rsvps.models import Answer, Source, Tally
from tests.factories import make_account, make_event
from tests.rsvps.coming import come, log_of, no_differences, numbers

pytestmark = pytest.mark.usefixtures("session")


def test_a_removed_person_does_not_come_back_silently() -> None:
    host = make_account()
    event = make_event(host=host, capacity=1)
    rude, kind = come(event, "rude", once="r"), come(event, "kind")
    hosting.remove(host, rude, "No-show three times")
    assert (rude.answer, kind.answer) == (Answer.REMOVED, Answer.GOING)
    assert log_of(rude)[-1] == ("going", "removed", 1, "No-show three times", "host")
    with pytest.raises(opening.TakenOff):
        service.rejoin(rude)
    with pytest.raises(opening.TakenOff):
        come(event, "rude", once="r")
    assert come(event, "rude").answer == Answer.REMOVED
    hosting.add_by_host(host, event, "Rude", "rude@example.org", 0, over_capacity=True, source=Source.HOST)
    assert rude.answer == Answer.GOING
    assert numbers(event) == (2, 2, 0, 2)


def test_removed_without_a_block_may_come_back() -> None:
    host = make_account()
    event = make_event(host=host)
    rsvp = hosting.remove(host, come(event), "Entered twice", block=False)
    assert service.rejoin(rsvp).answer == Answer.GOING


def test_only_hosts_change_the_list() -> None:
    event, stranger = make_event(), make_account()
    rsvp = come(event)
    with pytest.raises(Forbidden):
        hosting.remove(stranger, rsvp, "")
    with pytest.raises(Forbidden):
        hosting.add_by_host(stranger, event, "A", "", 0, over_capacity=False, source=Source.HOST)
    with pytest.raises(Forbidden):
        hosting.set_note(stranger, rsvp, "x")


def test_a_host_adds_people_with_or_without_an_address() -> None:
    host = make_account()
    event = make_event(host=host, capacity=2)
    walk_in = hosting.add_by_host(host, event, "Bo", "", 0, over_capacity=False, source=Source.WALK_IN)
    again = hosting.add_by_host(host, event, "Bo", "", 0, over_capacity=False, source=Source.WALK_IN)
    assert walk_in is not again
    assert log_of(walk_in) == [("", "going", 1, moves.WALKED_IN, "host")]
    with pytest.raises(seats.Full):
        hosting.add_by_host(host, event, "Cy", "cy@example.org", 0, over_capacity=False, source=Source.HOST)
    cy = hosting.add_by_host(host, event, "Cy", "cy@example.org", 1, over_capacity=True, source=Source.HOST)
    assert numbers(event) == (4, 3, 0, 4)
    assert hosting.add_by_host(host, event, "Cy", "cy@example.org", 1, over_capacity=True, source=Source.HOST) is cy
    service.cancel(cy)
    assert numbers(event) == (2, 2, 0, 2)


def test_a_host_lets_somebody_in_who_waits() -> None:
    host = make_account()
    event = make_event(host=host, capacity=1)
    come(event, "a")
    waiting = come(event, "b")
    with pytest.raises(seats.Full):
        hosting.add_by_host(host, event, "B", "b@example.org", 0, over_capacity=False, source=Source.HOST)
    hosting.add_by_host(host, event, "B", "b@example.org", 0, over_capacity=True, source=Source.HOST)
    assert waiting.answer == Answer.GOING
    assert log_of(waiting)[-1] == ("waitlisted", "going", 1, moves.LET_IN, "host")
    assert no_differences()


def test_lowering_the_capacity_throws_nobody_out_and_lets_nobody_in() -> None:
    event = make_event(capacity=3)
    people = [come(event, name) for name in "abcd"]
    event.capacity = 1
    waitlist.follow_rules(seats.hold(event))
    assert numbers(event) == (3, 3, 1, 3)
    service.cancel(people[0])
    service.cancel(people[1])
    assert people[3].answer == Answer.WAITLISTED
    assert numbers(event) == (1, 1, 1, 1)
    service.cancel(people[2])
    assert people[3].answer == Answer.GOING


@pytest.mark.parametrize("capacity", [3, None])
def test_raising_the_capacity_promotes_in_order(capacity: int | None) -> None:
    event = make_event(capacity=1)
    people = [come(event, name) for name in "abcd"]
    event.capacity = capacity
    waitlist.follow_rules(seats.hold(event))
    assert [p.answer for p in people] == [Answer.GOING] * (capacity or 4) + [Answer.WAITLISTED] * (4 - (capacity or 4))
    assert no_differences()


def test_a_wrong_tally_is_found_and_mended() -> None:
    event = make_event(capacity=2)
    come(event, "a")
    db.session.execute(sa.update(Tally).values(taken=2, going=2, waiting=0))
    waiting = come(event, "b")
    assert waiting.answer == Answer.WAITLISTED
    [found] = counts.differences()
    assert (found.tally, found.rows) == ((2, 2, 1, 0, 2), (1, 1, 1, 0, 2))
    counts.repair(found)
    assert waiting.answer == Answer.GOING
    assert no_differences()
