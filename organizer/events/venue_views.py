"""The venues that a community has used, offered to hosts while they type; hidden ones to who knows them."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from organizer.accounts.session import member
from organizer.communities import service as communities
from organizer.core.access import Action, may, require
from organizer.places import queries
from organizer.places.views import offered
from organizer.web.security import limiter

from .routes import bp
from .venues import known_to

_TOLD = ("name", "address", "city", "country", "latitude", "longitude", "zone", "note")


@bp.get("/c/<slug>/venues/search")
@limiter.limit("240/minute")
def venues(slug: str) -> ResponseReturnValue:
    """Offer the community's venues for the text `q`, in the shape of `places.search`."""
    community, account = communities.get(slug), member()
    require(account, Action.CREATE_EVENT, community)
    within = () if may(account, Action.EDIT_COMMUNITY, community) else (known_to(account.id),)
    found = queries.venues_like(community.id, request.args.get("q", "")[:100], within=within)
    labels = (", ".join(part for part in (venue.name, venue.address, venue.city) if part) for venue in found)
    return offered(
        [
            {"label": label} | {name: getattr(venue, name) for name in _TOLD}
            for label, venue in zip(labels, found, strict=True)
        ]
    )
