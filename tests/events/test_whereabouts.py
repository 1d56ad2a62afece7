"""Events that hide their address: what is stored and read of them, whose venues are whose, and what later changes do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from organizer.communities.models import Community, MemberRole
from organizer.core.errors import Forbidden
from organizer.events import pages, service, whereabouts
from organizer.events.drafts import EventDraft
from organizer.events.models import Event, EventMove, EventWord
from organizer.events.venues import known_to
from organizer.places import areas
from organizer.places.models import PinBy, Venue
from organizer.places.queries import venues_like
from organizer.places.service import VenueDraft
from organizer.rsvps.models import Answer
from tests.events.test_service import draft, planned
from tests.factories import make_account, make_community, make_event, make_member, make_rsvp

PIN = (42.6934, 23.3301)
HOME = VenueDraft("Mira’s kitchen", "ul. Krakra 21", "Sofia", "", *PIN, note="Ring twice")
AGAIN = replace(HOME, latitude=None, longitude=None, note="")


def hidden(**given: Any) -> EventDraft:
    return draft(**{"place": HOME, "hides_address": True, "online_url": "https://meet.example/room"} | given)


@pytest.fixture
def host(session: Session) -> Any:
    return make_account()


@pytest.fixture
def community(session: Session, host: Any) -> Community:
    return make_community(owner=host)


def where(event: Event) -> tuple[float | None, float | None]:
    return event.latitude, event.longitude


def test_only_the_area_stands_in_the_event(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, place=HOME, hides_address=True)
    assert event.venue is not None
    assert (event.venue.latitude, event.venue.longitude) == PIN
    assert where(event) == areas.middle(*PIN) != PIN
    assert (event.city, event.country) == ("Sofia", "BG")
    assert not set(session.scalars(sa.select(EventWord.word))) & {"kitchen", "mira’s", "mira", "krakra"}
    service.edit(host, event, draft(place=HOME))
    assert where(event) == PIN
    assert "kitchen" in set(session.scalars(sa.select(EventWord.word)))
    service.edit(host, event, hidden())
    assert where(event) == areas.middle(*PIN)
    assert "kitchen" not in set(session.scalars(sa.select(EventWord.word)))


def test_the_middle_of_a_city_hides_nothing_and_is_no_area(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, place=VenueDraft("Mira’s kitchen", city="Sofia"), hides_address=True)
    assert event.venue is not None
    assert where(event) == (event.venue.latitude, event.venue.longitude)
    assert not areas.is_middle(*where(event))  # type: ignore[arg-type]


def test_a_row_tells_what_everybody_may_know(session: Session, host: Any, community: Community) -> None:
    key = planned(host, community, **vars_of(hidden())).key
    row, full = pages.event_row(key), pages.event_row(key, in_full=True)
    assert row is not None
    assert full is not None
    assert (row.venue_name, row.address, row.online_url, row.is_online) == ("", "", "", True)
    assert row.venue is not None
    assert (row.venue.note, row.venue.latitude, row.venue.city) == ("", None, "Sofia")
    assert (row.is_veiled, row.is_confidential, full.is_veiled, full.is_confidential) == (True, False, False, True)
    assert (full.venue_name, full.latitude, full.online_url) == (HOME.name, PIN[0], "https://meet.example/room")
    opened = pages.event_row(make_event(community).key)
    assert opened is not None
    assert (opened.is_veiled, opened.is_confidential, opened.venue_name) == (False, False, "Café Kanatitsa")


def vars_of(given: EventDraft) -> dict[str, Any]:
    return {name: getattr(given, name) for name in ("place", "hides_address", "online_url")}


def test_who_is_going_and_who_runs_it_know_the_place(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, **vars_of(hidden()))
    knowing = {"host": host, "organizer": make_member(community, role=MemberRole.ORGANIZER)}
    others = {"member": make_member(community), "other host": make_member(community, role=MemberRole.HOST)}
    for answer in Answer:
        (knowing if answer == Answer.GOING else others)[answer] = account = make_account()
        make_rsvp(event, account, answer=answer)
    others["with another's address"] = make_account()
    make_rsvp(event, email="somebody@example.org")
    assert not whereabouts.knows_place(None, event)
    assert [who for who, account in knowing.items() if not whereabouts.knows_place(account, event)] == []
    assert [who for who, account in others.items() if whereabouts.knows_place(account, event)] == []


def test_other_events_there_follow_the_pin_each_in_its_way(session: Session, host: Any, community: Community) -> None:
    first, second = (planned(host, community, **vars_of(hidden())) for _ in range(2))
    assert first.venue_id == second.venue_id
    seen = second.version
    moved = replace(HOME, latitude=42.71, longitude=23.29)
    service.edit(host, first, hidden(place=moved))
    session.expire_all()
    assert where(first) == where(second) == areas.middle(42.71, 23.29)
    assert second.version == seen + 1  # its page shows another area


def test_hidden_and_open_events_share_no_venue(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, **vars_of(hidden()))
    opened = planned(host, community, place=AGAIN)
    assert opened.venue_id != event.venue_id
    assert opened.venue is not None
    assert (opened.venue.note, opened.venue.pin_by) == ("", PinBy.MACHINE)  # neither note nor pin came along
    again = planned(host, community, place=AGAIN, hides_address=True)
    assert again.venue_id == event.venue_id
    assert where(again) == areas.middle(*PIN)


def test_who_hides_an_event_at_a_shared_venue_takes_its_pin_along(
    session: Session, host: Any, community: Community
) -> None:
    stays, event = (planned(host, community, place=HOME) for _ in range(2))
    assert stays.venue_id == event.venue_id
    service.edit(host, event, hidden(place=replace(AGAIN, note="Code 4711")))
    session.expire_all()
    kept, own = session.get_one(Venue, stays.venue_id), session.get_one(Venue, event.venue_id)
    assert (kept.note, own.note) == ("Ring twice", "Code 4711")
    assert (own.latitude, own.longitude, own.pin_by) == (*PIN, PinBy.HUMAN)
    assert (where(stays), where(event)) == (PIN, areas.middle(*PIN))


def test_a_city_alone_never_brings_somebodys_pin_or_note(session: Session, host: Any, community: Community) -> None:
    plain = planned(host, community)
    picnic = planned(
        host, community, place=VenueDraft(city="Sofia", latitude=PIN[0], longitude=PIN[1], note="By the oak")
    )
    assert plain.venue_id != picnic.venue_id
    other = planned(host, community)
    assert other.venue_id == plain.venue_id
    assert where(other) != where(picnic)
    service.edit(host, plain, draft(place=VenueDraft(city="Sofia", latitude=42.7, longitude=23.3)))
    session.expire_all()
    assert where(plain) == (42.7, 23.3)
    assert where(other) not in {(42.7, 23.3), PIN}
    service.edit(
        host, service.get(picnic.key), draft(place=VenueDraft(city="Sofia"))
    )  # named as before: it keeps its pin
    assert where(picnic) == PIN


def test_hidden_venues_are_offered_to_who_knows_them(session: Session, host: Any, community: Community) -> None:
    helper = make_member(community, role=MemberRole.HOST)
    planned(host, community, **vars_of(hidden()))
    planned(host, community, place=VenueDraft("Mira’s garden", city="Sofia"))
    own = planned(helper, community, place=VenueDraft("Mira’s cellar", city="Sofia"), hides_address=True)

    def offered(account_id: int) -> set[str]:
        return {venue.name for venue in venues_like(community.id, "mira", within=(known_to(account_id),))}

    assert offered(helper.id) == {"Mira’s garden", "Mira’s cellar"}
    assert offered(host.id) == {"Mira’s garden", "Mira’s kitchen"}
    taken = planned(helper, community, place=AGAIN, hides_address=True)  # guessed, not known
    assert taken.venue is not None
    assert (taken.venue.note, taken.venue.pin_by) == ("", PinBy.MACHINE)
    assert own.venue_id != taken.venue_id


def test_only_its_hosts_plan_a_hidden_event_again(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, **vars_of(hidden()))
    copy = service.duplicate(host, event)
    assert (copy.hides_address, where(copy), copy.venue_id) == (True, where(event), event.venue_id)
    assert copy.online_url == event.online_url
    with pytest.raises(Forbidden):
        service.duplicate(make_member(community, role=MemberRole.HOST), event)


def test_what_was_promised_is_told_as_much_as_it_may_be(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community, place=HOME)
    elsewhere = VenueDraft("Reading room", "bul. Levski 3", "Plovdiv")

    def before(**how: bool) -> list[str]:
        moves = session.scalars(sa.select(EventMove).order_by(EventMove.id))
        return [whereabouts.place_before(move, event, **how) for move in moves]

    service.edit(host, event, draft(place=elsewhere, hides_address=True))  # open, then hidden
    service.edit(host, event, draft(place=HOME, hides_address=False))  # hidden, then open
    full = ["Mira’s kitchen, ul. Krakra 21, Sofia", "Reading room, bul. Levski 3, Plovdiv"]
    assert before(in_full=True) == full
    assert before() == [full[0], "Plovdiv"]
    row = pages.event_row(event.key)
    assert row is not None
    move = pages.last_move(row)
    assert move is not None
    assert move.place == "Plovdiv"
    event.hides_address = True
    session.flush()
    assert before() == ["Sofia", "Plovdiv"]
