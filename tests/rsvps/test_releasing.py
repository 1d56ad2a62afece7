"""Places of those who do not say that they still come: whose are given on, when, and to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.errors import Forbidden, Invalid
from organizer.core.time import now
from organizer.events import log
from organizer.events.models import Deed, Event, EventHost
from organizer.outreach.models import Letter
from organizer.rsvps import asking, jobs, moves, ruling, service
from organizer.rsvps.models import Answer, Asking, Rsvp
from organizer.rsvps.rules import Rules
from tests.factories import make_account
from tests.rsvps.asked import early, event_in, run
from tests.rsvps.coming import come, log_of, no_differences, numbers

pytestmark = pytest.mark.usefixtures("session")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def full_event(host: Account, hours: float = 47, rules: Rules | None = None) -> tuple[Event, dict[str, Rsvp]]:
    """Four places: three silent ones with five places asked for, and a queue of a large party and two small ones."""
    event = event_in(hours, host=host, rules=rules, capacity=4)
    people = {"silent": early(event, "silent"), "pair": early(event, "pair", guests=1), "loyal": early(event, "loyal")}
    for name, guests in (("large", 2), ("small", 0), ("last", 0)):
        people[name] = come(event, name, guests)
    run()
    service.confirm(people["loyal"])
    return event, people


def test_places_of_silent_ones_go_to_the_queue_in_its_order() -> None:
    host = make_account()
    event, people = full_event(host)
    keys = frozenset(rsvp.key for rsvp in people.values())
    released = asking.release(host, event, keys)
    assert released == [people["silent"], people["pair"]]
    still_there = [name for name, rsvp in people.items() if rsvp.answer is Answer.GOING]
    assert still_there == ["loyal", "large"]
    assert log_of(people["silent"])[-1] == ("going", "cancelled", 1, moves.RELEASED, "host")
    assert not people["silent"].late
    assert numbers(event) == (4, 2, 2, 4)
    assert no_differences()


def test_only_those_whom_the_host_saw_lose_their_places() -> None:
    host = make_account()
    event, people = full_event(host)
    service.confirm(people["silent"])  # while the host looks at the page
    released = asking.release(host, event, frozenset({people["silent"].key}))
    assert released == []
    assert people["pair"].is_silent
    assert numbers(event) == (4, 3, 3, 4)


def test_a_host_who_was_asked_before_becoming_one_keeps_the_place() -> None:
    host, helper = make_account(), make_account()
    event = event_in(47, host=host)
    rsvp = early(event, account=helper)
    run()
    db.session.add(EventHost(event_id=event.id, account_id=helper.id))
    db.session.flush()
    assert asking.release(host, event, frozenset({rsvp.key})) == []
    assert asking.silent_count(event) == 0
    assert asking.silent(event).items == []


def test_nothing_is_given_on_once_the_event_has_begun() -> None:
    host = make_account()
    event = event_in(-0.5, host=host)
    rsvp = early(event, asked_at=now() - DAY)
    with pytest.raises(asking.Begun):
        asking.release(host, event, frozenset({rsvp.key}))


def test_only_hosts_give_places_on() -> None:
    event, people = full_event(make_account())
    with pytest.raises(Forbidden):
        asking.release(make_account(), event, frozenset({people["silent"].key}))


def test_the_rules_give_places_on_by_themselves() -> None:
    _event, people = full_event(make_account(), hours=23, rules=Rules(release_hours=24))
    assert run(jobs.release_silent) == 0  # they were asked a moment ago
    asked = now() - 13 * HOUR
    db.session.execute(sa.update(Asking).values(asked_at=asked))
    assert run(jobs.release_silent) == 2
    assert people["large"].answer is Answer.GOING
    assert log_of(people["pair"])[-1] == ("going", "cancelled", 2, moves.RELEASED, "system")
    assert run(jobs.release_silent) == 0
    assert no_differences()
    assert {letter.kind for letter in db.session.scalars(sa.select(Letter))} >= {"released", "promoted"}


@pytest.mark.parametrize(
    ("rules", "asked_hours_before", "released_hours_before"),
    [
        (Rules(release_hours=0), 48, None),
        (Rules(release_hours=24), 48, 24),
        (Rules(release_hours=24), 30, 18),  # asked late, for a start that was moved: half a day to answer
        (Rules(release_hours=24), 11, None),  # it would be after the start
        (Rules(ask_hours=12, release_hours=6), 12, 6),
        (Rules(ask_hours=6, release_hours=12), 6, 4),  # a rule that makes no sense leaves two hours
    ],
)
def test_places_are_given_on_when_there_was_time_to_answer(
    rules: Rules, asked_hours_before: int, released_hours_before: int | None
) -> None:
    starts_at = now() + 60 * HOUR
    at = asking.releases_at(rules, starts_at, starts_at - asked_hours_before * HOUR)
    assert at == (None if released_hours_before is None else starts_at - released_hours_before * HOUR)


def test_nothing_is_given_on_by_itself_where_no_rule_says_so() -> None:
    _event, people = full_event(make_account())
    db.session.execute(sa.update(Asking).values(asked_at=now() - 40 * HOUR))
    assert run(jobs.release_silent) == 0
    assert people["silent"].is_silent


def test_who_lost_the_place_comes_back_by_the_usual_way() -> None:
    host = make_account()
    event, people = full_event(host)
    asking.release(host, event, frozenset({people["pair"].key, people["silent"].key}))
    assert service.rejoin(people["silent"]).answer is Answer.WAITLISTED
    assert no_differences()


def test_the_list_of_silent_ones_has_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PAGE", 2)
    event = event_in(47)
    names = [early(event, name=f"Guest {letter}").name for letter in "cab"]
    run()
    first = asking.silent(event)
    second = asking.silent(event, first.older or "")
    assert [rsvp.name for rsvp in [*first.items, *second.items]] == sorted(names)
    assert asking.silent_count(event) == 3


def test_hosts_give_more_places_than_there_are_and_take_that_back() -> None:
    host = make_account()
    event = event_in(100, host=host, capacity=1)
    come(event, "a")
    second, third = come(event, "b"), come(event, "c")
    assert ruling.overbook(host, event, 1) == [second]
    assert (second.answer, third.answer) == (Answer.GOING, Answer.WAITLISTED)
    assert Rules.of(event).overbooking == 1
    assert [(line.deed, line.words) for line in log.lines(event).items] == [(Deed.OVERBOOKED, "1")]
    assert ruling.overbook(host, event, 0) == []
    assert second.answer is Answer.GOING
    service.cancel(second)
    assert third.answer is Answer.WAITLISTED
    assert no_differences()
    with pytest.raises(Forbidden):
        ruling.overbook(make_account(), event, 1)
    with pytest.raises(Invalid):
        ruling.overbook(host, event, 2)
