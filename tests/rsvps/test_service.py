"""What a person and a host can do, one after another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.errors import Forbidden, Invalid
from organizer.core.time import now
from organizer.events.models import Event, State, Visibility
from organizer.rsvps import counts, moves, opening, owning, seats, service
from organizer.rsvps.models import Answer, Listing, Rsvp, RsvpMove, Source, Tally
from organizer.rsvps.moves import By
from organizer.rsvps.queries import position
from organizer.rsvps.signals import LinkAsked, RsvpMoved, link_asked, rsvp_moved
from tests.factories import make_account, make_community, make_event, make_member

pytestmark = pytest.mark.usefixtures("session")


def come(event: Event, who: str | Account = "mira", guests: int = 0, once: str = "", **more: Any) -> Rsvp:
    """Answer as a visitor called `who`, or as an account."""
    account = who if isinstance(who, Account) else None
    name = "" if account else str(who).title()
    email = "" if account else f"{who}@example.org"
    usual: dict[str, Any] = {"name": name, "email": email, "listing": Listing.NAME, "locale": "en"}
    return service.answer(account, event, guests=guests, once=once, **usual | more)


def numbers(event: Event) -> tuple[int, int, int, int | None]:
    row = db.session.execute(
        sa.select(Tally.taken, Tally.going, Tally.waiting, Tally.ceiling).where(Tally.event_id == event.id)
    ).one()
    return tuple(row)


def log_of(rsvp: Rsvp) -> list[tuple[str, str, int, str, str]]:
    rows = db.session.scalars(sa.select(RsvpMove).where(RsvpMove.rsvp_id == rsvp.id).order_by(RsvpMove.id))
    return [(row.before, row.after, row.places, row.why, row.by) for row in rows]


def no_differences() -> bool:
    return list(counts.differences()) == []


def test_a_visitor_gets_a_place_at_once() -> None:
    event = make_event(capacity=3)
    rsvp = come(event, "mira", guests=1)
    assert (rsvp.answer, rsvp.places, rsvp.email) == (Answer.GOING, 2, "mira@example.org")
    assert numbers(event) == (2, 1, 0, 3)
    assert log_of(rsvp) == [("", "going", 2, moves.JOINED, "person")]


def test_every_move_raises_the_pages_version() -> None:
    event = make_event()
    before = event.version
    service.cancel(come(event))
    assert event.version == before + 2


def test_a_full_event_has_a_queue_that_keeps_its_order() -> None:
    event = make_event(capacity=1)
    first, second, third = come(event, "a"), come(event, "b"), come(event, "c")
    assert [r.answer for r in (first, second, third)] == [Answer.GOING, Answer.WAITLISTED, Answer.WAITLISTED]
    assert [(p.number, p.waiting) for p in (position(second), position(third)) if p] == [(1, 2), (2, 2)]
    assert position(first) is None
    service.cancel(first)
    assert (second.answer, third.answer) == (Answer.GOING, Answer.WAITLISTED)
    assert log_of(second)[-1] == ("waitlisted", "going", 1, moves.PROMOTED, "queue")
    assert no_differences()


def test_a_party_that_does_not_fit_is_passed_over_and_keeps_its_position() -> None:
    event = make_event(capacity=3)
    pair, single = come(event, "pair", guests=1), come(event, "single")
    trio, one = come(event, "trio", guests=2), come(event, "one")
    service.cancel(single)
    assert (trio.answer, one.answer) == (Answer.WAITLISTED, Answer.GOING)
    assert log_of(trio)[-1] == ("waitlisted", "waitlisted", 3, moves.PASSED_OVER, "queue")
    late = come(event, "late")
    assert [p and p.number for p in (position(trio), position(late))] == [1, 2]
    service.cancel(pair)
    assert (trio.answer, late.answer) == (Answer.WAITLISTED, Answer.GOING)
    service.cancel(one)
    service.cancel(late)
    assert trio.answer == Answer.GOING
    assert no_differences()


def test_fewer_guests_free_places_at_once_and_more_need_free_places() -> None:
    event = make_event(capacity=3)
    party, waiting = come(event, "party", guests=2), come(event, "waiting")
    service.change_guests(party, 1)
    assert waiting.answer == Answer.GOING
    with pytest.raises(seats.Full):
        service.change_guests(party, 2)
    service.cancel(waiting)
    assert service.change_guests(party, 2).places == 3
    assert numbers(event) == (3, 1, 0, 3)


def test_a_smaller_party_may_fit_from_its_place_in_the_queue() -> None:
    event = make_event(capacity=2)
    come(event, "a")
    pair = come(event, "pair", guests=1)
    assert pair.answer == Answer.WAITLISTED
    service.change_guests(pair, 0)
    assert pair.answer == Answer.GOING
    assert [entry[3] for entry in log_of(pair)] == [moves.JOINED, moves.FEWER_GUESTS, moves.PROMOTED]


def test_guests_have_a_limit() -> None:
    event = make_event(capacity=2, guests_limit=2)
    for guests in (-1, 2, 3):
        with pytest.raises(Invalid) as refused:
            come(event, guests=guests)
        assert refused.value.field == "guests"
    with pytest.raises(Invalid):
        come(make_event(guests_limit=0), guests=1)


def test_the_same_answer_twice_is_one_answer_and_one_fact() -> None:
    facts: list[RsvpMoved] = []
    event, account = make_event(), make_account()
    rsvp_moved.subscribe(facts.append)
    first = come(event, account, guests=1)
    assert come(event, account, guests=1) is first
    assert len(facts) == 1
    assert numbers(event) == (2, 1, 0, None)


def test_an_address_alone_changes_and_reveals_nothing() -> None:
    asked: list[LinkAsked] = []
    link_asked.subscribe(asked.append)
    event = make_event()
    rsvp = come(event, "mira", once="form-1")
    assert come(event, "mira", name="Somebody else", guests=2, email=" MIRA@example.org ", once="form-2") is rsvp
    assert (rsvp.name, rsvp.guests) == ("Mira", 0)
    assert [fact.rsvp for fact in asked] == [rsvp]
    assert service.proves(rsvp, None, "form-1")
    assert not service.proves(rsvp, None, "form-2")
    assert not service.proves(rsvp, None)


def test_the_same_form_sent_again_is_its_own_proof() -> None:
    event = make_event()
    rsvp = come(event, "mira", once="form-1")
    assert come(event, "mira", guests=1, once="form-1").guests == 1
    service.cancel(rsvp)
    assert come(event, "mira", once="form-1").answer == Answer.GOING


def test_an_address_with_an_account_is_treated_like_any_other() -> None:
    event, account = make_event(), make_account(email="mira@example.org", name="Mira I.")
    rsvp = come(event, "mira")
    assert (rsvp.account_id, rsvp.name) == (None, "Mira")
    assert owning.join_account(account) == 1
    db.session.refresh(rsvp)
    assert rsvp.account_id == account.id


def test_signed_in_one_finds_what_one_answered_as_a_guest() -> None:
    event, account = make_event(), make_account(email="mira@example.org")
    rsvp = come(event, "mira")
    assert come(event, account) is rsvp
    assert rsvp.account_id == account.id


def test_who_comes_back_stands_at_the_end() -> None:
    event = make_event(capacity=1)
    come(event, "a")
    b, c = come(event, "b"), come(event, "c")
    service.cancel(b)
    service.rejoin(b)
    assert [p and p.number for p in (position(c), position(b))] == [1, 2]
    assert no_differences()


def test_a_removed_person_does_not_come_back_silently() -> None:
    host = make_account()
    event = make_event(host=host, capacity=1)
    rude, kind = come(event, "rude", once="r"), come(event, "kind")
    service.remove(host, rude, "No-show three times")
    assert (rude.answer, kind.answer) == (Answer.REMOVED, Answer.GOING)
    assert log_of(rude)[-1] == ("going", "removed", 1, "No-show three times", "host")
    with pytest.raises(opening.TakenOff):
        service.rejoin(rude)
    with pytest.raises(opening.TakenOff):
        come(event, "rude", once="r")
    assert come(event, "rude").answer == Answer.REMOVED
    service.add_by_host(host, event, "Rude", "rude@example.org", 0, over_capacity=True, source=Source.HOST)
    assert rude.answer == Answer.GOING
    assert numbers(event) == (2, 2, 0, 2)


def test_removed_without_a_block_may_come_back() -> None:
    host = make_account()
    event = make_event(host=host)
    rsvp = service.remove(host, come(event), "Entered twice", block=False)
    assert service.rejoin(rsvp).answer == Answer.GOING


def test_only_hosts_change_the_list() -> None:
    event, stranger = make_event(), make_account()
    rsvp = come(event)
    with pytest.raises(Forbidden):
        service.remove(stranger, rsvp, "")
    with pytest.raises(Forbidden):
        service.add_by_host(stranger, event, "A", "", 0, over_capacity=False, source=Source.HOST)
    with pytest.raises(Forbidden):
        service.set_note(stranger, rsvp, "x")


def test_a_host_adds_people_with_or_without_an_address() -> None:
    host = make_account()
    event = make_event(host=host, capacity=2)
    walk_in = service.add_by_host(host, event, "Bo", "", 0, over_capacity=False, source=Source.WALK_IN)
    again = service.add_by_host(host, event, "Bo", "", 0, over_capacity=False, source=Source.WALK_IN)
    assert walk_in is not again
    assert log_of(walk_in) == [("", "going", 1, moves.WALKED_IN, "host")]
    with pytest.raises(seats.Full):
        service.add_by_host(host, event, "Cy", "cy@example.org", 0, over_capacity=False, source=Source.HOST)
    cy = service.add_by_host(host, event, "Cy", "cy@example.org", 1, over_capacity=True, source=Source.HOST)
    assert numbers(event) == (4, 3, 0, 4)
    assert service.add_by_host(host, event, "Cy", "cy@example.org", 1, over_capacity=True, source=Source.HOST) is cy
    service.cancel(cy)
    assert numbers(event) == (2, 2, 0, 2)


def test_a_host_lets_somebody_in_who_waits() -> None:
    host = make_account()
    event = make_event(host=host, capacity=1)
    come(event, "a")
    waiting = come(event, "b")
    with pytest.raises(seats.Full):
        service.add_by_host(host, event, "B", "b@example.org", 0, over_capacity=False, source=Source.HOST)
    service.add_by_host(host, event, "B", "b@example.org", 0, over_capacity=True, source=Source.HOST)
    assert waiting.answer == Answer.GOING
    assert log_of(waiting)[-1] == ("waitlisted", "going", 1, moves.LET_IN, "host")
    assert no_differences()


def test_lowering_the_capacity_throws_nobody_out_and_lets_nobody_in() -> None:
    event = make_event(capacity=3)
    people = [come(event, name) for name in "abcd"]
    event.capacity = 1
    seats.follow_capacity(seats.hold(event))
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
    seats.follow_capacity(seats.hold(event))
    assert [p.answer for p in people] == [Answer.GOING] * (capacity or 4) + [Answer.WAITLISTED] * (4 - (capacity or 4))
    assert no_differences()


def test_nobody_is_promoted_once_the_event_has_started() -> None:
    event = make_event(capacity=1, starts_at=now() - timedelta(minutes=10))
    first, second = come(event, "a"), come(event, "b")
    service.cancel(first)
    assert second.answer == Answer.WAITLISTED
    assert come(event, "c").answer == Answer.WAITLISTED
    assert service.cancel(second).answer == Answer.CANCELLED


def test_each_closed_event_refuses_with_its_own_words() -> None:
    said = set()
    community = make_community()
    for given in (
        {"starts_at": now() - timedelta(days=1)},
        {"state": State.DRAFT},
        {"state": State.CANCELLED},
        {"visibility": Visibility.MEMBERS},
    ):
        with pytest.raises((opening.Closed, opening.MembersOnly)) as refused:
            come(make_event(community, **given))
        said.add(str(refused.value))
    assert len(said) == 4
    member = make_member(community)
    assert come(make_event(community, visibility=Visibility.MEMBERS), member).answer == Answer.GOING


def test_answers_to_a_cancelled_event_are_frozen() -> None:
    event = make_event()
    rsvp = come(event)
    event.state = State.CANCELLED
    with pytest.raises(opening.CalledOff):
        service.cancel(rsvp)


def test_an_event_without_a_tally_gets_one_with_the_first_answer() -> None:
    event = make_event(capacity=2)
    come(event, "a")
    db.session.execute(sa.delete(Tally))
    assert come(event, "b").answer == Answer.GOING
    assert come(event, "c").answer == Answer.WAITLISTED
    assert numbers(event) == (2, 2, 1, 2)


def test_an_account_that_goes_gives_its_places_back() -> None:
    event, account = make_event(capacity=1), make_account()
    gone, waiting = come(event, account), come(event, "b")
    assert owning.forget_account(account.id) == 1
    assert waiting.answer == Answer.GOING
    assert (gone.answer, gone.account_id, gone.email, gone.name) == (Answer.CANCELLED, None, None, owning.NOBODY)
    assert log_of(gone)[-1][3:] == (moves.ACCOUNT_DELETED, "system")


def test_the_table_of_moves_is_the_law() -> None:
    with pytest.raises(moves.NotAllowed):
        moves.check(Answer.GOING, Answer.WAITLISTED, By.HOST)
    with pytest.raises(moves.NotAllowed):
        moves.check(Answer.WAITLISTED, Answer.GOING, By.PERSON)


def test_a_wrong_tally_is_found_and_mended() -> None:
    event = make_event(capacity=2)
    come(event, "a")
    db.session.execute(sa.update(Tally).values(taken=2, going=2, waiting=0))
    waiting = come(event, "b")
    assert waiting.answer == Answer.WAITLISTED
    [found] = counts.differences()
    assert (found.tally, found.rows) == ((2, 2, 1, 2), (1, 1, 1, 2))
    counts.repair(found)
    assert waiting.answer == Answer.GOING
    assert no_differences()
