"""Places that are held for who waits, and queues that a host moves."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from organizer.accounts.models import Account
from organizer.core.db import db, unit_of_work
from organizer.core.errors import Invalid
from organizer.core.time import now
from organizer.events.models import Event, State
from organizer.rsvps import hosting, jobs, moves, owning, seats, service, waitlist
from organizer.rsvps.models import Answer, Rsvp
from organizer.rsvps.queries import overview, position
from tests.factories import make_account, make_event
from tests.rsvps.coming import come, log_of, no_differences, numbers
from tests.rsvps.laws import broken_laws

HELD = {"queue": "offer"}


@pytest.mark.usefixtures("session")
class TestHeld:
    def test_a_free_place_is_held_and_no_newcomer_takes_it(self) -> None:
        event = make_event(capacity=1, rsvp_rules=HELD)
        first, second = come(event, "a"), come(event, "b")
        service.cancel(first)
        assert second.answer is Answer.OFFERED
        assert second.offer_until == pytest.approx(second.answered_at + timedelta(hours=24), abs=timedelta(seconds=1))
        assert numbers(event) == (1, 0, 0, 1)
        assert come(event, "c").answer is Answer.WAITLISTED
        assert (overview(event).coming, overview(event).left(event)) == (0, 0)
        assert log_of(second)[-1] == ("waitlisted", "offered", 1, moves.OFFERED_PLACE, "queue")
        assert position(second) is None
        assert no_differences()

    def test_taking_it_twice_is_taking_it_once(self) -> None:
        event = make_event(capacity=1, rsvp_rules=HELD)
        first, second = come(event, "a"), come(event, "b")
        service.cancel(first)
        assert service.accept(second).answer is Answer.GOING
        log = log_of(second)
        assert service.accept(second) is second
        assert (log_of(second), second.offer_until) == (log, None)
        assert numbers(event) == (1, 1, 0, 1)

    def test_giving_it_on_offers_it_to_the_next(self) -> None:
        event = make_event(capacity=1, rsvp_rules=HELD)
        first, second, third = come(event, "a"), come(event, "b"), come(event, "c")
        service.cancel(first)
        service.cancel(second)
        assert (second.answer, second.late, third.answer) == (Answer.CANCELLED, False, Answer.OFFERED)

    def test_fewer_people_free_a_part_of_what_is_held(self) -> None:
        event = make_event(capacity=3, rsvp_rules=HELD)
        first, pair, other = come(event, "a", guests=2), come(event, "b", guests=1), come(event, "c", guests=1)
        service.cancel(first)
        assert (pair.answer, other.answer) == (Answer.OFFERED, Answer.WAITLISTED)
        with pytest.raises(seats.Full):
            service.change_guests(pair, 2)
        service.change_guests(pair, 0)
        assert other.answer is Answer.OFFERED
        assert numbers(event) == (3, 0, 0, 3)
        assert no_differences()

    def test_what_nobody_waits_for_is_simply_free(self) -> None:
        """A full page that becomes free shows the usual way in, not an empty waitlist."""
        event = make_event(capacity=1, rsvp_rules=HELD)
        service.cancel(come(event, "a"))
        assert not overview(event).is_full(event)
        assert come(event, "b").answer is Answer.GOING

    def test_a_host_may_let_in_whom_the_place_is_held_for(self) -> None:
        host = make_account()
        event = make_event(host=host, capacity=1, rsvp_rules=HELD)
        first, second = come(event, "a"), come(event, "b")
        service.cancel(first)
        hosting.let_in(host, second, "She called", over_capacity=False)
        assert (second.answer, numbers(event)) == (Answer.GOING, (1, 1, 0, 1))
        assert log_of(second)[-1][3] == f"{moves.LET_IN}: She called"

    def test_an_account_that_goes_gives_its_offer_on(self) -> None:
        event, account = make_event(capacity=1, rsvp_rules=HELD), make_account()
        first, own, third = come(event, "a"), come(event, account), come(event, "c")
        service.cancel(first)
        owning.forget_account(account.id)
        assert (own.answer, third.answer) == (Answer.CANCELLED, Answer.OFFERED)
        assert no_differences()


def test_offers_run_out_in_order_and_everybody_is_asked(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            event = make_event(capacity=2, rsvp_rules=HELD)
            ids = [come(event, name).id for name in "abcdef"]
            for left in ids[:2]:
                service.cancel(db.session.get_one(Rsvp, left))
        with time_machine.travel(now() + timedelta(hours=25), tick=False):
            assert jobs.expire_offers() == 2
            assert jobs.expire_offers() == 0
        with unit_of_work():
            people = {rsvp.id: rsvp for rsvp in db.session.query(Rsvp)}
            answers = [people[number].answer for number in ids]
            assert answers == [Answer.CANCELLED] * 4 + [Answer.OFFERED] * 2
            assert people[ids[2]].offer_until is not None
            assert log_of(people[ids[2]])[-1] == ("offered", "cancelled", 1, moves.EXPIRED, "system")
            assert service.rejoin(people[ids[2]]).answer is Answer.WAITLISTED
        assert broken_laws(event.id) == []


def test_what_has_run_out_cannot_be_taken_even_before_anybody_looked(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            event = make_event(capacity=1, rsvp_rules=HELD)
            first, second = come(event, "a"), come(event, "b")
            service.cancel(first)
        with time_machine.travel(now() + timedelta(hours=25)), pytest.raises(waitlist.OfferOver), unit_of_work():
            service.accept(second)


def test_offers_of_a_cancelled_event_wait(app: Flask) -> None:
    with app.app_context():
        with unit_of_work():
            event = make_event(capacity=1, rsvp_rules=HELD)
            first, second = come(event, "a"), come(event, "b")
            service.cancel(first)
            db.session.get_one(Event, event.id).state = State.CANCELLED
        with time_machine.travel(now() + timedelta(hours=25)):
            assert jobs.expire_offers() == 0
        db.session.expire_all()
        assert db.session.get_one(Rsvp, second.id).answer is Answer.OFFERED


@pytest.fixture
def host() -> Account:
    return make_account()


@pytest.mark.usefixtures("session")
class TestPicked:
    def test_nobody_moves_by_themselves_and_newcomers_line_up(self, host: Account) -> None:
        event = make_event(host=host, capacity=1, rsvp_rules={"queue": "host"})
        first, second, third = come(event, "a"), come(event, "b"), come(event, "c")
        service.cancel(first)
        assert (second.answer, come(event, "d").answer) == (Answer.WAITLISTED, Answer.WAITLISTED)
        assert overview(event).is_full(event)
        hosting.let_in(host, third, "Brings the projector", over_capacity=False)
        assert third.answer is Answer.GOING
        assert log_of(second)[-1] == ("waitlisted", "waitlisted", 1, f"{moves.OVERTAKEN}: Brings the projector", "host")
        with pytest.raises(seats.Full):
            hosting.let_in(host, second, "Sorry", over_capacity=False)
        assert no_differences()

    def test_moving_up_needs_a_reason_and_is_seen_by_those_passed(self, host: Account) -> None:
        event = make_event(host=host, capacity=0)
        first, second, third = come(event, "a"), come(event, "b"), come(event, "c")
        with pytest.raises(Invalid):
            hosting.move_up(host, third, " ")
        hosting.move_up(host, third, "Was told wrongly")
        places = [position(rsvp) for rsvp in (third, first, second)]
        assert [place.number for place in places if place] == [1, 2, 3]
        assert [log_of(rsvp)[-1][3] for rsvp in (first, second)] == [f"{moves.OVERTAKEN}: Was told wrongly"] * 2
        assert log_of(third)[-1][3] == f"{moves.MOVED_UP}: Was told wrongly"
        with pytest.raises(moves.NotAllowed):
            hosting.move_up(host, service.cancel(first), "x")
