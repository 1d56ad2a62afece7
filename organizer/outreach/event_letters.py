"""What letters about events have in common, and those that tell what a host did with one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from organizer import settings
from organizer.accounts.models import Account
from organizer.calendars import mailed
from organizer.core.db import db
from organizer.core.errors import NotFound
from organizer.events.models import Event, EventMove, State
from organizer.events.telling import known, promised
from organizer.events.whereabouts import place_before, place_text
from organizer.places.countries import display_name
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import STANDING, Answer, Rsvp
from organizer.web.filters import when
from organizer.web.i18n import locale_code
from organizer.web.paths import public_url

from .letters import Contents, Gone, Sheet, kind
from .transport import Attachment


def rsvp_of(sheet: Sheet) -> Rsvp:
    """Return the RSVP that a letter is about, its event, community and venue loaded. Raises Gone."""
    if sheet.sample is not None:
        return sheet.sample.rsvp
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


def stands(*answers: Answer) -> Callable[[Sheet], bool]:
    """Whether the RSVP still stands so, and the event is yet to end."""

    def holds(sheet: Sheet) -> bool:
        rsvp = rsvp_of(sheet)
        return rsvp.answer in answers and rsvp.event.state is State.PUBLISHED and not rsvp.event.is_over

    return holds


def ahead(sheet: Sheet) -> bool:
    """Whether the event is yet to end."""
    return not rsvp_of(sheet).event.is_over


def awaited(sheet: Sheet) -> bool:
    """Whether the person still means to come."""
    return ahead(sheet) and rsvp_of(sheet).answer in STANDING


def in_state(state: State) -> Callable[[Sheet], bool]:
    """Whether the person still means to come, and the event stands as the letter says."""
    return lambda sheet: awaited(sheet) and rsvp_of(sheet).event.state is state


@kind("event_cancelled", holds=in_state(State.CANCELLED))
def event_cancelled(sheet: Sheet) -> Contents:
    """That it will not happen, and why. Its calendar takes it out of one's own."""
    rsvp = rsvp_of(sheet)
    calendar = taken_back(rsvp, sheet) if rsvp.answer is Answer.GOING else None
    return contents(rsvp, {"reason": rsvp.event.cancel_reason, "has_link": False}, calendar=calendar)


@kind("event_restored", holds=in_state(State.PUBLISHED))
def event_restored(sheet: Sheet) -> Contents:
    """That it will happen after all. Its calendar puts it back."""
    rsvp = rsvp_of(sheet)
    return contents(rsvp, {}, calendar=asked(rsvp, sheet) if rsvp.answer is Answer.GOING else None)


def _place_moved(rsvp: Rsvp, move: EventMove) -> bool:
    """Whether it is elsewhere now, as far as this person knows where it was and is."""
    event, knows = rsvp.event, rsvp.knows_place
    return place_before(move, event, in_full=knows) != place_text(event, in_full=knows)


def _noticed(sheet: Sheet) -> bool:
    """Whether something that the person knows was moved: another hidden address is no news to who does not know it."""
    rsvp, move = rsvp_of(sheet), db.session.get(EventMove, sheet.about.get("move"))
    if move is None or not awaited(sheet):
        return False
    event = rsvp.event
    hidden = event.is_veiled and not rsvp.knows_place
    return not hidden or known(move)[:4] != promised(event)[:4] or _place_moved(rsvp, move)


@kind("event_moved", holds=_noticed)
def event_moved(sheet: Sheet) -> Contents:
    """What was promised, and what is now."""
    rsvp = rsvp_of(sheet)
    move = sheet.sample.move if sheet.sample else db.session.get(EventMove, sheet.about.get("move"))
    if move is None:
        raise Gone
    event = rsvp.event
    old = {
        "starts_wall": move.old_starts_wall,
        "ends_wall": move.old_ends_wall,
        "zone": move.old_zone,
        "all_day": move.old_all_day,
    }
    page = "rsvps.still_coming" if rsvp.answer is Answer.GOING else "rsvps.manage"
    values = {
        "old": old,
        "word": move.word,
        "knows_online": rsvp.answer is Answer.GOING,
        "leave_url": f"{public_url('rsvps.manage', token=manage_token(rsvp))}#leave",
        "answer_url": public_url(page, token=manage_token(rsvp)),
        "time_moved": (move.old_starts_wall, move.old_zone) != (event.starts_wall, event.zone)
        or move.old_ends_wall != event.ends_wall,
        "place_moved": _place_moved(rsvp, move),
        "old_place": place_before(move, event, in_full=rsvp.knows_place) or _("Place to be announced"),
    }
    return contents(rsvp, values, calendar=asked(rsvp, sheet) if rsvp.answer is Answer.GOING else None)


def contents(
    rsvp: Rsvp,
    values: dict[str, Any],
    *,
    pictures: dict[str, bytes] | None = None,
    attachments: tuple[Attachment, ...] = (),
    calendar: Attachment | None = None,
) -> Contents:
    """What every letter about an RSVP says, and `values`."""
    event = rsvp.event
    usual = event_values(event, rsvp.account, knows=rsvp.knows_place) | {
        "rsvp": rsvp,
        "has_link": True,
        "manage_url": public_url("rsvps.manage", token=manage_token(rsvp)),
    }
    merged = usual | values
    return Contents(
        merged,
        pictures=pictures or {},
        attachments=attachments,
        calendar=calendar,
        list_name=event.community.name,
        list_id=event.community.slug,
        link=str(merged["manage_url"] if merged["has_link"] else merged["event_url"]),
        community_id=event.community_id,
    )


def event_values(event: Event, reader: Account | None, *, knows: bool) -> dict[str, Any]:
    """What, when and where, as `_event.html` and `_event.txt` say it; `knows`: also where, if the event hides that."""
    told = knows or not event.is_veiled
    return {
        "event": event,
        "community": event.community,
        "own_when": _own_when(reader, event),
        "place": _place(event, told),
        "place_hint": "" if told or not event.city else _("The exact address is shown to those who are going."),
        "online_url": event.online_url if told else "",
        "event_url": f"{settings.current().url}/events/{event.key}/{event.slug}",
    }


def asked(rsvp: Rsvp, sheet: Sheet) -> Attachment | None:
    """The event for the calendar of somebody who comes."""
    return _calendar(rsvp, sheet, "REQUEST", mailed.request)


def taken_back(rsvp: Rsvp, sheet: Sheet) -> Attachment | None:
    """What takes the event out of the calendar of somebody who came."""
    return _calendar(rsvp, sheet, "CANCEL", mailed.cancel)


def _calendar(
    rsvp: Rsvp, sheet: Sheet, method: str, write: Callable[[Rsvp, str, datetime], bytes]
) -> Attachment | None:
    if sheet.sample is not None:
        return None
    try:
        file = write(rsvp, sheet.address, sheet.created_at)
    except NotFound:
        return None
    return Attachment(f"{rsvp.event.slug}.ics", f"text/calendar; method={method}; charset=utf-8", file)


def _own_when(account: Account | None, event: Event) -> str:
    """The time on the reader's own clock, "" if it is the event's or unknown."""
    if account is None or not account.zone or event.all_day:
        return ""
    own = when(event, account.zone)
    return "" if own == when(event) else own


def _place(event: Event, knows: bool) -> tuple[str, ...]:
    """Lines that say where it is, to who `knows` all of it or to others."""
    if event.venue is None and not event.city:
        return (_("Online") if event.is_online else _("Place to be announced"),)
    country = display_name(event.country, locale_code()) if event.country else ""
    city = ", ".join(part for part in (event.city, country) if part)
    if not knows:
        return (city,)
    venue = (event.venue.name, event.venue.address, event.venue.note) if event.venue else ()
    return tuple(dict.fromkeys(line for line in (*venue[:2], city, *venue[2:]) if line))
