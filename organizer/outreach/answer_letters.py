"""Letters to people who wait, or do not come any more."""

from __future__ import annotations

from organizer.core.time import now
from organizer.rsvps import queries
from organizer.rsvps.models import Answer
from organizer.rsvps.rules import Rules

from .event_letters import ahead, contents, rsvp_of, stands, taken_back
from .letters import Contents, Sheet, kind


@kind("waitlisted", holds=stands(Answer.WAITLISTED))
def waitlisted(sheet: Sheet) -> Contents:
    """Where one stands in the queue, and how it moves."""
    rsvp = rsvp_of(sheet)
    position = queries.Position(2, 5) if sheet.sample else queries.position(rsvp)
    return contents(rsvp, {"position": position, "queue": Rules.of(rsvp.event).queue})


def _is_held(sheet: Sheet) -> bool:
    until = rsvp_of(sheet).offer_until
    return stands(Answer.OFFERED)(sheet) and until is not None and until > now()


@kind("offer", holds=_is_held)
def offer(sheet: Sheet) -> Contents:
    """That a place is held, and until when. Both answers lead to the private page: opening a link takes nothing."""
    return contents(rsvp_of(sheet), {})


@kind("offer_expired", holds=stands(Answer.CANCELLED))
def offer_expired(sheet: Sheet) -> Contents:
    """That the place went to the next one, and how to line up again."""
    return contents(rsvp_of(sheet), {})


@kind("requested", holds=stands(Answer.PENDING))
def requested(sheet: Sheet) -> Contents:
    """That a host will decide."""
    return contents(rsvp_of(sheet), {})


@kind("declined", holds=stands(Answer.DECLINED))
def declined(sheet: Sheet) -> Contents:
    """That a host could give no place. The host's reason stays in the log: it was written for the other hosts."""
    return contents(rsvp_of(sheet), {"has_link": False})


@kind("cancelled_by_you", holds=stands(Answer.CANCELLED))
def cancelled_by_you(sheet: Sheet) -> Contents:
    """That the place was given back, and how to come again."""
    return _farewell(sheet, has_link=True)


@kind("released", holds=stands(Answer.CANCELLED))
def released(sheet: Sheet) -> Contents:
    """That the place went to others, as the question whether one still comes was not answered."""
    return _farewell(sheet, has_link=True)


@kind("removed", holds=stands(Answer.REMOVED))
def removed(sheet: Sheet) -> Contents:
    """That a host took somebody off the list. The host's reason stays in the log: it was written for the other hosts."""
    return _farewell(sheet, has_link=False)


@kind("your_link", holds=ahead)
def your_link(sheet: Sheet) -> Contents:
    """The private link again, for somebody who answered a second time."""
    return contents(rsvp_of(sheet), {})


def _farewell(sheet: Sheet, *, has_link: bool) -> Contents:
    """To who had a place it also brings what takes the event out of their calendar."""
    rsvp, before = rsvp_of(sheet), str(sheet.about.get("before", ""))
    calendar = taken_back(rsvp, sheet) if before == Answer.GOING else None
    return contents(rsvp, {"has_link": has_link, "before": before}, calendar=calendar)
