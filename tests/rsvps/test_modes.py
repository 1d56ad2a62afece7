"""Who may answer by the rules of an event, and what everybody else is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from organizer.communities.models import Membership, Standing, forget_roles
from organizer.core.db import db, save
from organizer.core.errors import Invalid
from organizer.core.time import now, to_wall
from organizer.events.models import Event
from organizer.rsvps import admission, hosting, moves, opening, seats, service
from organizer.rsvps.admission import Entry, Way
from organizer.rsvps.models import Answer
from organizer.rsvps.rules import Mode, Moment, Rules
from tests.factories import make_account, make_community, make_event, make_member
from tests.rsvps.coming import come, log_of, no_differences, numbers

pytestmark = pytest.mark.usefixtures("session")


def ruled(host: Any = None, *, capacity: int | None = None, **rules: Any) -> Event:
    return make_event(host=host, capacity=capacity, rsvp_rules=Rules(**rules).stored())


def test_a_request_takes_no_place_until_a_host_approves() -> None:
    host = make_account()
    event = ruled(host, capacity=2, mode=Mode.APPROVAL)
    pair, single, late = come(event, "pair", guests=1), come(event, "single"), come(event, "late")
    assert [r.answer for r in (pair, single, late)] == [Answer.PENDING] * 3
    assert numbers(event) == (0, 0, 0, 2)
    assert log_of(pair) == [("", "pending", 2, moves.ASKED, "person")]
    assert hosting.approve(host, single).answer is Answer.GOING
    assert hosting.approve(host, single) is single
    with pytest.raises(seats.Full):
        hosting.approve(host, pair)
    assert pair.answer is Answer.PENDING
    assert log_of(single)[-1] == ("pending", "going", 1, moves.APPROVED, "host")


def test_approving_all_stops_at_the_capacity_and_says_who_is_left() -> None:
    host = make_account()
    event = ruled(host, capacity=3, mode=Mode.APPROVAL)
    asked = [come(event, "a"), come(event, "trio", guests=2), come(event, "b"), come(event, "c"), come(event, "d")]
    done = hosting.approve_all(host, event)
    assert [r.name for r in done.approved] == ["A", "B", "C"]
    assert [r.name for r in done.left] == ["Trio", "D"]
    assert asked[1].answer is Answer.PENDING
    assert numbers(event) == (3, 3, 0, 3)
    assert no_differences()


def test_only_those_ticked_are_approved() -> None:
    host = make_account()
    event = ruled(host, mode=Mode.APPROVAL)
    first, second = come(event, "a"), come(event, "b")
    assert hosting.approve_all(host, event, frozenset({second.key})).approved == (second,)
    assert first.answer is Answer.PENDING


def test_who_was_declined_does_not_ask_again_but_a_host_may_let_them_in() -> None:
    host = make_account()
    event = ruled(host, mode=Mode.APPROVAL)
    rsvp = come(event, "mira", once="f")
    hosting.decline(host, rsvp, "Not a photographer")
    assert hosting.decline(host, rsvp).answer is Answer.DECLINED
    assert log_of(rsvp)[-1] == ("pending", "declined", 1, "Not a photographer", "host")
    with pytest.raises(opening.TakenOff):
        service.rejoin(rsvp)
    assert hosting.let_in(host, rsvp, "Talked to her", over_capacity=False).answer is Answer.GOING


def test_who_withdraws_a_request_and_comes_back_asks_again() -> None:
    event = ruled(mode=Mode.APPROVAL)
    rsvp = service.cancel(come(event, "mira"))
    assert rsvp.answer is Answer.CANCELLED
    assert service.rejoin(rsvp).answer is Answer.PENDING


def test_hosts_need_no_approval_of_their_own() -> None:
    host = make_account()
    assert come(ruled(host, mode=Mode.APPROVAL), host).answer is Answer.GOING


def test_for_members_means_members() -> None:
    community = make_community()
    member, stranger = make_member(community), make_account()
    event = make_event(community, rsvp_rules={"mode": "members"})
    assert come(event, member).answer is Answer.GOING
    for who in (stranger, "visitor"):
        with pytest.raises(opening.MembersOnly):
            come(event, who)  # type: ignore[arg-type]
    assert [admission.way_in(who, event) for who in (member, stranger, None)] == [Way.OPEN, Way.JOIN, Way.JOIN]


def test_the_word_opens_however_it_is_written() -> None:
    event = ruled(mode=Mode.CODE, code="Žaba 7")
    with pytest.raises(Invalid) as refused:
        come(event, "a", entry=Entry(code="frog"))
    assert refused.value.field == "code"
    with pytest.raises(Invalid):
        come(event, "a")
    assert come(event, "a", entry=Entry(code="  ZABA  7 ")).answer is Answer.GOING
    back = service.rejoin(service.cancel(come(event, "b", entry=Entry(code="žaba 7"))))
    assert back.answer is Answer.GOING


def test_who_was_shut_out_of_the_community_is_told_so() -> None:
    community, rude = make_community(), make_account()
    save(Membership(community_id=community.id, account_id=rude.id, standing=Standing.BANNED))
    forget_roles()
    with pytest.raises(admission.Banned):
        come(make_event(community), rude)


def test_the_young_confirm_their_age() -> None:
    event = ruled(min_age=18)
    with pytest.raises(Invalid) as refused:
        come(event, "a")
    assert refused.value.field == "of_age"
    assert come(event, "a", entry=Entry(of_age=True)).answer is Answer.GOING


def test_answers_are_taken_while_the_window_is_open() -> None:
    event = make_event(starts_at=(now() + timedelta(days=10)).replace(microsecond=0))
    early = Moment(before=timedelta(days=9))
    event.rsvp_rules = Rules(opens=early).stored()
    with pytest.raises(opening.NotYetOpen):
        come(event, "a")
    past = Moment(wall=to_wall(now() - timedelta(hours=1), event.zone).replace(second=0, microsecond=0))
    event.rsvp_rules = Rules(opens=past).stored()
    rsvp = come(event, "a", guests=1)
    event.rsvp_rules = Rules(closes=past).stored()
    with pytest.raises(opening.RegistrationOver):
        come(event, "b")
    assert service.change_guests(rsvp, 0).guests == 0
    assert service.cancel(rsvp).answer is Answer.CANCELLED
    with pytest.raises(opening.RegistrationOver):
        service.rejoin(rsvp)


def test_the_queue_moves_after_registration_has_closed() -> None:
    event = make_event(capacity=1)
    first, second = come(event, "a"), come(event, "b")
    event.rsvp_rules = Rules(closes=Moment(before=timedelta(days=30))).stored()
    db.session.flush()
    service.cancel(first)
    assert second.answer is Answer.GOING


def test_after_the_edit_deadline_fewer_may_come_but_not_more() -> None:
    event = make_event(rsvp_rules=Rules(edits=Moment(before=timedelta(days=30))).stored())
    rsvp = come(event, "a", guests=1)
    with pytest.raises(opening.EditsOver):
        service.change_guests(rsvp, 2)
    assert service.change_guests(rsvp, 0).guests == 0
    assert service.cancel(rsvp).answer is Answer.CANCELLED


@pytest.mark.parametrize(("hours", "late"), [(30, False), (20, True)])
def test_leaving_late_is_possible_and_marked(hours: int, late: bool) -> None:
    event = make_event(starts_at=(now() + timedelta(hours=hours)).replace(microsecond=0))
    rsvp = service.cancel(come(event, "a"))
    assert (rsvp.answer, rsvp.late) == (Answer.CANCELLED, late)
    assert service.rejoin(rsvp).late is False


def test_leaving_the_waitlist_is_never_late() -> None:
    event = make_event(capacity=0, starts_at=(now() + timedelta(hours=2)).replace(microsecond=0))
    assert service.cancel(come(event, "a")).late is False
