"""A full event, a queue, a place that is held: from the phone, over real mail, into the calendar."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar
from playwright.sync_api import Page, expect

from organizer.core.db import db
from organizer.core.time import now
from organizer.rsvps.models import Answer, Rsvp, Tally
from tests.e2e.conftest import PHONE, LiveServer, OpenPage
from tests.e2e.hands import Hands
from tests.e2e.post import Post, body
from tests.factories import make_account, make_community, make_event, sign_in

NAME, ADDRESS = "Жана Ünal", "zhana@example.org"


@pytest.fixture
def server_settings(post: Post) -> dict[str, Any]:
    # Invitations wait for the morning where it is night: here it never is.
    return {**post.settings, "site_name": "Sofia Walks", "quiet_from": 0, "quiet_until": 0}


@pytest.fixture
def walk(live_server: LiveServer) -> SimpleNamespace:
    """A walk for one, whose free places are held for those who wait."""

    def arrange() -> SimpleNamespace:
        maria = make_account(name="Maria Petrova", email="maria@example.org")
        event = make_event(
            make_community(maria, name="Sofia photo walks", slug="sofia-walks"),
            host=maria,
            title="Darkroom for one",
            starts_at=now().replace(minute=0, second=0, microsecond=0) + timedelta(days=5),
            capacity=1,
            rsvp_rules={"queue": "offer"},
        )
        return SimpleNamespace(key=event.key, id=event.id, maria=maria.id)

    made: SimpleNamespace = live_server.given(arrange)
    return made


def test_wait_be_offered_a_place_and_take_it(
    live_server: LiveServer, phone: Page, open_page: OpenPage, walk: SimpleNamespace, post: Post, tmp_path: Path
) -> None:
    first, waiting = Hands(open_page(**PHONE), tmp_path / "pictures"), Hands(phone, tmp_path / "pictures")
    answer(first, walk.key, "Bo", "bo@example.org")
    expect(first.page.get_by_role("heading", level=1)).to_have_text("You’re in")

    phone.goto(f"/events/{walk.key}")
    expect(phone.get_by_role("region", name="Your answer")).to_contain_text("Every place is taken")
    answer(waiting, walk.key, NAME, ADDRESS)
    expect(phone.get_by_role("heading", level=1)).to_have_text("You are on the waitlist")
    expect(phone.get_by_text("Number 1 of 1.")).to_be_visible()
    waiting.keep("waiting")
    post.letter(ADDRESS, "On the waitlist")

    first.tap(first.page.get_by_role("button", name="I can’t come after all"))
    first.tap(first.page.get_by_role("dialog").get_by_role("button", name=re.compile("can’t come")))
    expect(first.page.get_by_role("heading", level=1)).to_have_text("You are not coming")

    offer = post.letter(ADDRESS, "Darkroom for one")
    address = re.search(r"https?://\S+(/rsvps/\S+)", body(offer))
    assert address
    phone.goto(address[1])
    expect(phone.get_by_role("heading", level=1)).to_have_text("A place is held for you")
    waiting.keep("offered")
    taken = live_server.given(lambda: db.session.get_one(Tally, walk.id).taken)
    assert taken == 1  # looking changes nothing, and nobody else gets it
    waiting.tap(phone.get_by_role("button", name="Take the place"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("You’re in")
    waiting.keep("in")
    ticket = post.letter(ADDRESS, "You are in|yours")
    assert calendar_of(ticket)["METHOD"] == "REQUEST"
    event = calendar_of(ticket).walk("VEVENT")[0]
    in_the_feed(live_server, phone, str(event["UID"]))


def answer(hand: Hands, key: str, name: str, address: str) -> None:
    """Two fields and a tap."""
    hand.page.goto(f"/events/{key}/rsvp")
    hand.fill("Your name", name)
    hand.fill("Your mail address", address)
    hand.tap(hand.page.locator("main form button.wide"))


def calendar_of(mail: EmailMessage) -> Any:
    """The calendar that comes in a letter as one of its forms."""
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar" and not part.get_filename()]
    return Calendar.from_ical(part.get_payload(decode=True))


def in_the_feed(live_server: LiveServer, page: Page, uid: str) -> None:
    """The same person with an account: the own feed holds the event under the same UID, confirmed."""

    def join() -> tuple[int, str]:
        from organizer.calendars import service as calendars
        from organizer.rsvps import owning

        account = make_account(name=NAME, email=ADDRESS)
        owning.join_account(account)
        assert db.session.scalar(sa.select(Rsvp.answer).where(Rsvp.email == ADDRESS)) is Answer.GOING
        return account.id, calendars.token_of(calendars.open_feed(account, account))

    account_id, token = live_server.given(join)
    sign_in(live_server.app.test_client(), account_id)
    feed = Calendar.from_ical(page.request.get(f"/feeds/{token}.ics").body())
    [entry] = feed.walk("VEVENT")
    assert (str(entry["UID"]), str(entry["STATUS"])) == (uid, "CONFIRMED")


def test_a_host_approves_all_who_fit(live_server: LiveServer, open_page: OpenPage, walk: SimpleNamespace) -> None:
    host, guest = open_page(**PHONE, has_touch=True, is_mobile=True), open_page(**PHONE)
    live_server.sign_in(host.context, walk.maria)
    host.goto(f"/events/{walk.key}")
    host.get_by_role("link", name="Guest list").click()
    host.get_by_role("link", name="Who may come").click()
    host.get_by_text("Everybody may ask, a host approves").click()
    host.get_by_role("button", name="Save").click()
    expect(host.get_by_text("These rules hold from now on.")).to_be_visible()
    for name in ("Ana", "Bo"):
        answer(Hands(guest, Path()), walk.key, name, f"{name.lower()}@example.org")
        expect(guest.get_by_role("heading", level=1)).to_have_text("You asked to come")
    host.goto(f"/events/{walk.key}/guests")
    host.get_by_role("link", name="Look at them").click()
    host.get_by_role("button", name="Approve all who fit").click()
    host.get_by_role("dialog").get_by_role("button", name=re.compile("Approve")).click()
    expect(host.get_by_text("Not enough places for Bo.")).to_be_visible()
    guest.reload()
    expect(guest.get_by_role("heading", level=1)).to_have_text("You asked to come")


def test_an_invitation_opens_what_is_closed_to_others(
    live_server: LiveServer, open_page: OpenPage, walk: SimpleNamespace, post: Post
) -> None:
    host, guest = open_page(**PHONE), open_page(**PHONE, has_touch=True, is_mobile=True)
    live_server.sign_in(host.context, walk.maria)
    host.goto(f"/events/{walk.key}/rules")
    host.get_by_text("Only who is invited").click()
    host.get_by_role("button", name="Save").click()
    guest.goto(f"/events/{walk.key}")
    expect(guest.get_by_role("region", name="Your answer")).to_contain_text("By invitation")
    host.goto(f"/events/{walk.key}/invitations")
    host.get_by_text("By mail", exact=True).click()
    host.get_by_label("Mail addresses").fill("ana@example.org")
    host.get_by_label("A word from you").first.fill("You know the darkroom best.")
    host.get_by_role("button", name="Invite", exact=True).click()
    letter = post.letter("ana@example.org", "Darkroom for one")
    assert "You know the darkroom best." in body(letter)
    address = re.search(r"https?://\S+(/invitations/\w+)", body(letter))
    assert address
    guest.goto(address[1])
    expect(guest.get_by_role("heading", level=1)).to_have_text("You are invited")
    guest.get_by_label("Your name").fill("Ana")
    guest.get_by_role("button", name="I’m coming").tap()
    expect(guest.get_by_role("heading", level=1)).to_have_text("You’re in")
    host.reload()
    expect(host.get_by_text("Answered", exact=True)).to_be_visible()
