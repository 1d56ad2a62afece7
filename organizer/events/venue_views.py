"""The venues that a community has used, offered to hosts while they type."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from organizer.accounts.session import member
from organizer.communities import service as communities
from organizer.core.access import Action, require
from organizer.places import queries
from organizer.places.views import offered
from organizer.web.security import limiter

from .routes import bp

_TOLD = ("name", "address", "city", "country", "latitude", "longitude", "zone", "note")


@bp.get("/c/<slug>/venues/search")
@limiter.limit("240/minute")
def venues(slug: str) -> ResponseReturnValue:
    """Offer the community's venues for the text `q`, in the shape of `places.search`."""
    community = communities.get(slug)
    require(member(), Action.CREATE_EVENT, community)
    found = queries.venues_like(community.id, request.args.get("q", "")[:100])
    labels = (", ".join(part for part in (venue.name, venue.address, venue.city) if part) for venue in found)
    return offered(
        [
            {"label": label} | {name: getattr(venue, name) for name in _TOLD}
            for label, venue in zip(labels, found, strict=True)
        ]
    )
