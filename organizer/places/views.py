"""Places while typing. Forms work without it: typed text is resolved when the form is sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from organizer.web.htmx import wants_fragment
from organizer.web.security import limiter

from . import gazetteer

bp = Blueprint("places", __name__, url_prefix="/places")
blueprints = (bp,)


def init_app(app: Flask) -> None:
    """Keep the index of cities in the instance's cache folder; tests share one in memory."""
    if not app.config.get("TESTING"):
        gazetteer.use_folder(app.extensions["settings"].folder / "cache")


@bp.get("/search")
@limiter.limit("240/minute")
def search() -> ResponseReturnValue:
    """Offer cities for the text `q`, in one `country` (ISO code) if it is given.

    JSON `{"places": [{"label", "name", "country", "latitude", "longitude", "zone"}]}`, or options for a datalist when
    htmx asks.
    """
    country = request.args.get("country", "").upper()
    found = gazetteer.search(request.args.get("q", "")[:100], 8, country if len(country) == 2 else None)
    return offered([_city(city) for city in found])


def offered(places: list[dict[str, Any]]) -> ResponseReturnValue:
    """Answer a field that asks for places while somebody types; each has at least a `label`."""
    if wants_fragment():
        return render_template("places/_options.html", places=places)
    answer = jsonify(places=places)
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _city(city: gazetteer.City) -> dict[str, Any]:
    return {
        "label": gazetteer.label(city, get_locale() or "en"),
        "name": city.name,
        "country": city.country,
        "latitude": city.latitude,
        "longitude": city.longitude,
        "zone": city.zone,
    }
