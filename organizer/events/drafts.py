"""What a host says about an event, checked and written into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from organizer.core.access import Actor
from organizer.core.db import db
from organizer.core.errors import N_, Invalid
from organizer.core.ids import folded, slugify
from organizer.core.time import now
from organizer.places import areas
from organizer.places.grid import cell_of
from organizer.places.models import Precision, Venue
from organizer.places.service import VenueDraft

from .models import Event, Visibility
from .schedule import Schedule, plan
from .venues import venue_for

LONGEST_TITLE, LONGEST_TEXT, MOST_PLACES, MOST_GUESTS = 140, 20_000, 1_000_000, 20
SCHEDULE = ("starts_wall", "ends_wall", "zone", "all_day", "starts_at", "ends_at")


@dataclass(frozen=True)
class EventDraft:
    """What a host says about an event.

    `starts_wall` and `ends_wall` are naive clock times at the place (all-day: `ends_wall` is 00:00 of the day after the
    last). `zone` only if chosen by hand: else it is that of the place, else that of the community.
    """

    title: str
    starts_wall: datetime
    ends_wall: datetime | None = None
    all_day: bool = False
    place: VenueDraft = field(default_factory=VenueDraft)
    zone: str = ""
    text: str = ""  # Markdown
    capacity: int | None = None  # none: no limit
    guests_limit: int = 2
    tags: tuple[str, ...] = ()
    online_url: str = ""
    hides_address: bool = False  # place and online link only for who is going: `whereabouts`
    website: str = ""
    visibility: Visibility = Visibility.PUBLIC
    locale: str = ""


def apply(actor: Actor | None, draft: EventDraft, event: Event) -> None:
    """Write the checked draft of `actor` into the event. Raises Invalid naming the field, and what places raise."""
    title = " ".join(draft.title.split())
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise Invalid(N_("Give the event a title of at most %(most)s characters."), "title", most=LONGEST_TITLE)
    if len(draft.text) > LONGEST_TEXT:
        raise Invalid(N_("The text is longer than %(most)s characters."), "text", most=LONGEST_TEXT)
    if draft.capacity is not None and not 0 <= draft.capacity <= MOST_PLACES:
        raise Invalid(N_("How many can come? Leave it empty for no limit."), "capacity")
    if not 0 <= draft.guests_limit <= MOST_GUESTS:
        raise Invalid(N_("Between 0 and %(most)s guests."), "guests_limit", most=MOST_GUESTS)
    with db.session.no_autoflush:
        venue = venue_for(actor, event, draft.place, hides=draft.hides_address)
    zone = draft.zone or (venue.zone if venue else event.community.zone)
    set_schedule(event, plan(draft.starts_wall, draft.ends_wall, zone, draft.all_day))
    event.title, event.slug, event.text = title, slugify(title), draft.text.replace("\r\n", "\n").strip()
    event.capacity, event.guests_limit = draft.capacity, draft.guests_limit
    event.online_url = checked_link(draft.online_url, "online_url")
    event.website = checked_link(draft.website, "website")
    event.is_online = bool(event.online_url)
    event.visibility, event.locale, event.hides_address = draft.visibility, draft.locale, draft.hides_address
    set_place(event, venue)


def set_schedule(event: Event, schedule: Schedule) -> None:
    """Write when the event is."""
    for name in SCHEDULE:
        setattr(event, name, getattr(schedule, name))


def set_place(event: Event, venue: Venue | None) -> None:
    """Hold the event at `venue` and repeat on it what lists and maps read. Other coming events there follow its pin."""
    event.venue, event.venue_id = venue, venue.id if venue else None
    for name, value in located(venue, hides=event.hides_address).items():
        setattr(event, name, value)
    if venue is None or venue.latitude is None:
        return
    for hides in (False, True):
        where = located(venue, hides=hides)
        stays = sa.and_(Event.venue_id == venue.id, Event.ends_at > now(), Event.id != event.id)
        differs = sa.or_(*(getattr(Event, name).is_distinct_from(where[name]) for name in ("latitude", "longitude")))
        with db.session.no_autoflush:
            db.session.execute(
                sa.update(Event)
                .where(stays, Event.hides_address.is_(hides), differs)
                .values(version=Event.version + 1, **where)
            )


def located(venue: Venue | None, *, hides: bool = False) -> dict[str, str | float | int | None]:
    """Return the columns of an event that repeat its venue: city, country, coordinates, cell.

    Of one that `hides` its address only the middle of the area around it; the middle of its city hides nothing.
    """
    if venue is None:
        return {"city": "", "city_folded": "", "country": "", "latitude": None, "longitude": None, "cell": None}
    latitude, longitude, cell = venue.latitude, venue.longitude, None
    if latitude is not None and longitude is not None:
        if hides and venue.precision != Precision.CITY:
            latitude, longitude = areas.middle(latitude, longitude)
        cell = cell_of(latitude, longitude)
    return {
        "city": venue.city,
        "city_folded": folded(venue.city),
        "country": venue.country,
        "latitude": latitude,
        "longitude": longitude,
        "cell": cell,
    }


def checked_link(url: str, field: str) -> str:
    """Return a web address, tidied. Raises Invalid for anything but http and https."""
    url = url.strip()
    parts = urlsplit(url) if url.isprintable() and " " not in url and len(url) <= 500 else None
    if url and (parts is None or parts.scheme not in {"http", "https"} or not parts.netloc):
        raise Invalid(N_("A link begins with https:// and has no spaces."), field)
    return url


def require_place(event: Event) -> None:
    """Raise Invalid for an event that is nowhere: neither at a place nor online."""
    known = event.venue is not None and (event.venue.city or event.venue.latitude is not None)
    if not known and not event.is_online:
        raise Invalid(N_("Say where it is: a city, or an online link."), "city")
