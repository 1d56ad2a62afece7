"""Answering, withdrawing, the guest list and the form of an event: with the keyboard alone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import DESKTOP, LiveServer, OpenPage
from tests.e2e.hands import Hands, reach
from tests.factories import make_account, make_community, make_event

pytestmark = pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
Open = Callable[..., Page]


@pytest.fixture
def walk(live_server: LiveServer) -> SimpleNamespace:
    def arrange() -> SimpleNamespace:
        maria = make_account(name="Maria")
        event = make_event(make_community(maria, slug="walks"), host=maria, title="Night walk", capacity=2)
        return SimpleNamespace(key=event.key, path=f"/events/{event.key}/{event.slug}", maria_id=maria.id)

    made: SimpleNamespace = live_server.given(arrange)
    return made


@pytest.fixture
def page(open_page: OpenPage, scripts: bool) -> Page:
    return open_page(**DESKTOP, java_script_enabled=scripts)


@pytest.fixture
def host(page: Page, live_server: LiveServer, walk: SimpleNamespace) -> Page:
    live_server.sign_in(page.context, walk.maria_id)
    return page


def enter(target: Locator) -> None:
    """Go there with Tab and press Enter."""
    reach(target)
    target.page.keyboard.press("Enter")


def write(field: Locator, text: str) -> None:
    """Go there with Tab, and type in place of what is there."""
    reach(field)
    field.page.keyboard.press("Control+A")
    field.page.keyboard.type(text)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def agree(page: Page, scripts: bool, words: str) -> None:
    """With scripts a dialog asks first, and holding back is what Enter would do."""
    if scripts:
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text(words)
        back, go = dialog.get_by_role("button").last, dialog.get_by_role("button").first
        expect(back).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(go).to_be_focused()
        page.keyboard.press("Enter")


def test_coming_and_not_coming(page: Page, scripts: bool, walk: SimpleNamespace, tmp_path: Path) -> None:
    page.goto(walk.path)
    enter(page.get_by_role("link", name="I’m coming"))
    write(page.get_by_label("Your name"), "Olga")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Tell us where to send the ticket.")
    expect(page.get_by_label("Your name")).to_have_value("Olga")
    Hands(page, tmp_path / "pictures").keep("one-field-missing")
    write(page.get_by_label("Your mail address"), "olga@example.org")
    page.keyboard.press("Enter")
    heading(page, "You’re in")
    leave = page.get_by_role("button", name="I can’t come after all")
    if scripts:
        enter(leave)
        expect(page.get_by_role("dialog")).to_be_visible()
        Hands(page, tmp_path / "pictures").keep("really")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        heading(page, "You’re in")
    enter(leave)
    agree(page, scripts, "Give your place back?")
    heading(page, "You are not coming")
    enter(page.get_by_role("button", name="Come after all"))
    heading(page, "You’re in")


def test_the_guest_list(host: Page, scripts: bool, walk: SimpleNamespace, tmp_path: Path) -> None:
    host.goto(f"/events/{walk.key}/guests")
    enter(host.locator("summary", has_text="Add somebody"))
    write(host.get_by_label("Name", exact=True), "Zoë Müller")
    write(host.get_by_label("Mail address"), "zoe@")
    host.keyboard.press("Enter")
    expect(host.get_by_role("alert")).to_be_visible()
    expect(host.get_by_label("Name", exact=True)).to_have_value("Zoë Müller")
    Hands(host, tmp_path / "pictures").keep("guest-wrong")
    write(host.get_by_label("Mail address"), "zoe@example.org")
    host.keyboard.press("Enter")
    enter(host.get_by_role("row").get_by_role("link", name="Zoë Müller"))
    heading(host, "Zoë Müller")
    enter(host.locator("summary", has_text="Take off the list"))
    write(host.get_by_label("Reason"), "Asked by phone")
    enter(host.get_by_role("button", name="Take off the list"))
    expect(host.get_by_text("Removed").first).to_be_visible()
    Hands(host, tmp_path / "pictures").keep("guest-removed")
    host.goto(f"/events/{walk.key}/guests")
    expect(host.get_by_text("0 of 2 places taken")).to_be_visible()


def test_a_form_with_errors_keeps_what_was_typed(host: Page, scripts: bool, tmp_path: Path) -> None:
    host.goto("/c/walks/events/new")
    starts = host.get_by_label("Starts")
    host.get_by_label("Title").fill("Winter light")
    starts.fill("2031-01-18T16:15")
    host.get_by_label("City", exact=True).fill("Nowhere in particular")
    host.get_by_label("Place (optional)").fill("Borisova gradina")
    host.get_by_label("How many can come? (optional)").fill("0")
    host.get_by_label("What will happen? (optional)").fill("We **look** at the light.")
    host.locator("summary", has_text="Picture and tags").click()
    host.get_by_label("Tags (optional)").fill("winter, light")
    enter(host.get_by_role("button", name="Publish"))
    summary = host.get_by_role("alert")
    expect(summary).to_contain_text("A number of places")
    if scripts:
        expect(summary).to_be_focused()
    Hands(host, tmp_path / "pictures").keep("event-wrong")
    expect(host.get_by_label("Title")).to_have_value("Winter light")
    expect(starts).to_have_value("2031-01-18T16:15")
    expect(host.get_by_label("City", exact=True)).to_have_value("Nowhere in particular")
    expect(host.get_by_label("Place (optional)")).to_have_value("Borisova gradina")
    expect(host.get_by_label("What will happen? (optional)")).to_have_value("We **look** at the light.")
    expect(host.locator("[name=tags]")).to_have_value("winter, light")
    enter(summary.get_by_role("link").first)
    host.get_by_label("City", exact=True).fill("Sofia")
    write(host.get_by_label("How many can come? (optional)"), "12")
    enter(host.get_by_role("button", name="Publish"))
    heading(host, "Winter light")
    expect(host).to_have_url(re.compile(r"/winter-light(#capacity)?$"))


def test_cancelling_an_event_asks_why(host: Page, scripts: bool, walk: SimpleNamespace, tmp_path: Path) -> None:
    host.goto(walk.path)
    enter(host.get_by_role("link", name="Cancel", exact=True))
    heading(host, "Cancel this event?")
    reason = host.get_by_label("Why?")
    write(reason, "Storm warning.")
    enter(host.get_by_role("button", name="Cancel the event"))
    expect(host.get_by_text("Storm warning.").first).to_be_visible()
    Hands(host, tmp_path / "pictures").keep("event-cancelled")
