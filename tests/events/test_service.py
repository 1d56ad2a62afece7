"""Planning, changing and cancelling events, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from organizer.communities.models import Community, MemberRole
from organizer.core.db import Version
from organizer.core.errors import DomainError, Forbidden, Invalid, NotFound
from organizer.core.time import now, to_wall
from organizer.events import service
from organizer.events.drafts import EventDraft
from organizer.events.models import Event, EventHost, EventMove, EventTag, EventWord, State, Visibility
from organizer.events.signals import EventCancelled, EventChanged, EventPublished
from organizer.places.service import AmbiguousCity, UnknownCity, VenueDraft
from tests.factories import make_account, make_community, make_event, make_member


def soon(hours: int = 0, days: int = 10) -> datetime:
    """Six in the evening in ten days, in Sofia."""
    day = to_wall(now(), "Europe/Sofia").replace(hour=18, minute=0, second=0, microsecond=0)
    return day + timedelta(days=days, hours=hours)


def draft(**given: Any) -> EventDraft:
    usual: dict[str, Any] = {"title": "Photo walk", "starts_wall": soon(), "place": VenueDraft(city="Sofia")}
    return EventDraft(**usual | given)


@pytest.fixture
def host(session: Session) -> Any:
    return make_account()


@pytest.fixture
def community(session: Session, host: Any) -> Community:
    return make_community(owner=host)


def planned(host: Any, community: Community, **given: Any) -> Event:
    event = service.create(host, community, draft(**given))
    service.publish(host, event)
    return event


def test_an_event_begins_as_a_draft_with_its_maker_as_host(session: Session, host: Any, community: Community) -> None:
    event = service.create(host, community, draft(tags=("Street", "#night"), capacity=12))
    assert (event.state, event.slug, event.zone, event.city, event.country) == (
        State.DRAFT,
        "photo-walk",
        "Europe/Sofia",
        "Sofia",
        "BG",
    )
    assert event.ends_at - event.starts_at == timedelta(hours=2)
    assert event.cell is not None
    assert event.venue is not None
    assert list(session.scalars(sa.select(EventHost.account_id))) == [host.id]
    assert service.tags_of_event(event.id) == ("night", "street")
    words = set(session.scalars(sa.select(EventWord.word).where(EventWord.event_id == event.id)))
    assert {"photo", "walk", "sofia", "софия", "street", "bulgaria"} <= words


def test_members_may_not_plan_events(session: Session, community: Community) -> None:
    member = make_member(community)
    with pytest.raises(Forbidden):
        service.create(member, community, draft())
    with pytest.raises(Forbidden):
        service.create(None, community, draft())


def test_a_community_host_changes_only_what_is_theirs(session: Session, host: Any, community: Community) -> None:
    helper = make_member(community, role=MemberRole.HOST)
    mine, theirs = service.create(helper, community, draft()), service.create(host, community, draft())
    service.edit(helper, mine, draft(title="Longer walk"))
    with pytest.raises(Forbidden):
        service.edit(helper, theirs, draft())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 141}, "title"),
        ({"ends_wall": soon(-1)}, "ends"),
        ({"ends_wall": soon(days=80)}, "ends"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"capacity": -1}, "capacity"),
        ({"guests_limit": 99}, "guests_limit"),
        ({"text": "x" * 20_001}, "text"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"website": "https://exa mple.org"}, "website"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    session: Session, host: Any, community: Community, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        service.create(host, community, draft(**given))
    assert caught.value.field == field


def test_a_city_nobody_knows_and_a_city_of_many_are_asked_about(
    session: Session, host: Any, community: Community
) -> None:
    with pytest.raises(UnknownCity):
        service.create(host, community, draft(place=VenueDraft(city="Qwertzuiopville")))
    with pytest.raises(AmbiguousCity):
        service.create(host, community, draft(place=VenueDraft(city="Portland")))


def test_the_zone_comes_from_the_place_unless_chosen(session: Session, host: Any, community: Community) -> None:
    assert service.create(host, community, draft(place=VenueDraft(city="Lisbon"))).zone == "Europe/Lisbon"
    chosen = draft(place=VenueDraft(city="Lisbon"), zone="Europe/Sofia")
    assert service.create(host, community, chosen).zone == "Europe/Sofia"
    online = draft(place=VenueDraft(), online_url="https://meet.example.org/x")
    assert service.create(host, community, online).zone == "Europe/Sofia"


def test_nothing_is_published_without_a_place(session: Session, host: Any, community: Community) -> None:
    event = service.create(host, community, draft(place=VenueDraft()))
    with pytest.raises(Invalid) as caught:
        service.publish(host, event)
    assert caught.value.field == "city"
    service.edit(host, event, draft(place=VenueDraft(), online_url="https://meet.example.org/x"))
    service.publish(host, event)
    assert event.state == State.PUBLISHED
    assert event.is_online


def test_publishing_is_told_once_and_raises_versions(
    session: Session, host: Any, community: Community, facts: list[Any]
) -> None:
    event = planned(host, community)
    service.publish(host, event)
    assert [type(fact) for fact in facts] == [EventPublished]
    scopes = dict(session.execute(sa.select(Version.scope, Version.number)).all())
    assert scopes == {"events": 1, f"c:{community.id}": 1}
    assert event.sequence == 0


def test_sequence_rises_once_for_time_place_and_state_and_never_for_text(
    session: Session, host: Any, community: Community
) -> None:
    event = planned(host, community)
    seen = [event.sequence]
    for given in (
        {"text": "Bring a lens.", "title": "Night walk", "capacity": 9, "tags": ("night",)},
        {"starts_wall": soon(2), "place": VenueDraft(city="Plovdiv")},
        {"starts_wall": soon(2), "place": VenueDraft(city="Plovdiv"), "zone": "Europe/Paris"},
        {
            "starts_wall": soon(2),
            "place": VenueDraft(city="Plovdiv", latitude=42.15, longitude=24.75),
            "zone": "Europe/Paris",
        },
    ):
        service.edit(host, event, draft(**given))
        seen.append(event.sequence)
    service.cancel(host, event, "Storm")
    assert [*seen, event.sequence] == [0, 0, 1, 2, 3, 4]


def test_a_move_is_remembered_and_told_with_the_old_limit(
    session: Session, host: Any, community: Community, facts: list[Any]
) -> None:
    event = planned(host, community, capacity=10, place=VenueDraft(name="Café", city="Sofia"))
    service.edit(host, event, draft(capacity=8, starts_wall=soon(1), place=VenueDraft(name="Café", city="Sofia")))
    move = session.scalars(sa.select(EventMove)).one()
    assert (move.old_starts_wall, move.old_place, move.moved_by_id) == (soon(), "Café, Sofia", host.id)
    change = facts[-1]
    assert isinstance(change, EventChanged)
    assert change.moved
    assert change.capacity_before == 10
    assert change.move is move
    service.edit(
        host, event, draft(capacity=8, starts_wall=soon(1), place=VenueDraft(name="Café", city="Sofia"), text="x")
    )
    assert not facts[-1].moved
    assert facts[-1].capacity_before == 8
    assert session.scalar(sa.select(sa.func.count(EventMove.id))) == 1


def test_a_corrected_pin_is_no_move_but_reaches_calendars_and_other_events_there(
    session: Session, host: Any, community: Community, facts: list[Any]
) -> None:
    there = VenueDraft(name="Café", city="Sofia")
    event, other = planned(host, community, place=there), planned(host, community, place=there)
    service.edit(host, event, draft(place=VenueDraft(name="Café", city="Sofia", latitude=42.69, longitude=23.33)))
    session.refresh(other, ["latitude", "version"])
    assert (event.latitude, other.latitude, event.sequence) == (42.69, 42.69, 1)
    assert not facts[-1].moved
    assert other.version == 3


def test_drafts_move_in_silence(session: Session, host: Any, community: Community) -> None:
    event = service.create(host, community, draft())
    service.edit(host, event, draft(starts_wall=soon(3)))
    assert event.sequence == 0
    assert session.scalars(sa.select(EventMove)).all() == []
    assert session.scalars(sa.select(Version)).all() == []


def test_cancelling_needs_a_reason_and_is_final(
    session: Session, host: Any, community: Community, facts: list[Any]
) -> None:
    event = planned(host, community)
    with pytest.raises(Invalid):
        service.cancel(host, event, "   ")
    service.cancel(host, event, "The museum is closed.")
    service.cancel(host, event, "again")
    assert event.cancel_reason == "The museum is closed."
    assert event.cancelled_at is not None
    assert [type(fact) for fact in facts] == [EventPublished, EventCancelled]
    with pytest.raises(service.Cancelled):
        service.edit(host, event, draft())
    with pytest.raises(service.NotADraft):
        service.publish(host, event)


def test_what_is_over_or_unknown_is_not_cancelled(session: Session, host: Any, community: Community) -> None:
    over = make_event(community, starts_at=now() - timedelta(days=2))
    with pytest.raises(service.AlreadyOver):
        service.cancel(host, over, "late")
    with pytest.raises(DomainError):
        service.cancel(host, service.create(host, community, draft()), "nobody knows")


def test_only_drafts_are_thrown_away(session: Session, host: Any, community: Community) -> None:
    event = service.create(host, community, draft())
    service.discard(host, event)
    assert session.scalars(sa.select(Event)).all() == []
    assert session.scalars(sa.select(EventWord)).all() == []
    with pytest.raises(service.NotADraft):
        service.discard(host, planned(host, community))


def test_a_duplicate_is_a_draft_on_the_next_such_weekday(session: Session, host: Any, community: Community) -> None:
    event = make_event(
        community, title="Walk", capacity=7, starts_at=now().replace(second=0, microsecond=0) - timedelta(days=10)
    )
    session.add(EventTag(event_id=event.id, tag="night"))
    copy = service.duplicate(host, event)
    assert copy.starts_at > now()
    assert copy.starts_wall.weekday() == event.starts_wall.weekday()
    assert (copy.state, copy.title, copy.capacity, copy.city) == (State.DRAFT, "Walk", 7, "Sofia")
    assert copy.starts_wall.time() == event.starts_wall.time()
    assert copy.key != event.key
    assert service.tags_of_event(copy.id) == ("night",)
    assert copy.sequence == 0


def test_hiding_a_public_event_changes_the_public_lists(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community)
    service.edit(host, event, draft(visibility=Visibility.UNLISTED))
    service.edit(host, event, draft(visibility=Visibility.UNLISTED, text="x"))
    assert session.scalar(sa.select(Version.number).where(Version.scope == "events")) == 2


def test_touch_and_cover_raise_the_version(session: Session, host: Any, community: Community) -> None:
    event = planned(host, community)
    before, changed_at = event.version, event.changed_at
    service.touch(event.id)
    session.refresh(event, ["version", "changed_at"])
    assert event.version == before + 1
    assert event.changed_at == changed_at
    service.set_cover(host, event, "a" * 64)
    service.set_cover(host, event, "a" * 64)
    assert event.version == before + 2
    assert event.cover == "a" * 64


@pytest.mark.parametrize("key", ["", "nothere123", "../etc/pas", "X" * 10])
def test_unknown_keys_are_not_found(session: Session, key: str) -> None:
    with pytest.raises(NotFound):
        service.get(key)


def test_a_place_that_no_list_knows_need_not_be_explained_again(
    session: Session, host: Any, community: Community
) -> None:
    far = VenueDraft(name="Hut", city="Qwertzuiop Hills", latitude=42.0, longitude=24.0)
    event = planned(host, community, place=far)
    service.edit(host, event, draft(place=VenueDraft(name="Hut", city="Qwertzuiop Hills"), text="New words"))
    assert (event.text, event.latitude, event.sequence) == ("New words", 42.0, 0)
