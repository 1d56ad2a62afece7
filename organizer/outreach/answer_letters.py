"""Letters to people who wait, or do not come any more."""

from __future__ import annotations

from organizer.rsvps import queries
from organizer.rsvps.models import Answer

from .event_letters import ahead, contents, rsvp_of, stands, taken_back
from .letters import Contents, Sheet, kind


@kind("waitlisted", holds=stands(Answer.WAITLISTED))
def waitlisted(sheet: Sheet) -> Contents:
    """Where one stands in the queue."""
    rsvp = rsvp_of(sheet)
    return contents(rsvp, {"position": queries.position(rsvp)})


@kind("cancelled_by_you", holds=stands(Answer.CANCELLED))
def cancelled_by_you(sheet: Sheet) -> Contents:
    """That the place was given back, and how to come again."""
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
    rsvp = rsvp_of(sheet)
    calendar = taken_back(rsvp, sheet) if sheet.about.get("was_going") else None
    return contents(rsvp, {"has_link": has_link}, calendar=calendar)
