"""Which venue an event is held at, and who may know of it.

Hosts of a community share its venues: a known one brings its pin and its note along. But what a host says of a hidden
place must not come out at another event that happens to be at "Home", too. So events that hide their address share no
venue with events that do not, and nobody is given the hidden venue of somebody else.
"""

from __future__ import annotations

import sqlalchemy as sa

from organizer.core.access import Actor
from organizer.core.db import db
from organizer.places import service as places
from organizer.places.models import Venue
from organizer.places.names import fold
from organizer.places.service import VenueDraft

from .models import Event, hosted_by


def known_to(account_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a host may know a venue: an event there hides nothing, or is an own one, or there is none."""
    there = sa.select(Event.id).where(Event.venue_id == Venue.id)
    open_or_own = sa.or_(Event.hides_address.is_(False), Event.id.in_(hosted_by(account_id)))
    return sa.or_(there.where(open_or_own).exists(), ~there.exists())


def open_to_all() -> sa.ColumnElement[bool]:
    """Return the condition that no event at a venue hides its address."""
    return ~sa.select(Event.id).where(Event.venue_id == Venue.id, Event.hides_address.is_(True)).exists()


def venue_for(actor: Actor | None, event: Event, place: VenueDraft, *, hides: bool) -> Venue | None:
    """Return the venue that `place` describes for `event`, None for no place. Raises what `places.service.venue_for` raises."""
    held = event.venue if event.venue_id else None
    if held is not None and (held.name, held.address) == (place.name.strip(), place.address.strip()):
        held = _own_one(held, event, hides)
    if held is not None and _stays(held, place):
        return held
    within = open_to_all() if not hides else sa.and_(_only_hidden(event), known_to(actor.id if actor else 0))
    return places.venue_for(event.community, place, held=held, within=(within,))


def _only_hidden(event: Event) -> sa.ColumnElement[bool]:
    return ~_others(event).where(Event.venue_id == Venue.id, Event.hides_address.is_(False)).exists()


def _own_one(held: Venue, event: Event, hides: bool) -> Venue:
    """`held`; a copy of it if other events are there that hide what this one does not, or the other way round."""
    others = _others(event).where(Event.venue_id == held.id, Event.hides_address.is_(not hides))
    return places.copy_of(held) if db.session.scalar(sa.select(others.exists())) else held


def _others(event: Event) -> sa.Select[int]:
    others = sa.select(Event.id)
    return others if event.id is None else others.where(Event.id != event.id)


def _stays(venue: Venue, place: VenueDraft) -> bool:
    """Whether a place that is in no list of cities is named as before: then there is nothing to look up."""
    if venue.city_id is not None or not venue.city:
        return False
    same = (venue.name, venue.address, venue.note) == (place.name, place.address, place.note)
    pinned = place.latitude is not None and (place.latitude, place.longitude) != (venue.latitude, venue.longitude)
    return same and not pinned and fold(place.city).startswith(fold(venue.city))
