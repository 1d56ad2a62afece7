"""What stands on a ticket, on paper as on the page; the letter to the guest carries the same PDF."""

from __future__ import annotations

from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from organizer import settings
from organizer.checkin import keyring
from organizer.checkin.codes import show_typed
from organizer.checkin.tickets import sign
from organizer.events.models import Event
from organizer.rsvps.models import Rsvp
from organizer.web.filters import when, zone_name


def pdf_of(rsvp: Rsvp, event: Event) -> bytes:
    """Return the ticket as a PDF of one A5 page in the present language. `event.venue` must be loaded."""
    from organizer.checkin.pdf import TicketPaper, ticket_pdf

    zone = "" if event.all_day else f" {zone_name(event.zone, event.starts_wall)}"
    return ticket_pdf(
        TicketPaper(
            payload=payload_of(rsvp, event),
            title=event.title,
            when=when(event) + zone,
            place=place_of(rsvp, event),
            name=rsvp.name,
            party=ngettext("%(num)s person", "%(num)s people", rsvp.places) if rsvp.places > 1 else "",
            typed_code=show_typed(rsvp.code),
            hint=_("Show this code at the door. If it cannot be scanned, the letters below it are enough."),
            language=str(get_locale() or "en"),
        )
    )


def pdf_name(event: Event) -> str:
    """Return the file name of a ticket."""
    return f"ticket-{event.slug}.pdf"


def place_of(rsvp: Rsvp, event: Event) -> str:
    """Where an event is, in one line; only the city if its address is hidden from this person."""
    if event.venue is None:
        return _("Online") if event.is_online else event.city
    if event.is_veiled and not rsvp.knows_place:
        return event.city
    parts = [event.venue.name, event.venue.address, event.venue.city]
    return ", ".join(dict.fromkeys(part for part in parts if part))


def payload_of(rsvp: Rsvp, event: Event) -> str:
    """Return the signed text of the ticket's QR code."""
    return sign(keyring.load(settings.current().folder), event.key, rsvp.code, rsvp.ticket_version)
