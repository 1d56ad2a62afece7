"""An event as it goes by mail to one person who comes, or does not come any more (iTIP, RFC 5546).

UID and SEQUENCE are those of the feed, so that nobody has an event twice. But for who has left: taking somebody off is a
CANCEL, which must raise SEQUENCE (RFC 5546 section 3.2.5) although the event itself has not changed; and if the person
comes back, the REQUEST must be newer than that CANCEL (section 2.1.5), or calendars drop it. So each time that somebody
leaves or comes back, SEQUENCE is one more than the feed's, for this person alone and from then on. It never falls, as
neither the event's number nor the log of moves ever does, and it is the feed's for everybody who simply comes.

The calendar of a letter has one attendee, its reader. A CANCEL thus names all attendees that there are, and ends the
whole of that calendar's event: STATUS is CANCELLED (section 3.2.5).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from organizer import settings
from organizer.core.db import db
from organizer.core.errors import N_, NotFound
from organizer.rsvps.models import Answer, Rsvp, RsvpMove

from . import queries
from .entries import entry_of
from .ics import CalendarEntry, Head, Method, Status, calendar, event_lines


def request(rsvp: Rsvp, address: str, written_at: datetime) -> bytes:
    """The event for the calendar of somebody who comes, as it now is. Raises NotFound."""
    entry = _entry(rsvp, address, written_at, comes=True)
    return calendar(Head(method=Method.REQUEST), [event_lines(entry)])


def cancel(rsvp: Rsvp, address: str, written_at: datetime) -> bytes:
    """What takes the event out of the calendar of somebody who came. Raises NotFound."""
    entry = replace(_entry(rsvp, address, written_at, comes=False), status=Status.CANCELLED)
    return calendar(Head(method=Method.CANCEL), [event_lines(entry)])


def _entry(rsvp: Rsvp, address: str, written_at: datetime, *, comes: bool) -> CalendarEntry:
    answer = Answer.GOING if comes else None
    for row, tags in queries.details([rsvp.event_id]):
        entry = entry_of(row, tags, settings.current(), own=comes and rsvp.knows_place, answer=answer)
        return replace(
            entry,
            sequence=entry.sequence + _turns(rsvp.id),
            attendee_name=rsvp.name,
            attendee_mail=address,
            stamped=max(written_at, entry.changed),
        )
    raise NotFound(N_("There is no such event."))


def _turns(rsvp_id: int) -> int:
    """How often somebody has left or come back since first coming. One statement."""
    crossed = (RsvpMove.before == Answer.GOING) != (RsvpMove.after == Answer.GOING)
    count = db.session.scalar(sa.select(sa.func.count()).where(RsvpMove.rsvp_id == rsvp_id, crossed))
    return max((count or 0) - 1, 0)
