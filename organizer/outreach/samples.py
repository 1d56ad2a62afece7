"""Made-up letters, for organizers to see how each kind reads: a meeting of their own community, with people of ours.

Nothing here is ever in the database, and no link or code in such a letter opens anything.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from organizer.communities.models import Community
from organizer.core.ids import slugify
from organizer.core.time import at_wall, now, to_wall
from organizer.events.models import Event, EventMove, State
from organizer.places.models import Venue
from organizer.rsvps.models import Answer, Invitation, Rsvp

from .letters import Sample, Sheet

NOBODY = "0" * 10  # a key and code that is never given
_ANSWERS = {
    "waitlisted": Answer.WAITLISTED,
    "offer": Answer.OFFERED,
    "requested": Answer.PENDING,
    "declined": Answer.DECLINED,
    "removed": Answer.REMOVED,
    **dict.fromkeys(("offer_expired", "cancelled_by_you", "released"), Answer.CANCELLED),
}


def sheet_of(kind: str, community: Community, locale: str) -> Sheet:
    """Return a letter of this kind to Anna, about a made-up event of `community`, in `locale`."""
    with force_locale(locale):
        event = _event(community, kind)
    return sheet_about(event, kind, locale, _ANSWERS.get(kind, Answer.GOING), {"before": Answer.GOING})


def sheet_about(event: Event, kind: str, locale: str, answer: Answer, about: dict[str, Any]) -> Sheet:
    """Return a letter of this kind to Anna, as if she had given this `answer` to `event`."""
    with force_locale(locale):
        person = _("Anna Ilieva")
        rsvp = Rsvp(
            event=event,
            account=None,
            key=NOBODY,
            code=NOBODY,
            name=person,
            email="anna@example.org",
            answer=answer,
            guests=1,
            ticket_version=0,
            offer_until=now() + timedelta(hours=20),
        )
        words = _("You took such a fine picture of the bridge. Come along!")
        invitation = Invitation(key=NOBODY, name=person, uses=1, used=0, words=words)
        sample = Sample(rsvp, _move(event), invitation, host=_("Boris"))
    return Sheet(
        id=0,
        kind=kind,
        address="anna@example.org",
        person=person,
        locale=locale,
        about=about,
        account_id=None,
        created_at=now(),
        sample=sample,
    )


def _event(community: Community, kind: str) -> Event:
    """A walk at half past six: tomorrow, today or yesterday as the letter needs it."""
    days = {"remind_day": 1, "remind_morning": 0, "thank_you": -1}.get(kind, 9)
    title = _("Photo walk at dusk")
    starts = datetime.combine(to_wall(now(), community.zone).date() + timedelta(days=days), time(18, 30))
    return Event(
        key=NOBODY,
        community=community,
        community_id=community.id,
        venue=Venue(name=_("Café by the bridge"), address=_("1 River Street"), note=_("The green door.")),
        title=title,
        slug=slugify(title),
        starts_wall=starts,
        ends_wall=starts + timedelta(hours=2),
        zone=community.zone,
        starts_at=at_wall(starts, community.zone),
        ends_at=at_wall(starts + timedelta(hours=2), community.zone),
        all_day=False,
        city=community.city,
        country=community.country,
        is_online=False,
        online_url="",
        state=State.CANCELLED if kind == "event_cancelled" else State.PUBLISHED,
        cancel_reason=_("A storm is coming, and we would rather keep you dry."),
        rsvp_rules={},
    )


def _move(event: Event) -> EventMove:
    return EventMove(
        old_starts_wall=event.starts_wall - timedelta(days=7),
        old_ends_wall=event.ends_wall - timedelta(days=7),
        old_zone=event.zone,
        old_all_day=False,
        word=_("The old station is being rebuilt, so we meet by the river."),
        old_place=_("Old station"),
    )
