"""What stands in the feeds, and what never does."""

from datetime import datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy.orm import Session, scoped_session

from organizer import settings
from organizer.calendars import feeds, queries, service
from organizer.calendars.entries import plain
from organizer.core.db import bump, db
from organizer.core.errors import Forbidden, NotFound
from organizer.core.time import now
from organizer.events.models import EventTag, State, Visibility
from organizer.rsvps.models import Answer
from tests.factories import make_account, make_community, make_event, make_rsvp

DB = scoped_session[Session]


def events_in(raw: bytes) -> dict[str, Any]:
    """Title → event."""
    return {str(event["summary"]): event for event in icalendar.Calendar.from_ical(raw).walk("VEVENT")}


def site() -> dict[str, Any]:
    return events_in(feeds.build(feeds.site_feed()).data)


def own(account: Any, include_waiting: bool = True) -> dict[str, Any]:
    found = queries.personal(account, queries.Window.today(), include_waiting)
    return events_in(feeds.personal_feed(account, found))


def test_the_public_feeds_show_public_events_only(session: DB) -> None:
    community = make_community(name="Walkers", slug="walkers")
    make_event(community, title="Open")
    make_event(community, title="By address", visibility=Visibility.UNLISTED)
    make_event(community, title="Members", visibility=Visibility.MEMBERS)
    make_event(community, title="Draft", state=State.DRAFT)
    make_event(title="Elsewhere")
    assert set(site()) == {"Open", "Elsewhere"}
    assert set(events_in(feeds.build(feeds.community_feed("walkers")).data)) == {"Open"}


def test_a_feed_looks_two_months_back_and_eighteen_ahead(session: DB) -> None:
    for title, days in {"Gone": -63, "Past": -58, "Next": 1, "Late": 540, "Too late": 552}.items():
        make_event(title=title, starts_at=now() + timedelta(days=days))
    assert set(site()) == {"Past", "Next", "Late"}


def test_a_full_feed_leaves_out_the_farthest_and_says_so(session: DB, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 2)
    for days in (3, 1, 2):
        make_event(title=f"In {days}", starts_at=now() + timedelta(days=days))
    built = feeds.build(feeds.site_feed())
    assert set(events_in(built.data)) == {"In 1", "In 2"}
    assert b"X-WR-CALDESC:The next 2 events" in built.data


def test_an_entry_says_what_the_page_says(session: DB) -> None:
    community = make_community(name="Walkers")
    event = make_event(
        community,
        title="Photo walk, part 2",
        text="# Hello\n\nBring a **camera**, see [the list](https://x.example/list).",
        website="https://walk.example",
        sequence=4,
    )
    db.session.add_all([EventTag(event_id=event.id, tag="photo"), EventTag(event_id=event.id, tag="night")])
    db.session.flush()
    found = site()["Photo walk, part 2"]
    page = f"http://127.0.0.1:8000/events/{event.key}/photo-walk-part-2"
    assert str(found["uid"]) == f"{event.key}@organizer.invalid"
    assert found["sequence"] == 4
    assert str(found["location"]) == "Café Kanatitsa, ul. Shishman 12, Sofia, Bulgaria"
    assert found["geo"].to_ical() == "42.6934;23.3301"
    assert [str(tag) for tag in found["categories"].cats] == ["night", "photo"]
    assert str(found["url"]) == page
    assert str(found["description"]) == (
        f"Hello\n\nBring a camera, see the list (https://x.example/list).\n\nhttps://walk.example\n\n{page}"
    )
    assert found["organizer"].params["CN"] == "Walkers"
    assert "person" not in found.to_ical().decode()  # nobody's own address


def test_a_cancelled_event_stays_and_says_why(session: DB) -> None:
    community = make_community(locale="bg")
    make_event(
        community, title="Walk", state=State.CANCELLED, cancel_reason="Storm", starts_at=now() - timedelta(days=40)
    )
    make_event(title="Talk", state=State.CANCELLED, locale="en")
    [bulgarian] = [event for title, event in site().items() if "Walk" in title]
    assert str(bulgarian["summary"]).endswith(": Walk")
    assert bulgarian["status"] == "CANCELLED"
    assert bulgarian["transp"] == "TRANSPARENT"
    assert str(bulgarian["description"]).startswith("Storm\n")
    assert "Cancelled: Talk" in site()


def test_an_all_day_event_of_three_days(session: DB) -> None:
    make_event(title="Camp", all_day=True, starts_wall=datetime(2026, 12, 4), ends_wall=datetime(2026, 12, 7))
    raw = feeds.build(feeds.site_feed()).data
    assert b"DTSTART;VALUE=DATE:20261204\r\nDTEND;VALUE=DATE:20261207\r\n" in raw


def test_the_personal_feed_holds_what_one_goes_to_waits_for_and_hosts(session: DB) -> None:
    me = make_account(email="me@example.org")
    make_rsvp(make_event(title="Going"), me)
    make_rsvp(make_event(title="Waiting"), me, answer=Answer.WAITLISTED)
    make_rsvp(make_event(title="Asked"), me, answer=Answer.PENDING)
    make_rsvp(make_event(title="No"), me, answer=Answer.DECLINED)
    make_rsvp(make_event(title="Off"), me, answer=Answer.CANCELLED)
    make_rsvp(make_event(title="Before I had an account"), None, email="me@example.org")
    make_rsvp(make_event(title="Somebody else"), make_account())
    make_event(title="Mine", host=me)
    make_event(title="My draft", host=me, state=State.DRAFT)
    make_rsvp(make_event(title="Secret", visibility=Visibility.MEMBERS), me)
    found = own(me)
    assert set(found) == {
        "Going", "Waitlist: Waiting", "Asked to join: Asked", "Before I had an account", "Mine", "Secret",
    }  # fmt: skip
    assert found["Waitlist: Waiting"]["status"] == "TENTATIVE"
    assert found["Going"]["status"] == "CONFIRMED"
    assert "attendee" not in found["Going"]
    assert set(own(me, include_waiting=False)) == set(found) - {"Waitlist: Waiting", "Asked to join: Asked"}


def test_where_to_meet_online_is_told_to_those_who_come(session: DB) -> None:
    me = make_account()
    event = make_event(title="Call", is_online=True, online_url="https://meet.example/secret", city="", country="")
    event.venue_id = None
    make_rsvp(event, me)
    assert str(own(me)["Call"]["location"]) == "https://meet.example/secret"
    assert b"secret" not in feeds.build(feeds.site_feed()).data
    assert str(site()["Call"]["location"]) == "Online"


def test_kept_text_is_used_until_the_event_or_its_community_changes(session: DB) -> None:
    event, other = make_event(title="One"), make_event(title="Two")
    feed = feeds.site_feed()
    assert sorted(feeds.build(feed).stale) == [event.id, other.id]
    assert service.keep_lines([event.id, other.id]) == 2
    first = feeds.build(feed)
    assert first.stale == []
    event.title, event.changed_at = "One more", now()
    db.session.flush()
    second = feeds.build(feed)
    assert second.stale == [event.id]
    assert set(events_in(second.data)) == {"One more", "Two"}
    assert service.keep_lines([event.id]) == 1
    assert feeds.build(feed).data == second.data
    other.community.name = "Other name"
    db.session.flush()
    assert feeds.build(feed).stale == [other.id]


def test_kept_blocks_bring_their_zones(session: DB) -> None:
    make_event(title="Rio", zone="America/Sao_Paulo")
    make_event(title="Sofia")
    feed = feeds.site_feed()
    fresh = feeds.build(feed)
    service.keep_lines(fresh.stale)
    assert feeds.build(feed).data == fresh.data
    assert fresh.data.count(b"BEGIN:VTIMEZONE") == 2


def test_a_bump_a_rename_and_a_new_day_change_the_state(session: DB) -> None:
    community = make_community(name="Walkers", slug="walkers")
    tags = {feeds.community_feed("walkers").tag}
    bump(f"c:{community.id}")
    tags.add(feeds.community_feed("walkers").tag)
    community.name = "Runners"
    db.session.flush()
    tags.add(feeds.community_feed("walkers").tag)
    assert len(tags) == 3
    with pytest.raises(NotFound):
        feeds.community_feed("nobody")


def test_a_feed_address_can_be_made_changed_and_revoked(session: DB) -> None:
    me, stranger = make_account(), make_account()
    feed = service.open_feed(me, me)
    first = service.token_of(feed)
    assert len(first) == 36
    assert service.find(first) == (feed, me)
    second = service.token_of(service.open_feed(me, me))
    assert service.find(second)[1] == me
    for wrong in (first, second[:-1], second[:-1] + "?", "", feed.key, "x" * 36):
        with pytest.raises(NotFound):
            service.find(wrong)
    with pytest.raises(Forbidden):
        service.revoke_feed(stranger, me)
    service.revoke_feed(me, me)
    with pytest.raises(NotFound):
        service.find(second)
    assert service.token_of(service.open_feed(me, me)) not in {first, second}
    assert settings.current().secret() not in first


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold** and *soft* and `code`", "Bold and soft and code"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("[https://x.example](https://x.example)", "https://x.example"),
        ("![A picture](/p/1.jpg) here", "A picture here"),
        ("## Title ##\n\n\n\nText", "Title\n\nText"),
        ("1\\. not a list", "1. not a list"),
        ("- one\n- two", "- one\n- two"),
    ],
)
def test_markdown_becomes_plain_text(markdown: str, text: str) -> None:
    assert plain(markdown) == text
