"""A site with a few thousand rows, made at once: enough that reading a whole table is seen in a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from organizer.checkin.models import CheckIn
from organizer.core.db import Version, db, save
from organizer.core.ids import new_key
from organizer.events.models import Event, EventTag, EventWord
from organizer.rsvps.models import Answer, Kind, Listing, Question, Reply, Rsvp, Tally
from tests.factories import make_account, make_community, make_event, make_rsvp

EVENTS, GUESTS = 2000, 1500
EARLIER = 8  # meetups of the last weeks, at which some of the guests were let in


@dataclass(frozen=True)
class Site:
    """Keys and numbers of what was made."""

    owner_id: int
    guest_id: int
    community: str
    key: str
    slug: str
    ticket_codes: tuple[str, ...]


def make_site(events: int = EVENTS, guests: int = GUESTS) -> Site:
    """One community with so many events to come, one of them with so many guests. Call in a unit of work."""
    owner = make_account()
    community = make_community(owner, slug="walkers")
    event = make_event(community, owner, title="Photo walk", capacity=guests + 100)
    guest = make_account(listed=True)
    make_rsvp(event, guest, listing=Listing.NAME)
    _copies(event, events)
    codes = _guests(event, guests)
    for weeks in range(1, EARLIER + 1):
        _earlier(event, weeks, guests // 4)
    save(Version(scope="events", number=1))
    return Site(owner.id, guest.id, community.slug, event.key, event.slug, tuple(codes))


def _copies(event: Event, count: int) -> None:
    facts = {column.key: getattr(event, column.key) for column in sa.inspect(Event).column_attrs}
    del facts["id"]
    rows: list[dict[str, Any]] = []
    for number in range(count):
        later = timedelta(hours=number + 1)
        moved = {name: facts[name] + later for name in ("starts_wall", "ends_wall", "starts_at", "ends_at")}
        place: dict[str, Any] = {"city": f"City {number % 50}", "city_folded": f"city {number % 50}"}
        place["cell"] = (facts["cell"] or 0) + number * 10_000_000
        rows.append(facts | moved | place | {"key": new_key(), "title": f"Walk {number}", "slug": f"walk-{number}"})
    ids = db.session.scalars(sa.insert(Event).returning(Event.id), rows).all()
    tags = [{"event_id": number, "tag": f"tag{number % 40}"} for number in ids]
    words = [{"event_id": number, "word": word} for number in ids for word in ("walk", f"word{number % 90}")]
    db.session.execute(sa.insert(EventTag), tags)
    db.session.execute(sa.insert(EventWord), words)
    db.session.execute(sa.insert(Tally), [{"event_id": number, "taken": 0, "ceiling": None} for number in ids])


def _earlier(event: Event, weeks: int, count: int) -> None:
    earlier = timedelta(weeks=weeks + 1)
    past = make_event(event.community, starts_at=event.starts_at - earlier, venue=event.venue, title=f"Week {weeks}")
    _guests(past, count)
    rows = db.session.scalars(sa.select(Rsvp.id).where(Rsvp.event_id == past.id)).all()
    db.session.execute(sa.insert(CheckIn), [{"rsvp_id": number, "event_id": past.id} for number in rows[::2]])


def _guests(event: Event, count: int) -> list[str]:
    codes = [new_key() for _ in range(count)]
    usual = {"event_id": event.id, "answer": Answer.GOING}
    rows = [
        usual | {"code": code, "name": f"Guest {number}", "name_folded": f"guest {number}", "email": f"g{number}@x.org"}
        for number, code in enumerate(codes)
    ]
    db.session.execute(sa.insert(Rsvp), rows)
    db.session.execute(
        sa.update(Tally).where(Tally.event_id == event.id).values(taken=Tally.taken + count, going=Tally.going + count)
    )
    return codes


def let_ask(site: Site) -> tuple[str, str, str]:
    """Let the event with the guests ask three things that all have answered; return two keys of questions, one of a guest."""
    event_id = db.session.scalars(sa.select(Event.id).where(Event.key == site.key)).one()
    kinds = ((Kind.TEXT, []), (Kind.CHOICE, ["Bread", "Wine"]), (Kind.SEVERAL, ["Bread", "Wine"]))
    asked = [
        save(Question(event_id=event_id, position=n, kind=kind, label=f"Question {n}", options=options, shown=True))
        for n, (kind, options) in enumerate(kinds)
    ]
    said = {Kind.TEXT: "Olives", Kind.CHOICE: "Wine", Kind.SEVERAL: ["Bread", "Wine"]}
    people = db.session.execute(sa.select(Rsvp.id, Rsvp.key).where(Rsvp.event_id == event_id)).all()
    same = {"guest": 0, "shown": True, "keep_days": 30}
    replies = [
        same | {"rsvp_id": person.id, "question_id": q.id, "asked": q.label, "value": said[q.kind]}
        for person in people
        for q in asked
    ]
    db.session.execute(sa.insert(Reply), replies)
    db.session.execute(sa.update(Event).where(Event.id == event_id).values(rsvp_rules={"asks": True}))
    # Guests of other events, too: where all are of one event, reading the whole table is right.
    others = db.session.scalars(sa.select(Event.id).where(Event.id != event_id)).all()
    elsewhere = {"answer": Answer.GOING, "name": "Guest", "name_folded": "guest"}
    db.session.execute(sa.insert(Rsvp), [elsewhere | {"event_id": id_, "code": new_key()} for id_ in others])
    return asked[0].key, asked[1].key, people[0].key
