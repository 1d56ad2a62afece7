"""The map in a real browser: from the world to an event, by pointer and by keyboard."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import LiveServer, OpenPage
from tests.factories import make_account, make_community
from tests.maps.conftest import scatter

SOFIA, STUDENTS, PLOVDIV, LONDON = (42.6977, 23.3219), (42.6510, 23.3450), (42.15, 24.75), (51.5074, -0.1278)
WHOLE = ".pin:not(.you)"


def ready(page: Page, address: str = "/map") -> None:
    page.goto(address)
    page.locator("[data-ready]").wait_for()


def arrange(live_server: LiveServer) -> None:
    live_server.given(lambda: scatter(SOFIA, title="Night walk"))
    live_server.given(lambda: scatter(STUDENTS, title="Students’ portraits <b>"))
    live_server.given(lambda: scatter(PLOVDIV, title="Kapana morning"))
    live_server.given(lambda: scatter(LONDON, LONDON, title="Thames at dawn"))
    live_server.given(lambda: scatter((None, None), title="Critique online", is_online=True, city=""))


def test_from_a_cluster_to_the_event(live_server: LiveServer, desktop: Page) -> None:
    arrange(live_server)
    ready(desktop)
    expect(desktop.locator("#map-count")).to_have_text("5 events here")
    cluster = desktop.get_by_role("button", name="3 events")
    cluster.click()
    for _ in range(8):  # each click zooms in until the pins stand apart
        desktop.wait_for_timeout(700)
        group = desktop.locator(".pin.cluster")
        if not group.count():
            break
        group.first.click()
    pin = desktop.get_by_role("button", name="Students’ portraits <b>")
    pin.click()
    link = desktop.locator(".popup-events a")
    expect(link).to_have_text("Students’ portraits <b>")
    link.click()
    expect(desktop).to_have_url(re.compile(r"/events/[0-9a-z]{10}/students-portraits-b$"))
    expect(desktop.locator("h1")).to_have_text("Students’ portraits <b>")
    desktop.go_back()
    desktop.locator("[data-ready]").wait_for()
    assert "view=42." in desktop.url


def test_a_lone_group_is_seen_at_once(live_server: LiveServer, phone: Page) -> None:
    """The middle between its events is empty: the map must not open there."""
    live_server.given(lambda: scatter(SOFIA, STUDENTS, PLOVDIV))
    ready(phone)
    expect(phone.locator("#map-count")).to_have_text("3 events here")
    expect(phone.locator(".pin").first).to_be_visible()


def test_the_same_place_is_one_marker_with_a_list(live_server: LiveServer, desktop: Page) -> None:
    arrange(live_server)
    ready(desktop, "/map?view=51.5,-0.12,10")
    expect(desktop.locator("#map-count")).to_have_text("2 events here")
    desktop.locator(".pin.place").click()
    expect(desktop.locator(".popup-events a")).to_have_count(2)
    expect(desktop.locator(".map-events li[data-at]")).to_have_count(2)


def test_point_at_one_and_the_other_answers(live_server: LiveServer, desktop: Page) -> None:
    arrange(live_server)
    ready(desktop, "/map?view=42.6,23.9,8")
    card = desktop.locator("li[data-at]", has_text="Kapana morning")
    card.hover()
    lit = desktop.locator(".pin.is-on")
    expect(lit).to_have_count(1)
    expect(lit).to_have_attribute("aria-label", re.compile("^Kapana morning"))
    lit.hover()
    expect(desktop.locator("li.is-on")).to_have_count(1)
    expect(desktop.locator("li.is-on")).to_contain_text("Kapana morning")


def test_the_keyboard_reaches_opens_and_comes_back(live_server: LiveServer, desktop: Page) -> None:
    arrange(live_server)
    ready(desktop, "/map?view=42.6,23.9,8")
    assert desktop.locator(f'{WHOLE}[tabindex="0"]').count() == 1  # no trap of a hundred pins
    first = desktop.locator(f'{WHOLE}[tabindex="0"]')
    first.focus()
    name = first.get_attribute("aria-label") or ""
    desktop.keyboard.press("ArrowRight")
    second = desktop.locator(f"{WHOLE}:focus")
    assert second.get_attribute("aria-label") != name
    assert (second.get_attribute("aria-label") or "").startswith("Kapana")
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".popup-events a:focus")).to_have_text("Kapana morning")
    desktop.keyboard.press("Escape")
    expect(desktop.locator(".leaflet-popup")).to_have_count(0)
    expect(desktop.locator(f"{WHOLE}:focus")).to_have_attribute("aria-label", re.compile("^Kapana"))


def test_filters_move_list_map_and_address_together(live_server: LiveServer, desktop: Page) -> None:
    arrange(live_server)
    ready(desktop)
    desktop.get_by_label("When").select_option("today")
    expect(desktop.locator("#map-count")).to_have_text("No events here")
    assert "when=today" in desktop.url
    expect(desktop.locator(WHOLE)).to_have_count(0)
    desktop.get_by_label("When").select_option("month")
    expect(desktop.locator("#map-count")).to_have_text("5 events here")
    expect(desktop.locator(".map-unplaced summary")).to_contain_text("1 not on the map")


def test_a_phone_scrolls_the_list_over_the_map(live_server: LiveServer, phone: Page) -> None:
    arrange(live_server)
    ready(phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(phone.locator(".map-unplaced summary")).to_be_in_viewport()
    small = phone.evaluate(
        "[...document.querySelectorAll('.pin:not(.you), .leaflet-bar a, .map-near, .map-filters .input')]"
        ".filter(e => e.getBoundingClientRect().height < 44).length"
    )
    assert small == 0


def test_near_me_asks_only_on_a_click(live_server: LiveServer, open_page: OpenPage) -> None:
    arrange(live_server)
    page = open_page(390, 844, geolocation={"latitude": 42.7, "longitude": 23.32}, permissions=["geolocation"])
    ready(page)
    expect(page.locator(".pin.you")).to_have_count(0)
    page.get_by_role("button", name="Near me").click()
    expect(page.locator(".pin.you")).to_have_count(1)
    page.wait_for_url(re.compile(r"view=42\.70"))


def test_who_refuses_to_say_where_she_is_is_told_what_to_do(live_server: LiveServer, desktop: Page) -> None:
    ready(desktop)
    desktop.get_by_role("button", name="Near me").click()
    expect(desktop.locator(".map-status")).to_contain_text("search for your city")


def test_without_javascript_the_list_is_whole(live_server: LiveServer, open_page: OpenPage) -> None:
    arrange(live_server)
    page = open_page(390, 844, java_script_enabled=False)
    page.goto("/map")
    expect(page.get_by_role("link", name="Night walk")).to_be_visible()
    expect(page.get_by_text("The map needs JavaScript")).to_be_visible()
    page.get_by_label("Search events").fill("nothing like this")
    page.get_by_role("button", name="Show").last.click()
    expect(page.get_by_role("heading", name="Nothing fits yet")).to_be_visible()
    page.get_by_role("link", name="All events").click()
    expect(page.get_by_role("link", name="Night walk")).to_be_visible()


def test_a_pin_is_set_by_pointer_and_by_keyboard(live_server: LiveServer, desktop: Page) -> None:
    def arrange_host() -> tuple[int, str]:
        owner = make_account()
        return owner.id, make_community(owner).slug

    owner_id, slug = live_server.given(arrange_host)
    live_server.sign_in(desktop.context, owner_id)
    desktop.goto(f"/c/{slug}/events/new")
    desktop.get_by_text("Address and how to find it").click()
    desktop.get_by_role("button", name="Set the pin on a map").click()
    desktop.locator(".pin-frame").click(position={"x": 200, "y": 150})
    latitude, longitude = desktop.locator("[name=latitude]"), desktop.locator("[name=longitude]")
    expect(latitude).to_have_value(re.compile(r"^42\.\d{5}$"))
    before = float(longitude.input_value())
    desktop.get_by_role("button", name="Pin of the place").focus()
    desktop.keyboard.press("ArrowRight")
    expect(desktop.get_by_role("button", name="Pin of the place")).to_be_focused()
    assert float(longitude.input_value()) > before
    latitude.fill("42.15")
    latitude.blur()
    expect(desktop.get_by_text("Pin at 42.15000")).to_be_visible()
    desktop.get_by_role("button", name="Remove the pin").click()
    expect(latitude).to_have_value("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nobody_is_shut_out(live_server: LiveServer, open_page: OpenPage, width: int, scheme: str) -> None:
    arrange(live_server)
    page = open_page(width, 844, color_scheme=scheme)
    ready(page, "/map?view=42.6,23.9,8")
    page.locator(f"{WHOLE}:not(.cluster)").first.click()
    page.locator(".popup-events a").first.wait_for()
    page.wait_for_timeout(400)  # a popup that fades in has no contrast yet
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
