"""`/map`: the page, its list, and the data that the map draws."""

from __future__ import annotations

import orjson
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from organizer import settings
from organizer.events.answers import kept, lists_stamp
from organizer.events.queries import EventFilter, when_labels
from organizer.maps import boxes, geojson, panels, shells
from organizer.maps.listing import Listing, listing
from organizer.places import gazetteer
from organizer.web.chrome import has_session
from organizer.web.frontdesk import offer
from organizer.web.i18n import LOCALES, zone_of_visitor
from organizer.web.security import page_policy

MOST_CITIES = 60
bp = Blueprint("maps", __name__)
blueprints = (bp,)
init_app = panels.init_app


@bp.get("/map")
def show() -> ResponseReturnValue:
    """The map and the list of upcoming events; without JavaScript the list and its filters."""
    chosen = settings.current()
    page_policy(tiles=bool(chosen.tile_url))
    asked = EventFilter.from_args(request.args, zone_of_visitor() if has_session() else "")

    def page() -> str:
        return render_template(
            "maps/show.html",
            asked=asked,
            listed=_listed(asked, None),
            shell=shells.shell(chosen.folder / "cache"),
            tile_url=chosen.tile_url,
            tile_attribution=chosen.tile_attribution,
            spans=when_labels(),
        )

    said = (asked, request.args.get("after"), request.args.get("before"), chosen.tile_url, chosen.tile_attribution)
    return kept(lambda: ("map", said, lists_stamp()), page)


@bp.get("/map/list")
def events_list() -> ResponseReturnValue:
    """The list of one view of the map, as a fragment."""
    asked = EventFilter.from_args(request.args, request.args.get("zone", ""))
    return render_template("maps/_list.html", asked=asked, listed=_listed(asked, boxes.view_from(request.args)))


@bp.get("/map/events.geojson")
def events_geojson() -> ResponseReturnValue:
    """Upcoming public events of a box as GeoJSON, clustered when there are many; 304 while nothing has changed."""
    view = boxes.view_from(request.args)
    asked = EventFilter.from_args(request.args, request.args.get("zone", ""))
    moment = geojson.present()
    response = Response(mimetype="application/geo+json")
    tag = geojson.tag_of(view, asked, moment)
    response.set_etag(tag, weak=True)
    offer(tag)
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    if response.status_code != 304:
        body = geojson.body_of(tag, view, asked, moment)
        packed = bool(request.accept_encodings["gzip"])
        response.set_data(body.gzip if packed else body.plain)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
    return response


@bp.get("/map/cities.json")
def cities() -> ResponseReturnValue:
    """Names to read the built-in map by: `[name, latitude, longitude]` of the largest cities of a box, in `lang`."""
    box = boxes.read_box(request.args.get("bbox", ""))
    locale = request.args.get("lang", "en") if request.args.get("lang") in LOCALES else "en"
    named = [
        [gazetteer.localized_name(city, locale), round(city.latitude, 3), round(city.longitude, 3)]
        for city in gazetteer.largest_in(box, MOST_CITIES)
    ]
    response = Response(orjson.dumps(named), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _listed(asked: EventFilter, view: boxes.View | None) -> Listing:
    after, before = request.args.get("after", ""), request.args.get("before", "")
    return listing(asked, view, geojson.present(), after, before)
