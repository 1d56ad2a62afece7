"""Reads of venues."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from organizer.core.db import db
from organizer.core.ids import folded

from .models import Venue

Conditions = Sequence[sa.ColumnElement[bool]]


def same_venue(
    community_id: int, name: str, address: str, city: str, country: str, within: Conditions = ()
) -> Venue | None:
    """Return the community's venue with exactly this name, address and city; the oldest of several. `within` narrows them."""
    return db.session.scalar(
        sa.select(Venue)
        .where(
            Venue.community_id == community_id,
            Venue.name == name,
            Venue.address == address,
            Venue.city == city,
            Venue.country == country,
            *within,
        )
        .order_by(Venue.id)
        .limit(1)
    )


def venues_like(community_id: int, text: str, limit: int = 5, within: Conditions = ()) -> list[Venue]:
    """Return the community's named venues with a word that begins with `text`, the newest first.

    A community has hundreds of venues at most; the newest thousand are looked through. `within` narrows them.
    """
    wanted = folded(text.strip())
    if not wanted:
        return []
    newest = db.session.scalars(
        sa.select(Venue)
        .where(Venue.community_id == community_id, Venue.name != "", *within)
        .order_by(Venue.id.desc())
        .limit(1000)
    )
    fitting = (venue for venue in newest if f" {wanted}" in f" {folded(venue.name)} {folded(venue.address)}")
    found: dict[tuple[str, str, str], Venue] = {}
    for venue in fitting:
        found.setdefault((venue.name, venue.address, venue.city), venue)
        if len(found) == limit:
            break
    return list(found.values())
