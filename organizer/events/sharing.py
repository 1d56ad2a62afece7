"""How an event appears elsewhere: link previews (Open Graph) and search engines (schema.org)."""

from __future__ import annotations

import json
from typing import Any

from markupsafe import Markup

from organizer import settings
from organizer.core.time import zone_of
from organizer.web.filters import last_day
from organizer.web.markdown import plain

from .models import State, Visibility
from .pages import EventRow, MoveRow

_STATUS = {True: "https://schema.org/EventCancelled", False: "https://schema.org/EventScheduled"}


def page_address(event: EventRow) -> str:
    """The absolute address of the event's page."""
    return f"{settings.current().url}/events/{event.key}/{event.slug}"


def picture_address(event: EventRow) -> str:
    """The absolute address of a picture that every link preview can show: the uploaded cover, or the drawn one as PNG."""
    site = settings.current().url
    if event.cover:
        return f"{site}/pictures/{event.cover}"
    return f"{site}/pictures/covers/{event.key}.png?a={event.community.accent}"


def summary(event: EventRow) -> str:
    """The text of the event in one line of at most 160 characters."""
    return plain(event.text, 160)


def structured(event: EventRow, move: MoveRow | None) -> Markup:
    """The schema.org Event as JSON that is safe inside a `<script>` element; "" for what is not public."""
    if event.visibility != Visibility.PUBLIC or event.state == State.DRAFT:
        return Markup()
    cancelled = event.state == State.CANCELLED
    status = "https://schema.org/EventRescheduled" if move and not cancelled else _STATUS[cancelled]
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.title,
        "url": page_address(event),
        "startDate": _moment(event, "starts"),
        "endDate": _moment(event, "ends"),
        "eventStatus": status,
        "eventAttendanceMode": f"https://schema.org/{_mode(event)}EventAttendanceMode",
        "location": _location(event),
        "image": [picture_address(event)],
        "description": summary(event) or event.title,
        "organizer": {
            "@type": "Organization",
            "name": event.community.name,
            "url": f"{settings.current().url}/c/{event.community.slug}",
        },
    }
    if move and not cancelled:
        found["previousStartDate"] = move.starts_wall.replace(tzinfo=zone_of(move.zone)).isoformat(timespec="minutes")
    if event.capacity:
        found["maximumAttendeeCapacity"] = event.capacity
    if event.locale:
        found["inLanguage"] = event.locale
    return script_safe(found)


def script_safe(value: Any) -> Markup:
    """JSON in which no `</script>` and no comment can begin (HTML §4.12.1.3)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that could end the element is escaped


def _moment(event: EventRow, name: str) -> str:
    wall = event.starts_wall if name == "starts" else event.ends_wall
    if event.all_day:
        return wall.date().isoformat() if name == "starts" else last_day(event).isoformat()
    return wall.replace(tzinfo=zone_of(event.zone)).isoformat(timespec="minutes")


def _mode(event: EventRow) -> str:
    if event.is_online:
        return "Mixed" if event.venue else "Online"
    return "Offline"


def _location(event: EventRow) -> Any:
    places: list[dict[str, Any]] = []
    if (venue := event.venue) is not None:
        address = {
            "@type": "PostalAddress",
            "streetAddress": venue.address,
            "addressLocality": venue.city,
            "addressCountry": venue.country,
        }
        place: dict[str, Any] = {
            "@type": "Place",
            "name": venue.name or venue.city,
            "address": {name: value for name, value in address.items() if value},
        }
        if venue.latitude is not None and venue.precision != "city":
            place["geo"] = {"@type": "GeoCoordinates", "latitude": venue.latitude, "longitude": venue.longitude}
        places.append(place)
    if event.is_online:
        places.append({"@type": "VirtualLocation", "url": event.online_url or page_address(event)})
    if not places:
        return {"@type": "Place", "name": event.community.city or event.community.name}
    return places[0] if len(places) == 1 else places
