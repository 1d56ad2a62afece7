"""Letters after an event."""

from __future__ import annotations

import sqlalchemy as sa

from organizer.checkin.models import CheckIn
from organizer.core.db import db
from organizer.core.time import now
from organizer.events.cards import EventCard, of_community
from organizer.events.models import State
from organizer.rsvps.models import Answer
from organizer.web.paths import public_url

from . import reminders
from .event_letters import contents, rsvp_of
from .letters import Contents, Sheet, kind
from .models import MutedLetter

MOST_NEXT = 3


def _thanks(sheet: Sheet) -> bool:
    """Whether the event took place, the person did not leave, and the community still wants to thank."""
    rsvp = rsvp_of(sheet)
    event = rsvp.event
    if rsvp.answer is not Answer.GOING or event.state is not State.PUBLISHED or not event.is_over:
        return False
    muted = db.session.get(MutedLetter, (event.community_id, reminders.THANKS))
    return muted is None and now() < reminders.thanks(event).until


@kind("thank_you", holds=_thanks)
def thank_you(sheet: Sheet) -> Contents:
    """Thanks, and what comes next. `came`: let in at the door; else we only know that they meant to come."""
    rsvp = rsvp_of(sheet)
    community = rsvp.event.community
    here = sa.select(CheckIn.rsvp_id).where(CheckIn.rsvp_id == rsvp.id)
    came = sheet.sample is not None or db.session.scalar(here) is not None
    values = {
        "came": came,
        "coming": _coming(community.id),
        "community_url": public_url("communities.show", slug=community.slug),
        "has_link": False,
    }
    return contents(rsvp, values)


def _coming(community_id: int) -> list[tuple[EventCard, str]]:
    """The next public events of the community with their addresses, three at most."""
    cards = [each for each in of_community(community_id, is_member=False) if each.state == State.PUBLISHED]
    return [(each, public_url("events.show", key=each.key, slug=each.slug)) for each in cards[:MOST_NEXT]]
