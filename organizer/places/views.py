"""Places while typing. Forms work without it: typed text is resolved when the form is sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from organizer.accounts.session import actor
from organizer.communities.models import Community
from organizer.core.access import Action, may
from organizer.core.db import db
from organizer.web.htmx import wants_fragment
from organizer.web.security import limiter

from . import gazetteer, queries
from .models import Venue

bp = Blueprint("places", __name__, url_prefix="/places")
blueprints = (bp,)


def init_app(app: Flask) -> None:
    """Keep the index of cities in the instance's cache folder; tests share one in memory."""
    if not app.config.get("TESTING"):
        gazetteer.use_folder(app.extensions["settings"].folder / "cache")


@bp.get("/search")
@limiter.limit("240/minute")
def search() -> ResponseReturnValue:
    """Offer cities, and to who may create events in `community` (an id) also its venues, for the text `q`.

    JSON `{"cities": […], "venues": […]}`, or options for a datalist when htmx asks.
    """
    text = request.args.get("q", "")[:100]
    country = request.args.get("country", "").upper() if len(request.args.get("country", "")) == 2 else None
    cities = [_city(city) for city in gazetteer.search(text, 8, country)]
    venues = [_venue(venue) for venue in _venues(text)]
    if wants_fragment():
        return render_template("places/_options.html", cities=cities, venues=venues)
    answer = jsonify(cities=cities, venues=venues)
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _venues(text: str) -> list[Venue]:
    number = request.args.get("community", type=int)
    community = db.session.get(Community, number) if number else None
    if community is None or not may(actor(), Action.CREATE_EVENT, community):
        return []
    return queries.venues_like(community.id, text)


def _city(city: gazetteer.City) -> dict[str, Any]:
    return {
        "id": city.id,
        "label": gazetteer.label(city, get_locale() or "en"),
        "name": city.name,
        "country": city.country,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "zone": city.zone,
    }


def _venue(venue: Venue) -> dict[str, Any]:
    return {
        "key": venue.key,
        "label": ", ".join(part for part in (venue.name, venue.address, venue.city) if part),
        "name": venue.name,
        "address": venue.address,
        "city": venue.city,
        "country": venue.country,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
        "zone": venue.zone,
        "note": venue.note,
    }
