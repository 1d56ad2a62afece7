"""Signing in by a letter, with the keyboard alone; ending another browser's session; a language that holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from organizer.accounts import service
from organizer.core.db import bump
from tests.e2e.conftest import DESKTOP, LiveServer, OpenPage
from tests.e2e.hands import Hands, reach
from tests.e2e.post import Post, code_in
from tests.factories import make_account, make_event

ADDRESS = "olga@example.org"


@pytest.fixture
def server_settings(post: Post) -> dict[str, Any]:
    return post.settings


@pytest.fixture
def event_path(live_server: LiveServer) -> str:
    def arrange() -> str:
        event = make_event(host=make_account(name="Maria"), title="Night walk")
        bump("events")
        return f"/events/{event.key}/{event.slug}"

    path: str = live_server.given(arrange)
    return path


def enter(target: Locator) -> None:
    """Go there with Tab and press Enter."""
    reach(target)
    target.page.keyboard.press("Enter")


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def test_from_a_page_and_back_by_keyboard(desktop: Page, event_path: str, post: Post, tmp_path: Path) -> None:
    hand = Hands(desktop, tmp_path / "pictures")
    desktop.goto(event_path)
    enter(desktop.get_by_role("link", name="Sign in"))
    heading(desktop, "Sign in")
    reach(desktop.get_by_label("Your mail address"))
    desktop.keyboard.type("olga@")
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("This is not a mail address").first).to_be_visible()
    hand.keep("wrong-address")
    field = desktop.get_by_label("Your mail address")
    expect(field).to_have_value("olga@")
    reach(field)
    desktop.keyboard.press("End")
    desktop.keyboard.type("example.org")
    desktop.keyboard.press("Enter")
    heading(desktop, "Look into your mail")
    code = desktop.get_by_label("Code from the letter")
    expect(code).to_be_focused()
    right = code_in(post.letter(ADDRESS, "is your code"))
    desktop.keyboard.type(f"{(int(right) + 1) % 10**6:06}")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".wrong")).to_be_visible()
    hand.keep("wrong-code")
    expect(code).to_be_focused()
    desktop.keyboard.press("Control+A")
    desktop.keyboard.type(f"{right[:3]} {right[3:]}")
    desktop.keyboard.press("Enter")
    heading(desktop, "Welcome")
    expect(desktop.get_by_label("Your name")).to_be_focused()
    desktop.keyboard.type("Olga Ilieva")
    desktop.keyboard.press("Enter")
    heading(desktop, "Night walk")
    expect(desktop).to_have_url(re.compile(f"{event_path}$"))
    reach(desktop.get_by_role("button", name="Your account"))
    desktop.keyboard.press("Enter")
    enter(desktop.get_by_role("link", name="My events and tickets"))
    heading(desktop, "My events and tickets")


def test_a_page_of_ones_own_is_there_after_signing_in(phone: Page, post: Post, live_server: LiveServer) -> None:
    live_server.given(lambda: make_account(name="Olga", email=ADDRESS))
    phone.goto("/me/calendars")
    heading(phone, "Sign in")
    phone.get_by_label("Your mail address").fill(ADDRESS)
    phone.get_by_role("button", name="Send me the code").tap()
    phone.get_by_label("Code from the letter").fill(code_in(post.letter(ADDRESS, "is your code")))
    phone.get_by_role("button", name="Sign in").tap()
    heading(phone, "My calendar")


def test_another_browser_is_signed_out(
    desktop: Page, open_page: OpenPage, live_server: LiveServer, tmp_path: Path
) -> None:
    account_id = live_server.given(lambda: make_account(name="Olga Ilieva", email=ADDRESS).id)
    other = open_page(**DESKTOP)
    live_server.sign_in(other.context, account_id)
    live_server.sign_in(desktop.context, account_id)
    other.goto("/me")
    heading(other, "Olga Ilieva")
    desktop.goto("/me/sessions")
    Hands(desktop, tmp_path / "pictures").keep("sessions")
    enter(desktop.get_by_role("listitem").get_by_role("button", name="Sign out"))
    expect(desktop.get_by_text("That browser is signed out.")).to_be_visible()
    other.reload()
    heading(other, "Sign in")
    desktop.goto("/me")
    heading(desktop, "Olga Ilieva")


def test_a_chosen_language_holds(desktop: Page, open_page: OpenPage, live_server: LiveServer, event_path: str) -> None:
    desktop.goto(event_path)
    enter(desktop.get_by_role("button", name="Български"))
    expect(desktop).to_have_url(re.compile(f"{event_path}$"))
    expect(desktop.locator("html")).to_have_attribute("lang", "bg")
    desktop.goto("/sign-in")
    heading(desktop, "Вход")
    account_id = live_server.given(lambda: make_account(name="Olga", email=ADDRESS).id)
    live_server.sign_in(desktop.context, account_id)
    desktop.goto("/me")
    enter(desktop.get_by_role("button", name="Български"))
    expect(desktop.locator("html")).to_have_attribute("lang", "bg")
    elsewhere = open_page(**DESKTOP)
    live_server.sign_in(elsewhere.context, account_id)
    elsewhere.goto("/me")
    expect(elsewhere.locator("html")).to_have_attribute("lang", "bg")
    assert live_server.given(lambda: locale_of(account_id)) == "bg"


def locale_of(account_id: int) -> str:
    account = service.account_for(ADDRESS)
    assert account is not None
    assert account.id == account_id
    return account.locale
