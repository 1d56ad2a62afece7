"""Who came, of those who said so: what counts, whose it is, and what it costs to read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from organizer.accounts.models import Account
from organizer.checkin import records
from organizer.checkin.models import CheckIn
from organizer.checkin.records import Outcome, Record
from organizer.checkin.turnout import Parties, Said, Tries
from organizer.communities.models import Community
from organizer.core.db import save
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import owning
from organizer.rsvps.models import Answer, Rsvp, Source
from tests.factories import make_account, make_community, make_event, make_rsvp, sign_in
from tests.rsvps.counting import statements

Given = Callable[[Callable[[], Any]], Any]
DAY = timedelta(days=1)


def past_event(community: Community, days: float = 30, **more: Any) -> Event:
    return make_event(community, starts_at=now() - days * DAY, **more)


def came(rsvp: Rsvp) -> Rsvp:
    save(CheckIn(rsvp_id=rsvp.id, event_id=rsvp.event_id, places=rsvp.places))
    return rsvp


def with_door(community: Community, days: float = 30, **more: Any) -> Event:
    """A past event at which somebody else was let in."""
    event = past_event(community, days, **more)
    came(make_rsvp(event))
    return event


def record(event: Event, rsvp: Rsvp) -> Record:
    return records.records_of(event, [rsvp]).get(rsvp.id, Record())


@pytest.mark.usefixtures("session")
class TestRecord:
    """What one person's record is made of."""

    def test_it_counts_comings_absences_and_late_withdrawals(self) -> None:
        community, person = make_community(), make_account()
        for days in (20, 40, 60, 80):
            came(make_rsvp(with_door(community, days), person))
        make_rsvp(with_door(community, 100), person)
        for days in (110, 120):
            make_rsvp(with_door(community, days), person, answer=Answer.CANCELLED, late=True)
        make_rsvp(with_door(community, 130), person, answer=Answer.CANCELLED)
        make_rsvp(with_door(community, 140), person, answer=Answer.WAITLISTED)
        event = make_event(community)
        rsvp = make_rsvp(event, person)
        assert record(event, rsvp) == Record(4, 5, 2)
        pasts = records.history(event, rsvp)
        assert [past.outcome for past in pasts] == [*[Outcome.CAME] * 4, Outcome.ABSENT, Outcome.LATE, Outcome.LATE]
        assert records.record_of(pasts) == Record(4, 5, 2)

    def test_what_does_not_count(self) -> None:
        community, person = make_community(), make_account()
        make_rsvp(past_event(community), person)  # the door was not used
        make_rsvp(with_door(community, 380), person)  # too long ago
        make_rsvp(with_door(community, state="cancelled"), person)
        make_rsvp(with_door(make_community()), person)  # another community
        make_rsvp(with_door(community), person, excused=True)
        make_rsvp(with_door(community), person, answer=Answer.CANCELLED, late=True, excused=True)
        came(make_rsvp(with_door(community), person, source=Source.WALK_IN))
        make_rsvp(with_door(community, days=0.01), person)  # not over yet
        event = make_event(community)
        rsvp = make_rsvp(event, person)
        assert record(event, rsvp) == Record()
        assert {past.outcome for past in records.history(event, rsvp)} == {Outcome.EXCUSED}
        assert records.record_of(records.history(event, rsvp)) == Record()

    def test_a_person_is_the_account_or_else_the_address(self) -> None:
        community, person = make_community(), make_account(email="ana@example.org")
        came(make_rsvp(with_door(community, 20), person))
        make_rsvp(with_door(community, 30), email="ana@example.org")  # not claimed
        make_rsvp(with_door(community, 40), email="bo@example.org")
        event = make_event(community)
        ana, bo = make_rsvp(event, person), make_rsvp(event, email="bo@example.org")
        nameless = make_rsvp(event, email=None)
        known = records.records_of(event, [ana, bo, nameless])
        assert known == {ana.id: Record(1, 2), bo.id: Record(0, 1)}
        assert [len(records.history(event, rsvp)) for rsvp in (ana, bo, nameless)] == [2, 1, 0]

    def test_who_erased_their_account_drops_out(self) -> None:
        community, person = make_community(), make_account()
        past = with_door(community)
        make_rsvp(past, person)
        event = make_event(community)
        owning.forget_account(person.id)
        again = make_rsvp(event, email=person.email)
        assert record(event, again) == Record()
        assert records.evenings(event) == {past.id: {Said.NOTHING: Tries(1, 2)}}  # the number stays true


@pytest.mark.usefixtures("session")
class TestForecastData:
    """What the forecast is made from."""

    def test_evenings_tell_who_came_by_what_was_said(self) -> None:
        community = make_community()
        past = past_event(community)
        for confirmed, arrived in ((True, True), (True, True), (True, False), (False, False), (None, True)):
            rsvp = make_rsvp(
                past, asked_at=None if confirmed is None else now(), confirmed_at=now() if confirmed else None
            )
            if arrived:
                came(rsvp)
        make_rsvp(past, excused=True)
        came(make_rsvp(past, excused=True))  # excused, and came after all
        came(make_rsvp(past, source=Source.WALK_IN))
        make_rsvp(past, answer=Answer.CANCELLED, late=True)
        told = {Said.YES: Tries(2, 3), Said.SILENT: Tries(0, 1), Said.NOTHING: Tries(2, 2)}
        assert records.evenings(make_event(community)) == {past.id: told}

    def test_parties_that_are_alike_are_told_together(self) -> None:
        community, regular = make_community(), make_account()
        past = [with_door(community, days) for days in (20, 40)]
        came(make_rsvp(past[0], regular))
        make_rsvp(past[1], regular)
        event = make_event(community)
        make_rsvp(event, regular)
        make_rsvp(event)
        make_rsvp(event)
        make_rsvp(event, guests=2, asked_at=now())
        make_rsvp(event, answer=Answer.WAITLISTED)
        found = records.going(event, 4, list(records.evenings(event)))
        told = {Parties(1, Said.NOTHING, 1, 2, 1), Parties(1, Said.NOTHING, 0, 0, 2), Parties(3, Said.SILENT, 0, 0, 1)}
        assert set(found) == told
        assert set(records.going(event, 4, [])) == {Parties(1, count=3), Parties(3, Said.SILENT)}

    def test_of_very_many_only_the_community_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(records, "MANY", 1)
        community, regular = make_community(), make_account()
        came(make_rsvp(with_door(community), regular))
        event = make_event(community)
        make_rsvp(event, regular)
        make_rsvp(event)
        assert records.going(event, 2, list(records.evenings(event))) == [Parties(count=2)]


def crowded(people: int, evenings: int) -> tuple[str, int]:
    """An event to come with so many going, of a community with so many evenings behind it."""
    host = make_account()
    community = make_community(host)
    accounts: list[Account] = [make_account() for _ in range(people)]
    for number in range(evenings):
        past = past_event(community, 10 + number * 20)
        for account in accounts[:12]:
            came(make_rsvp(past, account))
    event = make_event(community, host, capacity=people)
    for account in accounts:
        make_rsvp(event, account)
    return event.key, host.id


def test_the_list_costs_as_many_statements_for_many_as_for_few(client: FlaskClient, given: Given, app: Flask) -> None:
    counts = []
    for people, evenings in ((2, 1), (120, 5)):
        key, host_id = given(lambda people=people, evenings=evenings: crowded(people, evenings))
        sign_in(client, host_id)
        counts.append(len(statements(app, lambda key=key: client.get(f"/events/{key}/guests"))))
    assert counts[0] == counts[1] <= 11
