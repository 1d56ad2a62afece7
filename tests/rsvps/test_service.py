"""What a person and a host can do, one after another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from organizer.core.db import db
from organizer.core.errors import Invalid
from organizer.core.time import now
from organizer.events.models import State, Visibility
from organizer.rsvps import moves, opening, owning, seats, service
from organizer.rsvps.models import Answer, Tally
from organizer.rsvps.moves import By
from organizer.rsvps.queries import position
from organizer.rsvps.signals import LinkAsked, RsvpMoved, link_asked, rsvp_moved
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp
from tests.rsvps.coming import come, log_of, no_differences, numbers

pytestmark = pytest.mark.usefixtures("session")


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
    with pytest.raises(Invalid, match="one guest"):
        come(make_event(guests_limit=1), guests=2)


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
    assert service.proves(rsvp, None, "form-1")


@pytest.mark.parametrize("who", ["mira", "an account"])
def test_a_form_that_comes_late_or_twice_undoes_nothing_that_was_said_since(who: str) -> None:
    event, person = make_event(), make_account() if who == "an account" else who
    rsvp = come(event, person, once="form-1")
    service.change_guests(rsvp, 2)
    assert come(event, person, once="form-1").guests == 2
    service.cancel(rsvp)
    log = log_of(rsvp)
    assert come(event, person, once="form-1") is rsvp
    assert come(event, person, guests=1, once="form-1") is rsvp
    assert (rsvp.answer, log_of(rsvp)) == (Answer.CANCELLED, log)


def test_another_form_brings_an_account_back_and_does_so_once() -> None:
    event, account = make_event(), make_account()
    rsvp = come(event, account, once="form-1")
    service.cancel(rsvp)
    assert come(event, account, once="form-2").answer == Answer.GOING
    service.cancel(rsvp)
    assert come(event, account, once="form-2").answer == Answer.CANCELLED


def test_an_address_with_an_account_is_treated_like_any_other() -> None:
    event, account = make_event(), make_account(email="mira@example.org", name="Mira I.")
    rsvp = come(event, "mira")
    assert (rsvp.account_id, rsvp.name) == (None, "Mira")
    assert owning.join_account(account) == 1
    db.session.refresh(rsvp)
    assert rsvp.account_id == account.id


def test_a_nameless_account_takes_the_name_of_its_newest_answer() -> None:
    account, named = (
        make_account(name="", email="olga@example.org"),
        make_account(name="Mira", email="mira@example.org"),
    )
    for name, email in (("Olia", account.email), ("Olga", account.email), ("Somebody", named.email)):
        make_rsvp(make_event(), name=name, email=email)
    assert (owning.join_account(account), owning.join_account(named)) == (2, 1)
    assert (account.name, named.name) == ("Olga", "Mira")


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


def test_fewer_guests_than_none_free_no_place() -> None:
    event = make_event(capacity=2)
    rsvp, _other = come(event, "mira"), come(event, "boris")
    with pytest.raises(Invalid):
        service.change_guests(rsvp, -1)
    assert numbers(event) == (2, 2, 0, 2)
    assert come(event, "late").answer == Answer.WAITLISTED
    assert no_differences()
