"""Letters about events that change: a new time with a word, buttons, and one that takes place after all."""

from __future__ import annotations

from datetime import timedelta

from bs4 import BeautifulSoup
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import unit_of_work
from organizer.core.time import now
from organizer.events import hosting, telling
from organizer.events import service as events
from organizer.events.drafts import EventDraft
from organizer.events.telling import Telling
from organizer.places.service import VenueDraft
from organizer.rsvps.links import manage_token
from tests.factories import make_account, make_member
from tests.outreach.reading import arranged, calendar_of, come, composed, outbox

Sess = scoped_session[Session]
BASE = "http://127.0.0.1:8000"
CAFE = VenueDraft(name="Café Kanatitsa", address="ul. Shishman 12", city="Sofia", country="BG")


def test_a_move_is_told_from_what_people_knew_with_the_hosts_word(session: Sess) -> None:
    owner, event = arranged()
    rsvp, promised = come(event, "mira@example.org"), event.starts_wall
    for hours, how in ((1, Telling(now=False)), (1, Telling(word="The café\n<b>opens</b> late."))):
        with unit_of_work():
            starts = event.starts_wall + timedelta(hours=hours)
            events.edit(owner, event, EventDraft(event.title, starts, place=CAFE, zone=event.zone), how)
    come(event, "late@example.org")  # knows already
    (letter,) = outbox("event_moved")
    mail = composed(letter)
    page = BeautifulSoup(mail.html, "html.parser")
    assert mail.subject == "New time: Photo walk"
    assert f"{promised:%H:%M}" in page.select_one("s").text  # type: ignore[union-attr]
    assert f"{event.starts_wall:%H:%M}" in page.select_one(".facts").text  # type: ignore[union-attr]
    assert "The café\n<b>opens</b> late." in mail.text
    assert page.select_one(".words").text == "The café\n<b>opens</b> late."  # type: ignore[union-attr]
    links = {anchor.text: anchor["href"] for anchor in page.find_all("a")}
    manage = f"{BASE}/rsvps/{manage_token(rsvp)}"
    assert links["I’m still coming"] == f"{manage}/still-coming"  # a page with a button: only its POST acts
    assert links["I can’t come any more"] == f"{manage}#leave"
    method, entry = calendar_of(mail)
    assert (method, int(entry["SEQUENCE"])) == ("REQUEST", 2)


def test_a_new_link_is_told_to_who_comes(session: Sess) -> None:
    owner, event = arranged(starts_at=now().replace(second=0, microsecond=0) + timedelta(days=7))
    come(event, "mira@example.org")
    with unit_of_work():
        draft = EventDraft(event.title, event.starts_wall, event.ends_wall, place=CAFE, zone=event.zone)
        events.edit(owner, event, EventDraft(**vars(draft) | {"online_url": "https://meet.example.org/x"}))
    mail = composed(outbox("event_moved")[0])
    assert mail.subject == "New online link: Photo walk"
    assert "https://meet.example.org/x" in mail.html


def test_an_event_that_is_restored_is_told_and_put_back(session: Sess) -> None:
    owner, event = arranged()
    come(event, "mira@example.org")
    for _ in range(2):
        with unit_of_work():
            events.cancel(owner, event, "Storm")
        with unit_of_work():
            events.restore(owner, event)
    assert len(outbox("event_restored")) == 2
    mail = composed(outbox("event_restored")[-1])
    assert mail.subject == "After all: Photo walk"
    method, entry = calendar_of(mail)
    assert (method, entry["STATUS"], int(entry["SEQUENCE"])) == ("REQUEST", "CONFIRMED", 4)


def test_a_new_host_is_told_by_whom(session: Sess) -> None:
    owner, event = arranged()
    with unit_of_work():
        helper = make_member(event.community, make_account(email="helper@example.org", name="Helper"))
        hosting.add(owner, event, helper.key)
        hosting.remove(owner, event, helper.key)
        hosting.add(owner, event, helper.key)
        hosting.remove(owner, event, owner.key)
        hosting.add(owner, event, owner.key)  # whoever does it themselves knows
    assert [letter.address for letter in outbox("cohost")] == ["helper@example.org"]
    assert "Owner has made you a host" in composed(outbox("cohost")[0]).text


def test_what_is_held_back_makes_no_letter_until_it_is_told(session: Sess) -> None:
    owner, event = arranged()
    come(event, "mira@example.org")
    with unit_of_work():
        draft = EventDraft(event.title, event.starts_wall + timedelta(hours=1), place=CAFE, zone=event.zone)
        events.edit(owner, event, draft, Telling(now=False))
    assert outbox("event_moved") == []
    with unit_of_work():
        telling.tell(owner, event)
    assert len(outbox("event_moved")) == 1
