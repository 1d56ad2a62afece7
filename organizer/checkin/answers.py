"""The words of the door: how each verdict is said, and with which colour and icon it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.checkin.models import Verdict
from organizer.checkin.queries import ScanLine, StoredScan
from organizer.checkin.scans import FirstEntry, Reason, ScanOut
from organizer.core.errors import N_
from organizer.core.time import now
from organizer.events.models import Event
from organizer.web.filters import clock, day, iso, wall, when

# Verdict → tone (colour and sound), icon, word.
LOOKS: Final[dict[Verdict, tuple[str, str, str]]] = {
    Verdict.OK: ("ok", "check", N_("Come in")),
    Verdict.ALREADY_IN: ("wait", "history", N_("Already in")),
    Verdict.UNKNOWN: ("stop", "circle-x", N_("Unknown code")),
    Verdict.WRONG_EVENT: ("stop", "calendar-x", N_("Another event")),
    Verdict.WAITLISTED: ("wait", "hourglass", N_("On the waitlist")),
    Verdict.CANCELLED: ("stop", "ban", N_("Cancelled")),
    Verdict.NOT_GOING: ("stop", "circle-minus", N_("Not coming")),
    Verdict.REVOKED: ("stop", "refresh-cw", N_("Old ticket")),
    Verdict.NOT_YET: ("wait", "clock", N_("Too early")),
    Verdict.TOO_LATE: ("wait", "clock", N_("Too late")),
    Verdict.EVENT_CANCELLED: ("stop", "calendar-x", N_("Event cancelled")),
    Verdict.UNDONE: ("wait", "undo-2", N_("Taken back")),
    Verdict.SLOW_DOWN: ("stop", "hand", N_("Slow down")),
    Verdict.ERROR: ("stop", "triangle-alert", N_("Did not work")),
}

_DETAILS: Final[dict[tuple[Verdict, str], str]] = {
    (Verdict.UNKNOWN, Reason.MISTYPED): N_("One character is wrong. Please compare the code with the ticket."),
    (Verdict.UNKNOWN, Reason.FORGED): N_("This looks like a ticket, but its signature is wrong."),
    (Verdict.UNKNOWN, Reason.FOREIGN): N_("This ticket was issued elsewhere."),
    (Verdict.UNKNOWN, Reason.GARBAGE): N_("This is not a ticket."),
    (Verdict.UNKNOWN, ""): N_("There is no such ticket for this event."),
    (Verdict.WAITLISTED, ""): N_("There was no free place so far."),
    (Verdict.CANCELLED, ""): N_("This person cancelled."),
    (Verdict.NOT_GOING, Reason.PENDING): N_("Nobody has approved this request yet."),
    (Verdict.NOT_GOING, Reason.REMOVED): N_("A host took this person off the list."),
    (Verdict.NOT_GOING, ""): N_("This person is not on the list of those who come."),
    (Verdict.REVOKED, ""): N_("A newer ticket was issued. Please ask for that one."),
    (Verdict.EVENT_CANCELLED, ""): N_("This event does not take place."),
    (Verdict.UNDONE, Reason.NOT_IN): N_("This person was not in."),
    (Verdict.UNDONE, ""): N_("No longer counted as in."),
    (Verdict.SLOW_DOWN, ""): N_("Too many wrong codes. Please wait a minute."),
    (Verdict.ERROR, ""): N_("Nothing was changed. Please try again."),
}
CAN_OVERRIDE: Final = frozenset({Verdict.NOT_YET, Verdict.TOO_LATE})


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer in the operator's language."""

    tone: str
    icon: str
    word: str
    detail: str
    name: str
    party: str
    can_override: bool


def shown(answer: ScanOut, event: Event) -> Shown:
    """How `answer` is put on the screen of the door of `event`."""
    tone, icon, word = LOOKS[answer.verdict]
    party = ""
    if answer.rsvp is not None and answer.places > 1:
        party = ngettext("%(num)s person", "%(num)s people", answer.places)
    return Shown(
        tone,
        icon,
        _(word),
        _detail(answer, event),
        answer.rsvp.name if answer.rsvp else "",
        party,
        answer.verdict in CAN_OVERRIDE,
    )


def _detail(answer: ScanOut, event: Event) -> str:
    if answer.verdict == Verdict.ALREADY_IN and answer.first is not None:
        return _since(answer.first, answer.device_id, event)
    if answer.verdict == Verdict.WRONG_EVENT and answer.elsewhere is not None:
        return f"{answer.elsewhere.title} · {when(answer.elsewhere)}"
    said = _DETAILS.get((answer.verdict, answer.reason)) or _DETAILS.get((answer.verdict, ""))
    text: str = _(said) if said else ""
    if answer.verdict == Verdict.NOT_YET:
        text = _("The event begins %(when)s.", when=f"{day(event.starts_wall)}, {clock(event.starts_wall)}")
    elif answer.verdict == Verdict.TOO_LATE:
        text = _("The event ended %(when)s.", when=f"{day(event.ends_wall)}, {clock(event.ends_wall)}")
    return text


def _since(first: FirstEntry, device_id: str, event: Event) -> str:
    at = wall(first.at, event.zone)
    since = clock(at) if at.date() == wall(now(), event.zone).date() else f"{day(at)}, {clock(at)}"
    text: str = _("Since %(time)s, let in by %(name)s on another phone.", time=since, name=first.by)
    if not first.by:
        text = _("Since %(time)s.", time=since)
    elif first.device_id and first.device_id == device_id:
        text = _("Since %(time)s, let in by %(name)s on this phone.", time=since, name=first.by)
    return text


def as_json(answer: ScanOut, event: Event) -> dict[str, Any]:
    """One item of the scans endpoint: the verdict for programs, the rest for people."""
    look = shown(answer, event)
    first, other = answer.first, answer.elsewhere
    return {
        "scan_id": answer.scan_id,
        "verdict": answer.verdict.value,
        "reason": str(answer.reason),
        "replayed": answer.replayed,
        "tone": look.tone,
        "icon": look.icon,
        "word": look.word,
        "detail": look.detail,
        "person": {"name": look.name, "places": answer.places} if answer.rsvp else None,
        "party": look.party,
        "can_override": look.can_override,
        "first": first
        and {
            "at": iso(first.at),
            "by": first.by,
            "same_device": bool(answer.device_id) and first.device_id == answer.device_id,
        },
        "event": other and {"key": other.key, "title": other.title, "starts_at": iso(other.starts_at)},
    }


def refused(scan_id: str, field: str) -> dict[str, Any]:
    """The answer to an item that could not be read; it was not stored and may be sent again."""
    tone, icon, word = LOOKS[Verdict.ERROR]
    return {
        "scan_id": scan_id,
        "verdict": Verdict.ERROR.value,
        "reason": "malformed",
        "field": field,
        "replayed": False,
        "tone": tone,
        "icon": icon,
        "word": _(word),
        "detail": _("The field %(field)s was not understood.", field=field),
        "person": None,
        "party": "",
        "can_override": False,
        "first": None,
        "event": None,
    }


def of_line(line: ScanLine) -> ScanOut:
    """The answer that a scan of the recent list was given."""
    places = line.rsvp.places if line.rsvp else 0
    return ScanOut(line.scan.scan_id, line.scan.verdict, line.scan.why, line.rsvp, places, replayed=True)


def of_stored(stored: StoredScan) -> ScanOut:
    """The answer that a stored scan was given."""
    scan, rsvp = stored.scan, stored.rsvp
    first = None
    if scan.verdict == Verdict.ALREADY_IN and stored.entered_at is not None:
        first = FirstEntry(stored.entered_at, stored.entered_by, stored.entered_device)
    places = rsvp.places if rsvp else 0
    return ScanOut(scan.scan_id, scan.verdict, scan.why, rsvp, places, first, device_id=scan.device_id, replayed=True)
