"""Who comes to the demo's events, and who came: written as rows, since past events take no answers any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.checkin.models import CheckIn, Direction, Scan, Verdict
from organizer.core.db import db, save
from organizer.core.ids import folded, new_key, new_secret
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps.models import Answer, Asking, Listing, Rsvp, RsvpMove, Tally
from organizer.rsvps.rules import Mode, Rules

USUAL_ROOM = 24  # places that an event without a limit is reckoned with


def fill(rng: Random, event: Event, share: float, cast: list[Account]) -> None:
    """Let people answer until `share` of the places is asked for; above 1 a queue forms. Past events get check-ins.

    Where a host must approve, the later half still asks.
    """
    wanted = round((event.capacity or USUAL_ROOM) * share)
    taken = going = waiting = asked = 0
    for person in rng.sample(cast, len(cast)):
        if asked >= wanted:
            break
        guests = rng.choice([0, 0, 0, 0, 1])
        fits = event.capacity is None or taken + 1 + guests <= event.capacity
        given = Answer.GOING if fits else Answer.WAITLISTED
        if Rules.of(event).mode is Mode.APPROVAL and asked > wanted / 2:
            given = Answer.PENDING
        rsvp = _answer(rng, event, person, guests, given)
        asked += rsvp.places
        if given is Answer.PENDING:
            continue
        if fits:
            taken, going = taken + rsvp.places, going + 1
            if event.starts_at < now() and rng.random() < 0.82:
                _arrive(rng, event, rsvp)
        else:
            waiting += 1
    tally = db.session.get(Tally, event.id) or Tally(event_id=event.id, ceiling=event.capacity)
    tally.taken, tally.going, tally.waiting = taken, going, waiting
    db.session.add(tally)
    event.version += 1
    db.session.flush()


def asked(event: Event) -> None:
    """Have those going asked whether they still come, if it is time: most say yes, and those who did not come less often."""
    asked_at = event.starts_at - timedelta(hours=Rules.of(event).ask_hours)
    if asked_at > now():
        return
    rng = Random(event.title)  # of its own, so that nobody else's chances depend on it
    came = set(db.session.scalars(sa.select(CheckIn.rsvp_id).where(CheckIn.event_id == event.id)))
    going = sa.and_(Rsvp.event_id == event.id, Rsvp.answer == Answer.GOING)
    for rsvp in db.session.scalars(sa.select(Rsvp).where(going, Rsvp.answered_at < asked_at).order_by(Rsvp.id)):
        rsvp.asked_at = asked_at
        if rng.random() < (0.85 if rsvp.id in came or event.starts_at > now() else 0.4):
            rsvp.confirmed_at = _before(rng, min(asked_at + timedelta(days=1), now()), days=0.5)
    db.session.add(Asking(event_id=event.id, starts_at=event.starts_at, asked_at=asked_at))
    db.session.flush()


def _answer(rng: Random, event: Event, person: Account, guests: int, answer: Answer) -> Rsvp:
    when = _before(rng, min(event.starts_at, now()), days=18)
    rsvp = Rsvp(
        event=event,
        account=person,
        email=person.email,
        name=person.name,
        name_folded=folded(person.name),
        answer=answer,
        guests=guests,
        listing=Listing.NAME if person.listed else rng.choice([Listing.FIRST_NAME, Listing.HIDDEN]),
        code=new_key(),
        queued_at=when,
        answered_at=when,
    )
    save(rsvp)
    db.session.add(RsvpMove(rsvp_id=rsvp.id, after=answer, places=rsvp.places, moved_at=when))
    return rsvp


def _arrive(rng: Random, event: Event, rsvp: Rsvp) -> None:
    at = event.starts_at + timedelta(minutes=rng.gauss(-4, 9))
    device = rng.choice(["door-phone-a", "door-phone-b"])
    scan = Scan(
        scan_id=new_secret(),
        event_id=event.id,
        rsvp_id=rsvp.id,
        direction=Direction.IN,
        verdict=Verdict.OK,
        device_id=device,
        received_at=at,
    )
    save(scan)
    places = rsvp.places
    db.session.add(CheckIn(rsvp_id=rsvp.id, event_id=event.id, scan_pk=scan.id, places=places, at=at, device_id=device))


def _before(rng: Random, moment: datetime, days: float) -> datetime:
    return moment - timedelta(days=rng.random() * days, hours=1)
