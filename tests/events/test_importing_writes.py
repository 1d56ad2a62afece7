"""Writing a plan: all or nothing, twice the same, edits and human pins kept, other people told."""

import json
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core.db import db, save
from organizer.core.errors import Forbidden
from organizer.events import importing, importing_columns, service
from organizer.events.importing import Options, Plan
from organizer.events.importing_writes import Outcome, compared, written
from organizer.events.models import Event, EventMove, EventTag, EventWord, State
from organizer.events.service import touch
from organizer.events.signals import EventChanged, event_changed
from organizer.places import areas
from organizer.places.models import PinBy, Venue
from organizer.places.service import VenueDraft, venue_for
from tests.events.test_service import draft
from tests.factories import make_account, make_community, make_member

pytestmark = pytest.mark.usefixtures("session")

WALK = {"id": "1", "title": "Разходка", "start": "2030-05-04T10:00", "city": "Sofia", "topic": "walk"}
CONF = {
    "id": "2",
    "title": "JSConf",
    "start": "2030-06-01",
    "end": "2030-06-03",
    "city": "Berlin",
    "country": "Germany",
}


def plan_of(rows: list[dict[str, Any]], **options: Any) -> Plan:
    table = importing.read_file(json.dumps(rows).encode())
    return importing.planned(
        table, Options(importing_columns.guessed(table.headers), **options), "Europe/Sofia", "Club"
    )


def arranged() -> tuple[Account, Community]:
    owner = make_account()
    return owner, make_community(owner)


def event_named(title: str) -> Event:
    return db.session.scalars(
        sa.select(Event).where(Event.title == title).execution_options(populate_existing=True)
    ).one()


def everything() -> list[Any]:
    tables = [Event.__table__, EventTag.__table__, EventWord.__table__, Venue.__table__, EventMove.__table__]
    return [sorted(map(repr, db.session.execute(sa.select(table)).all())) for table in tables]


def test_events_are_complete() -> None:
    owner, community = arranged()
    assert written(owner, community, plan_of([WALK, CONF])) == Outcome(2, 0, 0)
    conf = event_named("JSConf")
    assert (conf.state, conf.all_day, conf.zone, conf.city_folded) == (State.PUBLISHED, True, "Europe/Berlin", "berlin")
    assert (conf.starts_wall, conf.ends_wall) == (datetime(2030, 6, 1), datetime(2030, 6, 4))
    assert conf.cell is not None
    assert conf.slug == "jsconf"
    assert len({event.key for event in db.session.scalars(sa.select(Event))}) == 2
    words = set(db.session.scalars(sa.select(EventWord.word).where(EventWord.event_id == event_named("Разходка").id)))
    assert {"разходка", "razhodka", "sofia", "софия", "walk", "bulgaria"} <= words


def test_the_second_import_changes_nothing() -> None:
    owner, community = arranged()
    plan = plan_of([WALK, CONF])
    written(owner, community, plan)
    before = everything()
    assert compared(community, plan) == Outcome(0, 0, 2)
    assert written(owner, community, plan) == Outcome(0, 0, 2)
    assert everything() == before


def test_what_people_edited_stays_while_the_row_is_unchanged() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK]))
    event_named("Разходка").title = "Evening walk"
    db.session.flush()
    written(owner, community, plan_of([WALK, CONF]))
    assert event_named("Evening walk").source_key == "id:1"


def test_of_a_changed_row_only_what_changed_is_taken_over() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK]))
    event_named("Разходка").title = "Evening walk"
    db.session.flush()
    assert written(owner, community, plan_of([WALK | {"start": "2030-05-05T11:00"}])) == Outcome(0, 1, 0)
    walk = event_named("Evening walk")
    assert (walk.starts_wall, walk.sequence) == (datetime(2030, 5, 5, 11), 1)
    assert walk.version == 2
    move = db.session.scalars(sa.select(EventMove)).one()
    assert move.old_starts_wall == datetime(2030, 5, 4, 10)


def test_tags_and_words_follow_the_row() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK]))
    written(owner, community, plan_of([WALK | {"topic": "photo", "title": "Поход"}]))
    event = event_named("Поход")
    assert list(db.session.scalars(sa.select(EventTag.tag))) == ["photo"]
    words = set(db.session.scalars(sa.select(EventWord.word)))
    assert "поход" in words
    assert "разходка" not in words
    assert event.sequence == 0  # no new time, no new place: calendars need not know


def test_a_moved_event_is_announced_as_after_an_edit() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK, CONF]))
    facts: list[EventChanged] = []
    event_changed.subscribe(facts.append)
    touch(event_named("Разходка").id)  # as an answer does
    written(owner, community, plan_of([WALK | {"city": "Plovdiv"}, CONF | {"city": "Hamburg"}]))
    assert [(fact.event.city, fact.moved) for fact in facts] == [("Plovdiv", True)]
    assert facts[0].move is not None
    assert facts[0].move.old_place == "Sofia"


def test_a_humans_pin_is_kept_and_decides_the_zone() -> None:
    owner, community = arranged()
    venue = venue_for(community, VenueDraft(name="Gate", city="Sofia", latitude=42.69, longitude=23.33))
    assert venue is not None
    venue.zone = "Europe/Athens"
    db.session.flush()
    written(owner, community, plan_of([WALK | {"venue": "Gate"}]))
    walk = event_named("Разходка")
    assert (walk.venue_id, walk.latitude, walk.zone) == (venue.id, 42.69, "Europe/Athens")
    assert venue.pin_by == PinBy.HUMAN


def test_one_venue_for_one_place() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK | {"id": str(n)} for n in range(5)]))
    assert len(db.session.scalars(sa.select(Venue)).all()) == 1


def test_cancelled_events_stay_cancelled() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK]))
    event_named("Разходка").state = State.CANCELLED
    db.session.flush()
    assert written(owner, community, plan_of([WALK | {"city": "Plovdiv"}])) == Outcome(0, 0, 1)
    assert event_named("Разходка").city == "Sofia"


def test_drafts_and_sources() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([WALK], publish=False))
    assert event_named("Разходка").state == State.DRAFT
    assert written(owner, community, plan_of([WALK], source="elsewhere")) == Outcome(1, 0, 0)


def test_communities_do_not_meet() -> None:
    owner, community = arranged()
    other = make_community(owner)
    written(owner, community, plan_of([WALK]))
    assert written(owner, other, plan_of([WALK])) == Outcome(1, 0, 0)


def test_online_events_without_a_place() -> None:
    owner, community = arranged()
    written(owner, community, plan_of([{"title": "Call", "start": "2030-01-01", "online": True}]))
    call = event_named("Call")
    assert (call.is_online, call.venue_id, call.city, call.zone) == (True, None, "", "Europe/Sofia")


@pytest.mark.parametrize("role", ["member", "host", None])
def test_only_organizers_import(role: str | None) -> None:
    _owner, community = arranged()
    other = save(make_account())
    if role:
        from organizer.communities.models import MemberRole

        make_member(community, other, MemberRole(role))
    with pytest.raises(Forbidden):
        written(other, community, plan_of([WALK]))
    with pytest.raises(Forbidden):
        written(None, community, plan_of([WALK]))


def test_a_failure_leaves_nothing(session: scoped_session[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    owner, community = arranged()
    session.commit()

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("organizer.events.importing_writes._write_all", broken)
    with pytest.raises(RuntimeError):
        written(owner, community, plan_of([WALK, CONF]))
    session.rollback()
    assert session.scalars(sa.select(Event)).all() == []
    assert session.scalars(sa.select(Venue)).all() == []


def test_the_number_of_statements_does_not_grow_with_the_rows() -> None:
    owner, community = arranged()
    counts = []
    for size in (10, 200):
        statements: list[str] = []
        sa.event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))  # noqa: B023
        rows = [WALK | {"id": f"{size}-{n}", "title": f"Walk {n}"} for n in range(size)]
        written(owner, community, plan_of(rows))
        counts.append(len(statements))
    assert counts[1] <= 2 * counts[0] + 2  # listeners add up: the second run is seen by both


def test_an_address_hidden_here_stays_hidden_when_the_source_moves_it() -> None:
    owner, community = arranged()
    row = WALK | {"venue": "Mira’s kitchen", "lat": "42.6934", "lon": "23.3301"}
    written(owner, community, plan_of([row, CONF]))
    walk = service.get(event_named("Разходка").key)
    service.edit(owner, walk, draft(title="Разходка", starts_wall=walk.starts_wall, ends_wall=walk.ends_wall,
                                    place=VenueDraft("Mira’s kitchen", city="Sofia"), hides_address=True))  # fmt: skip
    elsewhere = row | {"venue": "Mira’s garden", "lat": "42.7101", "lon": "23.2903"}
    assert written(owner, community, plan_of([elsewhere, CONF])) == Outcome(0, 1, 1)
    walk = event_named("Разходка")
    assert walk.hides_address
    assert (walk.latitude, walk.longitude) == areas.middle(42.7101, 23.2903)
    assert not {"kitchen", "garden"} & set(db.session.scalars(sa.select(EventWord.word)))
    more = {"id": "3", "title": "Soup", "start": "2030-05-06", "city": "Sofia", "venue": "Mira’s kitchen"}
    written(owner, community, plan_of([elsewhere, CONF, more]))
    assert event_named("Soup").venue_id != service.get(walk.key).venue_id
