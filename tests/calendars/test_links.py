"""Links into other calendars, and where they stand."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from organizer.calendars.links import event_links, feed_links
from organizer.core.db import db
from organizer.core.slots import slot
from organizer.events import pages
from organizer.events.models import Event, State
from organizer.events.queries import EventFilter
from tests.factories import make_community, make_event

Given = Callable[[Callable[[], Any]], Any]


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def make(**given: Any) -> Event:
    usual = {"title": "Walk & talk", "text": "**Bring** a camera", "zone": "Europe/Sofia", "all_day": False}
    times = {"starts_wall": datetime(2026, 7, 4, 18, 30), "ends_wall": datetime(2026, 7, 4, 21, 0)}
    return Event(**usual | times | given)


def test_google_and_outlook_get_title_times_place_and_text() -> None:
    links = event_links(make(), "https://meet.example/events/k/walk", "Café, Sofia")
    google, outlook = query(links.google), query(links.outlook)
    assert google["text"] == outlook["subject"] == "Walk & talk"
    assert google["dates"] == "20260704T153000Z/20260704T180000Z"
    assert (outlook["startdt"], outlook["enddt"]) == ("2026-07-04T15:30:00Z", "2026-07-04T18:00:00Z")
    assert google["location"] == outlook["location"] == "Café, Sofia"
    assert google["details"] == outlook["body"] == "Bring a camera\n\nhttps://meet.example/events/k/walk"
    assert google["ctz"] == "Europe/Sofia"


def test_an_all_day_event_has_days_only() -> None:
    event = make(all_day=True, starts_wall=datetime(2026, 7, 4), ends_wall=datetime(2026, 7, 6))
    links = event_links(event, "https://meet.example", "")
    assert query(links.google)["dates"] == "20260704/20260706"
    outlook = query(links.outlook)
    assert (outlook["startdt"], outlook["enddt"], outlook["allday"]) == ("2026-07-04", "2026-07-05", "true")


def test_a_long_text_still_makes_an_address() -> None:
    assert len(event_links(make(text="шест букви " * 900), "https://meet.example", "").google) < 8000


def test_a_feed_can_be_followed_from_anywhere() -> None:
    links = feed_links("https://meet.example/c/walkers.ics?tag=a&city=b", "Walkers")
    assert links.webcal == "webcal://meet.example/c/walkers.ics?tag=a&city=b"
    assert query(links.google) == {"cid": links.webcal}
    assert query(links.outlook) == {"url": links.https, "name": "Walkers"}


@pytest.fixture
def page(app: Flask, given: Given) -> Callable[..., str]:
    """What calendars put into a slot, seen by a visitor."""
    key = given(lambda: make_event(make_community(slug="w")).key)

    def render(name: str, state: State = State.PUBLISHED, asked: EventFilter | None = None) -> str:
        given(lambda: db.session.execute(sa.update(Event).values(state=state)))
        with app.test_request_context("/"):
            event = pages.event_row(key)
            assert event is not None
            return str(slot(name, event=event, community=event.community, asked=asked))

    return render


def test_the_event_page_offers_file_google_outlook_webcal_and_a_copy(page: Callable[..., str]) -> None:
    shown = page("event_actions")
    for part in (".ics", "webcal://127.0.0.1:8000/events/", "calendar.google.com", "outlook.live.com", "data-copy="):
        assert part in shown
    assert shown.count('rel="noopener noreferrer nofollow"') == 2
    assert "webcal" not in page("event_actions", state=State.CANCELLED)


def test_the_community_page_and_the_list_offer_a_subscription(page: Callable[..., str]) -> None:
    assert "webcal://127.0.0.1:8000/c/w.ics" in page("community_actions")
    assert "webcal://127.0.0.1:8000/events.ics&#34;" not in page("list_actions", asked=EventFilter())
    filtered = page("list_actions", asked=EventFilter(tag="night", city="Sofia"))
    assert "webcal://127.0.0.1:8000/events.ics?tag=night&amp;city=Sofia" in filtered
