"""Short ways to make letters come about, and to read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import icalendar
import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db, unit_of_work
from organizer.events import service as events
from organizer.events.drafts import EventDraft
from organizer.events.models import Event
from organizer.outreach import letters
from organizer.outreach.models import Letter
from organizer.outreach.transport import Composed
from organizer.places.service import VenueDraft
from organizer.rsvps import service as rsvps
from organizer.rsvps.models import Listing, Rsvp
from tests.factories import make_account, make_community, make_event


def come(event: Event, email: str, *, actor: Account | None = None, guests: int = 0, locale: str = "en") -> Rsvp:
    with unit_of_work():
        return rsvps.answer(
            actor,
            event,
            name=email.split("@", maxsplit=1)[0],
            email=email,
            guests=guests,
            listing=Listing.HIDDEN,
            locale=locale,
        )


def arranged(**more: Any) -> tuple[Account, Event]:
    with unit_of_work():
        owner = make_account(email="owner@example.org", name="Owner")
        event = make_event(make_community(owner, name="Light Walks", slug="light-walks"), owner, **more)
    return owner, event


def outbox(kind: str | None = None) -> list[Letter]:
    found = sa.select(Letter).order_by(Letter.id).execution_options(populate_existing=True)
    return list(db.session.scalars(found.where(Letter.kind == kind) if kind else found))


def composed(letter: Letter) -> Composed:
    written = letters.compose(letters.Sheet.of(letter))
    assert written is not None
    return written


def moved(owner: Account, event: Event, hours: int, place: VenueDraft | None = None) -> None:
    same = VenueDraft(name="Café Kanatitsa", address="ul. Shishman 12", city="Sofia", country="BG")
    with unit_of_work():
        events.edit(
            owner,
            event,
            EventDraft(
                title=event.title,
                starts_wall=event.starts_wall + timedelta(hours=hours),
                ends_wall=event.ends_wall + timedelta(hours=hours),
                place=place or same,
                zone=event.zone,
                capacity=event.capacity,
            ),
        )


def calendar_of(mail: Composed) -> tuple[str, icalendar.Event]:
    """The method of the calendar that comes with a letter, and its event."""
    assert mail.calendar is not None
    read = icalendar.Calendar.from_ical(mail.calendar.content)
    (event,) = read.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert not event.errors
    assert f"method={read['METHOD']};" in mail.calendar.kind
    return str(read["METHOD"]), event
