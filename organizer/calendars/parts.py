"""What calendars add to the pages of others."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, url_for

from organizer import settings
from organizer.core.slots import fills
from organizer.events.models import State
from organizer.events.parts import kept_part
from organizer.events.queries import EventFilter
from organizer.web.chrome import viewer
from organizer.web.i18n import locale_code

from .entries import place, url_of
from .links import event_links, feed_links


@fills("event_actions", order=50)
def add_to_calendar(event: Any, token: str = "", **_more: object) -> str:
    """Ways to put an event that is still to come into one's calendar; `token` is of the private page that asks."""
    if event.state != State.PUBLISHED or event.is_over:
        return ""
    if event.is_confidential:
        return _ways(event, token)
    known = "calendar, signed in" if viewer() else "calendar"
    return kept_part(event, known, lambda: _ways(event))


def _ways(event: Any, token: str = "") -> str:
    chosen = settings.current()
    where = place(event.venue_name, event.address, event.city, event.country, locale_code())
    page = url_of(event.key, event.slug, chosen)
    return render_template(
        "calendars/_add.html",
        links=event_links(event, page, where),
        event=event,
        file=url_for("calendars.of_answer", token=token) if token else url_for("calendars.event", key=event.key),
        feed=feed_links(f"{chosen.url}/events/{event.key}.ics", event.title),
    )


@fills("community_actions", order=50)
def subscribe_to_community(community: Any, **_more: object) -> str:
    """Ways to follow the events of a community."""
    address = f"{settings.current().url}/c/{community.slug}.ics"
    return render_template("calendars/_subscribe.html", links=feed_links(address, community.name))


@fills("list_actions", order=50)
def subscribe_to_list(asked: EventFilter, **_more: object) -> str:
    """Ways to follow what the list of events shows under its filter."""
    chosen = settings.current()
    query = urlencode(asked.args())
    name = f"{chosen.site_name}: {asked.describe()}" if asked else chosen.site_name
    links = feed_links(f"{chosen.url}/events.ics{'?' + query if query else ''}", name)
    return render_template("calendars/_subscribe.html", links=links)


@fills("me_links", order=30)
def my_calendar(**_more: object) -> str:
    """The line of /me that leads to the own feed."""
    return render_template("calendars/_me.html")
