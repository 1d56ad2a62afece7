"""Letters about events: tickets, the waitlist, what a host changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from organizer import settings
from organizer.accounts.models import Account
from organizer.calendars import feeds
from organizer.checkin import qr
from organizer.checkin.codes import show_typed
from organizer.checkin.paper import payload_of, pdf_name, pdf_of
from organizer.core.db import db
from organizer.core.errors import NotFound
from organizer.events.drafts import place_text
from organizer.events.models import Event, EventMove, State
from organizer.places.countries import display_name
from organizer.rsvps import queries
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Rsvp
from organizer.web.filters import when
from organizer.web.i18n import locale_code
from organizer.web.paths import public_url

from .letters import Contents, Gone, Sheet, kind
from .transport import Attachment

QR_PIXELS = 8  # of one module: 360 pixels in all, shown at 240


def rsvp_of(sheet: Sheet) -> Rsvp:
    """Return the RSVP that a letter is about, its event, community and venue loaded. Raises Gone."""
    rsvp = db.session.scalar(
        sa.select(Rsvp)
        .where(Rsvp.id == sheet.about.get("rsvp"))
        .options(
            joinedload(Rsvp.event).joinedload(Event.community),
            joinedload(Rsvp.event).joinedload(Event.venue),
            joinedload(Rsvp.account),
        )
    )
    if rsvp is None:
        raise Gone
    return rsvp


def _is(answer: Answer) -> Any:
    """Whether the RSVP still stands so, and the event is yet to end."""

    def holds(sheet: Sheet) -> bool:
        rsvp = rsvp_of(sheet)
        return rsvp.answer is answer and rsvp.event.state is State.PUBLISHED and not rsvp.event.is_over

    return holds


def _ahead(sheet: Sheet) -> bool:
    return not rsvp_of(sheet).event.is_over


def _awaited(sheet: Sheet) -> bool:
    """Whether the person still means to come."""
    return _ahead(sheet) and rsvp_of(sheet).answer in {Answer.GOING, Answer.WAITLISTED, Answer.PENDING}


@kind("going", holds=_is(Answer.GOING))
def going(sheet: Sheet) -> Contents:
    """The ticket."""
    return _ticket(rsvp_of(sheet), {"by_host": bool(sheet.about.get("by_host"))})


@kind("promoted", holds=_is(Answer.GOING))
def promoted(sheet: Sheet) -> Contents:
    """The ticket of somebody who waited."""
    return _ticket(rsvp_of(sheet), {})


@kind("waitlisted", holds=_is(Answer.WAITLISTED))
def waitlisted(sheet: Sheet) -> Contents:
    """Where one stands in the queue."""
    rsvp = rsvp_of(sheet)
    return _contents(rsvp, {"position": queries.position(rsvp)})


@kind("cancelled_by_you", holds=_is(Answer.CANCELLED))
def cancelled_by_you(sheet: Sheet) -> Contents:
    """That the place was given back, and how to come again."""
    return _contents(rsvp_of(sheet), {})


@kind("removed", holds=_is(Answer.REMOVED))
def removed(sheet: Sheet) -> Contents:
    """That a host took somebody off the list. The host's reason stays in the log: it was written for the other hosts."""
    return _contents(rsvp_of(sheet), {"has_link": False})


@kind("your_link", holds=_ahead)
def your_link(sheet: Sheet) -> Contents:
    """The private link again, for somebody who answered a second time."""
    return _contents(rsvp_of(sheet), {})


@kind("event_cancelled", holds=_awaited)
def event_cancelled(sheet: Sheet) -> Contents:
    """That it will not happen, and why. The calendar file takes it out of one's calendar."""
    rsvp = rsvp_of(sheet)
    calendar = _calendar(rsvp.event, rsvp.answer) if rsvp.answer is Answer.GOING else ()
    return _contents(rsvp, {"reason": rsvp.event.cancel_reason, "has_link": False}, attachments=calendar)


@kind("event_moved", holds=_awaited)
def event_moved(sheet: Sheet) -> Contents:
    """What was promised, and what is now."""
    rsvp = rsvp_of(sheet)
    move = db.session.get(EventMove, sheet.about.get("move"))
    if move is None:
        raise Gone
    event = rsvp.event
    old = {
        "starts_wall": move.old_starts_wall,
        "ends_wall": move.old_ends_wall,
        "zone": move.old_zone,
        "all_day": event.all_day and move.old_starts_wall.time() == datetime.min.time(),
    }
    values = {
        "old": old,
        "time_moved": (move.old_starts_wall, move.old_zone) != (event.starts_wall, event.zone)
        or move.old_ends_wall != event.ends_wall,
        "place_moved": move.old_place != place_text(event),
        "old_place": move.old_place or _("Place to be announced"),
    }
    return _contents(rsvp, values, attachments=_calendar(event, rsvp.answer))


def _ticket(rsvp: Rsvp, values: dict[str, Any]) -> Contents:
    event = rsvp.event
    ticket_values = {
        "ticket_url": public_url("tickets.show", token=ticket_token(rsvp)),
        "typed_code": show_typed(rsvp.code),
        "knows_online": True,
    }
    return _contents(
        rsvp,
        ticket_values | values,
        pictures={"qr": qr.png(payload_of(rsvp, event), QR_PIXELS)},
        attachments=(
            *_calendar(event, rsvp.answer),
            Attachment(pdf_name(event), "application/pdf", pdf_of(rsvp, event)),
        ),
    )


def _contents(
    rsvp: Rsvp,
    values: dict[str, Any],
    *,
    pictures: dict[str, bytes] | None = None,
    attachments: tuple[Attachment, ...] = (),
) -> Contents:
    event = rsvp.event
    usual = {
        "rsvp": rsvp,
        "event": event,
        "community": event.community,
        "own_when": _own_when(rsvp.account, event),
        "place": _place(event),
        "event_url": f"{settings.current().url}/events/{event.key}/{event.slug}",
        "has_link": True,
        "manage_url": public_url("rsvps.manage", token=manage_token(rsvp)),
    }
    return Contents(
        usual | values,
        pictures=pictures or {},
        attachments=attachments,
        list_name=event.community.name,
        list_id=event.community.slug,
    )


def _own_when(account: Account | None, event: Event) -> str:
    """The time on the reader's own clock, "" if it is the event's or unknown."""
    if account is None or not account.zone or event.all_day:
        return ""
    own = when(event, account.zone)
    return "" if own == when(event) else own


def _place(event: Event) -> tuple[str, ...]:
    """Lines that say where it is."""
    if event.venue is None and not event.city:
        return (_("Online") if event.is_online else _("Place to be announced"),)
    country = display_name(event.country, locale_code()) if event.country else ""
    city = ", ".join(part for part in (event.city, country) if part)
    venue = (event.venue.name, event.venue.address, event.venue.note) if event.venue else ()
    return tuple(dict.fromkeys(line for line in (*venue[:2], city, *venue[2:]) if line))


def _calendar(event: Event, answer: Answer) -> tuple[Attachment, ...]:
    try:
        file = feeds.single(event.id, own=True, answer=answer)
    except NotFound:
        return ()
    return (Attachment(f"{event.slug}.ics", "text/calendar; method=PUBLISH; charset=utf-8", file),)
