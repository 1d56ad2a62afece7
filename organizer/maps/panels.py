"""What the map adds to other pages: the place of an event, with links to maps that have streets."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Flask, render_template
from flask_babel import gettext as _

from organizer import settings
from organizer.core.slots import fills
from organizer.events.parts import kept_part
from organizer.maps.mini import mini_map
from organizer.places import areas
from organizer.places.models import Precision
from organizer.web.security import page_policy


def open_in(event: Any) -> list[tuple[str, str]]:
    """Names and addresses of other maps for an event's place; by words where only its city is known."""
    if event.is_veiled and _is_area(event):
        return _area_in(event)
    venue = event.venue
    known = (venue.name, venue.address, venue.city, venue.country) if venue else ()
    words = quote(", ".join(part for part in known if part), safe="")
    if venue is not None and venue.precision not in {Precision.EXACT, Precision.STREET} and words:
        return [
            ("OpenStreetMap", f"https://www.openstreetmap.org/search?query={words}"),
            ("Google Maps", f"https://www.google.com/maps/search/?api=1&query={words}"),
            ("Apple Maps", f"https://maps.apple.com/?q={words}"),
            (_("Map app"), f"geo:0,0?q={words}"),
        ]
    latitude, longitude = f"{event.latitude:.6f}", f"{event.longitude:.6f}"
    name = quote((venue.name if venue else "") or event.title, safe="")
    marked = f"?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
    return [
        ("OpenStreetMap", f"https://www.openstreetmap.org/{marked}"),
        ("Google Maps", f"https://www.google.com/maps/search/?api=1&query={latitude}%2C{longitude}"),
        ("Apple Maps", f"https://maps.apple.com/?ll={latitude},{longitude}&q={name}"),
        (_("Map app"), f"geo:{latitude},{longitude}?q={latitude},{longitude}({name})"),
    ]


def _area_in(event: Any) -> list[tuple[str, str]]:
    """The same for the area around a hidden place: nothing is marked."""
    latitude, longitude = f"{event.latitude:.6f}", f"{event.longitude:.6f}"
    middle = f"{latitude}%2C{longitude}"
    return [
        ("OpenStreetMap", f"https://www.openstreetmap.org/#map=14/{latitude}/{longitude}"),
        ("Google Maps", f"https://www.google.com/maps/@?api=1&map_action=map&center={middle}&zoom=14"),
        ("Apple Maps", f"https://maps.apple.com/?ll={latitude},{longitude}&z=14"),
    ]


def _is_area(event: Any) -> bool:
    """Whether an event stands for the area around it, not for a point."""
    known = event.is_veiled and event.latitude is not None and event.longitude is not None
    return known and areas.is_middle(event.latitude, event.longitude)


@fills("event_side", order=20)
@fills("answer_place", order=10)
def place_panel(event: Any, **_more: object) -> str:
    """A small map and where else to look; nothing for an event without coordinates."""
    if event.latitude is None or event.longitude is None:
        return ""
    return kept_part(
        event,
        "place",
        lambda: render_template("maps/_place.html", event=event, links=open_in(event), is_area=_is_area(event)),
    )


def pin_tiles() -> str:
    """The address of street tiles for a form's pin, "" for none; allows the page to load them."""
    tiles = settings.current().tile_url
    if tiles:
        page_policy(tiles=True)
    return tiles


def init_app(app: Flask) -> None:
    """Let every template draw a small map, and forms set a pin (`maps/_pin.html`)."""
    app.jinja_env.globals.update(mini_map=mini_map, pin_tiles=pin_tiles)
