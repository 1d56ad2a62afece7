"""The main job, from the map to the door and into the calendar, in real browsers and over real mail."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
import zxingcpp
from icalendar import Calendar
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from organizer.accounts.models import Account
from organizer.core.db import bump, db
from organizer.core.time import now
from organizer.rsvps.models import Rsvp
from tests.e2e.conftest import PHONE, Launch, LiveServer, OpenPage
from tests.e2e.hands import Hands, film
from tests.e2e.post import Post, body, code_in
from tests.factories import make_account, make_community, make_event, make_venue

DUSK, BRIDGES, GARDEN, PLOVDIV = (42.6934, 23.3301), (42.7105, 23.3239), (42.6610, 23.3170), (42.1500, 24.7500)
NAME, ADDRESS = "Жана Ünal", "zhana@example.org"


@pytest.fixture
def server_settings(post: Post) -> dict[str, Any]:
    return {**post.settings, "site_name": "Sofia Walks"}


@pytest.fixture
def walk(live_server: LiveServer) -> SimpleNamespace:
    """A walk at dusk in Sofia, run by Maria, with two others in town and one in Plovdiv."""

    def arrange() -> SimpleNamespace:
        maria = make_account(name="Maria Petrova", email="maria@example.org")
        community = make_community(maria, name="Sofia photo walks", slug="sofia-walks")

        def event(title: str, place: tuple[float, float], venue: str, hours: int, **more: Any) -> str:
            where = make_venue(community, name=venue, latitude=place[0], longitude=place[1], **more)
            starts = now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)
            return make_event(community, host=maria, title=title, venue=where, starts_at=starts, capacity=20).key

        key = event("Photo walk at dusk", DUSK, "Café Kanatitsa", 2)
        event("Bridges in the fog", BRIDGES, "Lion’s Bridge", 50)
        event("Botanical close-ups", GARDEN, "South Park", 99)
        event("Kapana morning", PLOVDIV, "Kapana", 75, city="Plovdiv")
        bump("events")
        return SimpleNamespace(key=key, maria_id=maria.id)

    made: SimpleNamespace = live_server.given(arrange)
    return made


def test_from_the_map_to_the_door_and_into_the_calendar(
    live_server: LiveServer,
    phone: Page,
    launch: Launch,
    open_page: OpenPage,
    walk: SimpleNamespace,
    post: Post,
    tmp_path: Path,
) -> None:
    stranger = Hands(phone, tmp_path / "pictures")
    find_on_the_map(stranger)
    ticket = say_i_am_coming(stranger)
    ring = phone.request.get(f"{ticket}/qr.png").body()
    uid = read_the_letter(stranger, post.letter(ADDRESS, "Photo walk at dusk"), ticket, ring)

    film(tmp_path / "camera.mjpeg", ring)
    door = open_page(**PHONE, from_browser=launch(f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}"))
    live_server.sign_in(door.context, walk.maria_id)
    be_scanned(Hands(door, stranger.pictures), walk.key)

    sign_in(stranger, post)
    owner = sa.select(Account.email).join(Rsvp, Rsvp.account_id == Account.id)
    assert live_server.given(lambda: db.session.scalars(owner).all()) == [ADDRESS]
    assert uid in follow_the_calendar(stranger)


def find_on_the_map(hand: Hands) -> None:
    """From the front page to the map, into the cluster, to the marker, to the event."""
    page = hand.page
    page.goto("/")
    hand.keep("front")
    hand.tap(page.get_by_role("link", name="On the map"))
    page.locator("[data-ready]").wait_for()
    expect(page.get_by_role("heading", name="4 events here")).to_be_visible()
    hand.keep("map")
    pin = page.get_by_role("button", name=re.compile("^Photo walk at dusk"))
    assert not pin.count()
    for _zoom in range(8):
        if pin.count():
            break
        hand.tap(page.locator(".pin.cluster").first)
        settled(page)
    hand.keep("map-near")
    hand.tap(pin)
    hand.keep("map-popup")
    hand.tap(page.locator(".popup-events a"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Photo walk at dusk")
    expect(page.get_by_role("region", name="Your answer")).to_contain_text("20 places left")
    hand.keep("event")


def settled(page: Page) -> None:
    """Wait until the map has moved, remembered where it is, and shows what is there."""
    before = page.url
    page.wait_for_url(lambda url: url != before)
    expect(page.locator(".map-frame")).not_to_have_attribute("aria-busy", "true")


def say_i_am_coming(hand: Hands) -> str:
    """Two fields and two taps from the event's page to a ticket; returns its address."""
    page = hand.page
    hand.fields = hand.taps = 0
    hand.tap(page.get_by_role("link", name="I’m coming"))
    hand.keep("rsvp-form")
    hand.fill("Your name", NAME)
    hand.fill("Your mail address", ADDRESS)
    hand.keep("rsvp-filled")
    hand.tap(page.get_by_role("button", name="I’m coming"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re in")
    show = page.get_by_role("link", name="Show the ticket")
    expect(show).to_be_visible()
    assert (hand.fields, hand.taps) == (2, 2)
    hand.keep("you-are-in")
    hand.tap(show)
    expect(page.locator(".ticket-qr svg")).to_be_visible()
    expect(page.get_by_text(NAME)).to_be_visible()
    expect(page.get_by_text("Works offline on this phone")).to_be_visible()
    hand.keep("ticket")
    return page.url


def read_the_letter(hand: Hands, mail: EmailMessage, ticket: str, ring: bytes) -> str:
    """The letter holds the link to the ticket, the same QR code and the entry for the calendar, whose UID is returned."""
    text, html = body(mail), body(mail, "html")
    assert ticket in text
    assert f'href="{ticket}"' in html
    (picture,) = (part for part in mail.walk() if part.get_content_type() == "image/png")
    png: bytes = picture.get_content()
    assert read(png) == read(ring)
    (calendar,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
    (entry,) = Calendar.from_ical(calendar.get_content()).walk("VEVENT")
    assert str(entry["SUMMARY"]) == "Photo walk at dusk"
    seen = hand.page.context.new_page()
    seen.set_content(html.replace("cid:qr", f"data:image/png;base64,{base64.b64encode(png).decode()}"))
    expect(seen.get_by_role("heading", name="You are in")).to_be_visible()
    Hands(seen, hand.pictures).keep("letter")
    seen.close()
    return str(entry["UID"])


def read(png: bytes) -> str:
    """What a decoder that is not ours reads from a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)))
    return str(found.text)


def be_scanned(hand: Hands, key: str) -> None:
    """The host's camera sees the ticket: come in; and once more: already in."""
    page = hand.page
    page.goto(f"/events/{key}/door")
    word = page.locator("[data-answer-word]")
    expect(word).to_have_text("Come in")
    hand.keep("door-come-in")
    expect(page.locator("[data-count]").first).to_contain_text("1 of 1 in")
    page.reload()
    expect(word).to_have_text("Already in")
    expect(page.locator("[data-answer-detail]")).to_contain_text("let in by Maria Petrova")
    hand.keep("door-already-in")


def sign_in(hand: Hands, post: Post) -> None:
    """With the same address, by the code from the letter."""
    page = hand.page
    page.goto("/sign-in")
    hand.fill("Your mail address", ADDRESS)
    hand.keep("sign-in")
    hand.tap(page.get_by_role("button", name="Send me the code"))
    page.get_by_label("Code from the letter").wait_for()
    hand.keep("code")
    hand.fill("Code from the letter", code_in(post.letter(ADDRESS, "is your code")))
    hand.tap(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome")
    expect(page.get_by_label("Your name")).to_have_value(NAME)
    hand.keep("welcome")
    hand.tap(page.get_by_role("button", name="Go on"))
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    hand.keep("me")
    hand.tap(link(page, "My events and tickets"))
    expect(page.get_by_role("link", name="Photo walk at dusk")).to_be_visible()
    hand.keep("my-events")


def follow_the_calendar(hand: Hands) -> set[str]:
    """Make the personal address, fetch what is behind it, and return the UIDs in it."""
    page = hand.page
    page.goto("/me")
    hand.tap(link(page, "My calendar"))
    hand.tap(page.get_by_role("button", name="Make an address"))
    copy = page.get_by_role("button", name="Copy the address")
    expect(copy).to_be_visible()
    hand.keep("my-calendar")
    address = copy.get_attribute("data-copy")
    assert address
    answer = page.request.get(address)
    assert answer.headers["content-type"].startswith("text/calendar")
    return {str(entry["UID"]) for entry in Calendar.from_ical(answer.text()).walk("VEVENT")}


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("main").get_by_role("link", name=name)
