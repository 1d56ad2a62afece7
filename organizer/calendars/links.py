"""Links that put an event, or a whole feed, into the calendars people use. Plain links: nothing is loaded from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

from organizer.core.time import at_wall

from .entries import plain

LONGEST_DETAILS = (
    60  # characters: they stand in every event page twice, Cyrillic six bytes each; the link leads to the rest
)


@dataclass(frozen=True, slots=True)
class EventLinks:
    """Where one event can be added by a click."""

    google: str
    outlook: str


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """Where a feed can be subscribed to by a click."""

    https: str
    webcal: str
    google: str
    outlook: str


def event_links(event: Any, url: str, location: str) -> EventLinks:
    """Links for an event (or row) with title, text and its times; `url` is its page."""
    text = plain(event.text)
    details = f"{text[:LONGEST_DETAILS]}{' …' if len(text) > LONGEST_DETAILS else ''}\n\n{url}".strip()
    if event.all_day:
        google_dates = f"{event.starts_wall:%Y%m%d}/{event.ends_wall:%Y%m%d}"
        last = event.ends_wall - timedelta(days=1)
        outlook = {"startdt": f"{event.starts_wall:%Y-%m-%d}", "enddt": f"{last:%Y-%m-%d}", "allday": "true"}
    else:
        starts, ends = at_wall(event.starts_wall, event.zone), at_wall(event.ends_wall, event.zone)
        google_dates = f"{starts:%Y%m%dT%H%M%SZ}/{ends:%Y%m%dT%H%M%SZ}"
        outlook = {"startdt": f"{starts:%Y-%m-%dT%H:%M:%SZ}", "enddt": f"{ends:%Y-%m-%dT%H:%M:%SZ}"}
    google = {"action": "TEMPLATE", "text": event.title, "dates": google_dates, "details": details}
    google |= {"location": location, "ctz": event.zone}
    outlook |= {"path": "/calendar/action/compose", "rru": "addevent", "subject": event.title}
    outlook |= {"body": details, "location": location}
    return EventLinks(
        google=f"https://calendar.google.com/calendar/render?{urlencode(google, quote_via=quote)}",
        outlook=f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook, quote_via=quote)}",
    )


def feed_links(https: str, name: str) -> FeedLinks:
    """Links for the feed at the absolute address `https`."""
    webcal = "webcal://" + https.partition("://")[2]
    outlook = urlencode({"url": https, "name": name}, quote_via=quote)
    return FeedLinks(
        https=https,
        webcal=webcal,
        google=f"https://calendar.google.com/calendar/r?{urlencode({'cid': webcal}, quote_via=quote)}",
        outlook=f"https://outlook.live.com/calendar/0/addfromweb?{outlook}",
    )
