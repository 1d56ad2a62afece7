"""From an empty installation to the first published event: five fields, a few clicks, two minutes at most."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from organizer import demo
from organizer.core.time import now
from tests.e2e.conftest import DESKTOP, PHONE, LiveServer, OpenPage
from tests.e2e.hands import Hands

TITLE = "Photo walk at dusk"


@pytest.fixture
def owner_link(live_server: LiveServer) -> str:
    """What an installation started empty prints: the one-click link of its owner, and nobody else's."""
    with live_server.app.app_context():
        ((_label, address),) = demo.welcome(empty=True)
    return address


@pytest.mark.parametrize(
    ("size", "scripts"),
    [(PHONE, True), (DESKTOP, True), (PHONE, False)],
    ids=["phone", "desktop", "without scripts"],
)
def test_a_newcomer_publishes_the_first_event(
    open_page: OpenPage, owner_link: str, tmp_path: Path, size: dict[str, int], scripts: bool
) -> None:
    visitor = open_page(**PHONE)
    explains_itself(Hands(visitor, tmp_path / "pictures"))
    began = monotonic()
    owner = Hands(open_page(**size, java_script_enabled=scripts), tmp_path / "pictures")
    owner.page.goto(owner_link)
    owner.keep("link")
    owner.tap(owner.page.get_by_role("button", name="Sign in"))
    owner.keep("welcome")
    owner.tap(owner.page.get_by_role("link", name="Skip", exact=True))
    start_a_community(owner)
    publish(owner)
    assert owner.fields == 5
    assert owner.taps == 5
    assert monotonic() - began < 120
    is_found(visitor, lambda: visitor.goto("/"))
    is_found(visitor, lambda: visitor.goto("/map"))


def explains_itself(hand: Hands) -> None:
    """A visitor sees what this is, and a map without events that is no error."""
    hand.page.goto("/")
    expect(hand.page.get_by_role("heading", level=1)).to_have_text("Welcome to your Organizer")
    expect(hand.page.get_by_text("organizer owner")).to_be_visible()
    hand.keep("empty-front")
    hand.page.goto("/map")
    hand.page.locator("[data-ready]").wait_for()
    expect(hand.page.get_by_role("heading", name="No events here")).to_be_visible()
    hand.keep("empty-map")


def start_a_community(hand: Hands) -> None:
    """Led there by the page where signing in ends."""
    page = hand.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome to your Organizer")
    hand.keep("signed-in")
    hand.tap(page.get_by_role("link", name="Start a community"))
    hand.keep("community-form")
    hand.fill("Name", "Sofia photo walks")
    hand.fill("City", "Sofia")
    page.keyboard.press("Escape")
    hand.tap(page.get_by_role("button", name="Start the community"))


def publish(hand: Hands) -> None:
    """Title, start and place; the rest has sensible defaults."""
    page = hand.page
    expect(page.get_by_text("Now announce its first event")).to_be_visible()
    hand.keep("event-form")
    hand.fill("Title", TITLE)
    hand.fill("Starts", f"{now() + timedelta(days=9):%Y-%m-%d}T18:30")
    hand.fill("Place (optional)", "Café Kanatitsa")
    hand.keep("event-filled")
    hand.tap(page.get_by_role("button", name="Publish"))
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(page.get_by_text("18:30–20:30")).to_be_visible()
    hand.keep("published")


def is_found(visitor: Page, begin: Callable[[], object]) -> None:
    """From where a visitor begins, one link leads to the event."""
    begin()
    visitor.get_by_role("link", name=TITLE).first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text(TITLE)
