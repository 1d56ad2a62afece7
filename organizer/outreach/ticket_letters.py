"""Letters to people who come: each brings the ticket and the event for their calendar."""

from __future__ import annotations

from typing import Any

from organizer.checkin import qr
from organizer.checkin.codes import show_typed
from organizer.checkin.paper import payload_of, pdf_name, pdf_of
from organizer.core.time import now, to_wall
from organizer.rsvps import asking
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Rsvp
from organizer.rsvps.rules import Rules
from organizer.web.paths import public_url

from .event_letters import asked, contents, rsvp_of, stands
from .letters import Contents, Sheet, kind
from .reminders import START
from .transport import Attachment

QR_PIXELS = 8  # of one module: 360 pixels in all, shown at 240


@kind("going", holds=stands(Answer.GOING))
def going(sheet: Sheet) -> Contents:
    """The ticket."""
    return with_ticket(sheet, {"by_host": bool(sheet.about.get("by_host"))})


@kind("promoted", holds=stands(Answer.GOING))
def promoted(sheet: Sheet) -> Contents:
    """The ticket of somebody who waited."""
    return with_ticket(sheet, {})


@kind("approved", holds=stands(Answer.GOING))
def approved(sheet: Sheet) -> Contents:
    """The ticket of somebody who had asked to come."""
    return with_ticket(sheet, {})


def with_ticket(sheet: Sheet, values: dict[str, Any]) -> Contents:
    """A letter with the ticket as a picture and on paper, and the event for the calendar."""
    rsvp = rsvp_of(sheet)
    event = rsvp.event
    return contents(
        rsvp,
        ticket_values(rsvp) | values,
        pictures=ticket_picture(rsvp),
        attachments=(Attachment(pdf_name(event), "application/pdf", pdf_of(rsvp, event)),),
        calendar=asked(rsvp, sheet),
    )


def ticket_values(rsvp: Rsvp) -> dict[str, Any]:
    """What `_ticket.html` and `_ticket.txt` say beside the event."""
    return {
        "ticket_url": public_url("tickets.show", token=ticket_token(rsvp)),
        "typed_code": show_typed(rsvp.code),
        "knows_online": True,
    }


def ticket_picture(rsvp: Rsvp) -> dict[str, bytes]:
    """The QR code of the ticket, as `cid:qr`."""
    return {"qr": qr.png(payload_of(rsvp, rsvp.event), QR_PIXELS)}


def _reminds(sheet: Sheet) -> bool:
    """Whether the person still comes, and to the start that the reminder was written for."""
    if not stands(Answer.GOING)(sheet):
        return False
    starts_at = rsvp_of(sheet).event.starts_at
    return now() < starts_at and f"{starts_at:{START}}" == sheet.about.get("start")


@kind("remind_morning", holds=_reminds)
@kind("remind_day", holds=_reminds)
def reminder(sheet: Sheet) -> Contents:
    """When, where, the ticket, and how to give the place back. `days`: from the day on which it is sent."""
    rsvp = rsvp_of(sheet)
    event = rsvp.event
    days = (event.starts_wall.date() - to_wall(now(), event.zone).date()).days
    return contents(rsvp, ticket_values(rsvp) | {"days": days}, pictures=ticket_picture(rsvp))


def _asks(sheet: Sheet) -> bool:
    """Whether the person was asked for the start that the letter was written for, and has not answered."""
    return _reminds(sheet) and rsvp_of(sheet).is_silent


@kind("still_coming", holds=_asks)
def still_coming(sheet: Sheet) -> Contents:
    """The question some days before. It leads to a page with a button for each answer: opening a link changes nothing."""
    rsvp = rsvp_of(sheet)
    event = rsvp.event
    until = asking.releases_at(Rules.of(event), event.starts_at, rsvp.asked_at or now())
    url = public_url("rsvps.still_coming", token=manage_token(rsvp))
    return contents(rsvp, {"released_at": until, "answer_url": url})
