"""A host asks by a tap and in own words; people answer for themselves and their guests, with scripts and without."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from organizer.rsvps.models import Kind
from tests.e2e.conftest import DESKTOP, PHONE, LiveServer, OpenPage
from tests.rsvps.asking import ask, hosted_event


@pytest.fixture
def supper(live_server: LiveServer) -> SimpleNamespace:
    def arrange() -> SimpleNamespace:
        event, host = hosted_event(title="Supper", guests_limit=3, capacity=9)
        ask(event, host, "What do you eat?", Kind.CHOICE, required=True, per_guest=True)
        return SimpleNamespace(path=f"/events/{event.key}", host_id=host.id)

    made: SimpleNamespace = live_server.given(arrange)
    return made


def party(page: Page) -> Locator:
    return page.locator("[data-guests] .guest-fields:visible")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_party_answers(open_page: OpenPage, supper: SimpleNamespace, scripts: bool) -> None:
    page = open_page(**PHONE, java_script_enabled=scripts)
    page.goto(f"{supper.path}/rsvp")
    page.get_by_label("Your name").fill("Mira")
    page.get_by_label("Your mail address").fill("mira@example.org")
    page.get_by_role("group", name="What do you eat?").get_by_label("Bread").check()
    page.get_by_label("Who comes?").select_option("2")
    go = page.get_by_role("button", name="I’m coming")
    if not scripts:
        go.click()  # the server brings the fields
    expect(party(page)).to_have_count(2)
    expect(page.get_by_role("group", name="What do you eat?").first.get_by_label("Bread")).to_be_checked()
    party(page).nth(0).get_by_label("Wine").check()
    party(page).nth(1).get_by_label("Salad").check()
    if scripts:  # who stays at home after all is asked nothing, and what was said is there again
        page.get_by_label("Who comes?").select_option("1")
        expect(party(page)).to_have_count(1)
        page.get_by_label("Who comes?").select_option("2")
        expect(party(page).nth(1).get_by_label("Salad")).to_be_checked()
    go.click()
    expect(page.get_by_role("heading", name="You’re in")).to_be_visible()
    page.get_by_text("Your answers", exact=True).click()
    expect(party(page).nth(1).get_by_label("Salad")).to_be_checked()
    party(page).nth(1).get_by_label("Wine").check()
    page.locator("#replies").get_by_role("button", name="Save").click()
    page.get_by_text("Your answers", exact=True).click()
    expect(party(page).nth(1).get_by_label("Wine")).to_be_checked()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_host_asks(open_page: OpenPage, live_server: LiveServer, supper: SimpleNamespace, scripts: bool) -> None:
    page = open_page(**DESKTOP, java_script_enabled=scripts)
    live_server.sign_in(page.context, supper.host_id)
    page.goto(f"{supper.path}/guests")
    page.get_by_role("link", name="Questions").click()
    page.get_by_role("button", name="What do you bring?").click()
    page.get_by_text("Ask something of your own").click()
    page.get_by_label("Question", exact=True).fill("Which film?")
    expect(page.get_by_label("To choose from")).to_be_hidden()
    page.get_by_label("How is it answered?").select_option(label="One of several")
    page.get_by_label("To choose from").fill("Kodak\nIlford")
    page.get_by_role("button", name="Add the question").click()
    page.get_by_role("button", name="Ask “Which film?” earlier").click()
    titles = page.locator("ol.asked h2")
    expect(titles).to_have_text(["What do you eat?", "Which film?", "What do you bring?"])
