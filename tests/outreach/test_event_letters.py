"""Who is told what, and how it reads: the real services of events and answers, down to the composed letter."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
import zxingcpp
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.models import State
from organizer.outreach import jobs, letters
from organizer.outreach.models import LetterState
from organizer.rsvps import hosting
from organizer.rsvps import service as rsvps
from organizer.rsvps.links import manage_token, ticket_token
from organizer.rsvps.models import Answer, Rsvp, Source
from tests.factories import make_account
from tests.outreach.conftest import Mailing
from tests.outreach.reading import arranged, calendar_of, come, composed, moved, outbox

Sess = scoped_session[Session]
BASE = "http://127.0.0.1:8000"


def test_every_kind_has_both_parts(app: Flask) -> None:
    kinds = {"sign_in", "going", "waitlisted", "promoted", "cancelled_by_you", "removed", "your_link"}
    assert set(letters.kinds()) >= kinds | {"event_cancelled", "event_moved"}
    for name in letters.kinds():
        for part in ("txt", "html"):
            template = app.jinja_env.get_template(f"outreach/letters/{name}.{part}")
            assert "content" in template.blocks
            assert ("subject" if part == "txt" else "preview") in template.blocks


def test_the_ticket_comes_by_mail(session: Sess) -> None:
    _, event = arranged(title="Fog <i>walk</i>")
    rsvp = come(event, "mira@example.org", guests=1)
    (letter,) = outbox()
    assert (letter.kind, letter.address, letter.person, letter.account_id) == (
        "going",
        "mira@example.org",
        "mira",
        None,
    )
    mail = composed(letter)
    assert mail.subject == "You are in: Fog <i>walk</i>"
    page = BeautifulSoup(mail.html, "html.parser")
    links = {anchor["href"] for anchor in page.find_all("a")}
    ticket, manage = f"{BASE}/tickets/{ticket_token(rsvp)}", f"{BASE}/rsvps/{manage_token(rsvp)}"
    assert {ticket, manage, f"{BASE}/events/{event.key}/{event.slug}"} <= links
    for words in (mail.text, page.get_text(" ")):
        assert "Café Kanatitsa" in words
        assert "ul. Shishman 12" in words
        assert "EET" in words
        assert "1 guest." in words
    assert ticket in mail.text
    assert manage in mail.text
    assert "<i>" not in mail.html
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(mail.pictures["qr"])).convert("L"))
    assert len(read.text) == 120
    assert calendar_of(mail)[1]["SUMMARY"] == "Fog <i>walk</i>"
    assert (mail.list_name, mail.list_id) == ("Light Walks", "light-walks")


def test_guests_alone_make_no_letter(session: Sess) -> None:
    _, event = arranged()
    rsvp = come(event, "mira@example.org")
    with unit_of_work():
        rsvps.change_guests(rsvp, 1)
    assert [letter.kind for letter in outbox()] == ["going"]


def test_the_reader_gets_her_language_and_clock(session: Sess) -> None:
    _, event = arranged()
    with unit_of_work():
        mira = make_account(email="mira@example.org", name="Mira", locale="bg", zone="Asia/Tokyo")
    come(event, "", actor=mira, locale="en")
    (letter,) = outbox()
    assert (letter.locale, letter.account_id) == ("bg", mira.id)
    mail = composed(letter)
    assert 'lang="bg"' in mail.html
    assert "България" in mail.text
    hours = [line for line in mail.text.splitlines() if "–" in line and ":" in line]
    assert len(hours) == 2


def test_waiting_then_a_place(session: Sess) -> None:
    _, event = arranged(capacity=1)
    first, second, third = (come(event, f"p{n}@example.org") for n in range(3))
    waiting = outbox("waitlisted")
    assert [letter.address for letter in waiting] == ["p1@example.org", "p2@example.org"]
    assert "number 2 of 2" in composed(waiting[1]).text
    assert composed(waiting[1]).pictures == {}
    assert "/tickets/" not in composed(waiting[1]).html
    with unit_of_work():
        rsvps.cancel(first)
    assert [letter.address for letter in outbox("promoted")] == ["p1@example.org"]
    assert f"/tickets/{ticket_token(second)}" in composed(outbox("promoted")[0]).text
    (goodbye,) = outbox("cancelled_by_you")
    assert manage_token(first) in composed(goodbye).text
    assert third.answer is Answer.WAITLISTED
    with unit_of_work():
        rsvps.rejoin(first)
    assert [letter.address for letter in outbox("waitlisted")] == ["p1@example.org", "p2@example.org", "p0@example.org"]


def test_answering_again_without_a_proof_sends_the_link_once_an_hour(session: Sess) -> None:
    _, event = arranged()
    rsvp = come(event, "mira@example.org")
    for _ in range(3):
        come(event, "Mira@Example.org")
    (letter,) = outbox("your_link")
    assert manage_token(rsvp) in composed(letter).text
    assert letter.address == "mira@example.org"


def test_hosts_add_and_remove_with_words(session: Sess) -> None:
    owner, event = arranged()
    with unit_of_work():
        added = hosting.add_by_host(owner, event, "Bo", "bo@example.org", 0, over_capacity=False, source=Source.HOST)
        hosting.add_by_host(owner, event, "Di", "di@example.org", 0, over_capacity=False, source=Source.WALK_IN)
        hosting.add_by_host(owner, event, "Ed", "", 0, over_capacity=False, source=Source.HOST)
    (letter,) = outbox()
    assert letter.address == "bo@example.org"
    assert "A host of Light Walks has put you on the list." in composed(letter).text
    with unit_of_work():
        hosting.remove(owner, added, "Sorry, <b>members</b> only.")
    mail = composed(outbox("removed")[0])
    assert "taken you off the list" in mail.text
    # The reason is written for the other hosts; it stays in the log.
    assert "members" not in mail.text + mail.html
    assert "/rsvps/" not in mail.html


def test_hosts_add_and_remove_without_a_letter(session: Sess) -> None:
    owner, event = arranged()
    with unit_of_work():
        added = hosting.add_by_host(
            owner, event, "Bo", "bo@example.org", 0, over_capacity=False, source=Source.HOST, quiet=True
        )
        hosting.remove(owner, added, "Twice on the list", quiet=True)
    assert outbox() == []


def test_everybody_hears_that_it_is_called_off(session: Sess) -> None:
    owner, event = arranged(capacity=1)
    for n in range(2):
        come(event, f"p{n}@example.org")
    left = come(event, "left@example.org")
    with unit_of_work():
        rsvps.cancel(left)
    with unit_of_work():
        events.cancel(owner, event, "Storm.")
        events.cancel(owner, event, "Storm.")
    told = outbox("event_cancelled")
    assert [letter.address for letter in told] == ["p0@example.org", "p1@example.org"]
    mail = composed(told[0])
    assert mail.subject == f"Called off: {event.title}"
    assert "They say: Storm." in mail.text
    assert calendar_of(mail)[0] == "CANCEL"
    assert composed(told[1]).calendar is None


def test_who_changes_their_mind_at_once_frightens_nobody(session: Sess) -> None:
    owner, event = arranged()
    come(event, "mira@example.org")
    with unit_of_work():
        events.cancel(owner, event, "Storm.")
    (letter,) = outbox("event_cancelled")
    sheet = letters.Sheet.of(letter)
    restored = replace(sheet, kind="event_restored")
    assert (letters.still_true(sheet), letters.still_true(restored)) == (True, False)
    event.state, event.sequence = State.PUBLISHED, event.sequence + 1
    assert (letters.still_true(sheet), letters.still_true(restored)) == (False, True)
    mail = letters.compose(restored)
    assert mail is not None
    method, entry = calendar_of(mail)
    assert (method, entry["SEQUENCE"], entry["STATUS"]) == ("REQUEST", 2, "CONFIRMED")


def test_everybody_hears_of_a_new_time(session: Sess) -> None:
    owner, event = arranged()
    come(event, "mira@example.org")
    before = f"{event.starts_wall:%H:%M}"
    moved(owner, event, 3)
    (letter,) = outbox("event_moved")
    mail = composed(letter)
    assert mail.subject.startswith("New time")
    was, now_is = mail.text.split("It is now:")
    assert before in was
    assert f"{event.starts_wall:%H:%M}" in now_is
    assert calendar_of(mail)[1]["SEQUENCE"] == event.sequence == 1
    moved(owner, event, 3)
    assert len(outbox("event_moved")) == 2


@pytest.mark.parametrize("change", ["leave", "call off", "end"])
def test_what_is_no_longer_true_is_not_sent(mailing: Mailing, change: str) -> None:
    with mailing.app.app_context():
        owner, event = arranged()
        rsvp = come(event, "mira@example.org")
        later = now()
        with unit_of_work():
            if change == "leave":
                rsvps.cancel(rsvp)
            elif change == "call off":
                events.cancel(owner, event, "Storm.")
            else:
                later = event.ends_at + timedelta(minutes=1)
        with time_machine.travel(later):
            jobs.send_due()
        session_states: dict[str, LetterState] = {letter.kind: letter.state for letter in outbox()}
        assert session_states["going"] is LetterState.DROPPED
        assert set(session_states.values()) - {LetterState.DROPPED} <= {LetterState.SENT}


def test_the_whole_mail_as_it_arrives(mailing: Mailing) -> None:
    with mailing.app.app_context():
        _, event = arranged()
        come(event, "mira@example.org")
        assert jobs.send_due() == 1
    (mail,) = mailing.postman.letters
    assert str(mail["From"]) == "Light Walks <organizer@meet.example.org>"
    assert mail["List-Id"] == "<light-walks.meet.example.org>"
    kinds = [each.get_content_type() for each in mail.walk()]
    usual = "multipart/mixed multipart/alternative text/plain multipart/related text/html image/png"
    assert kinds == [*usual.split(), "text/calendar", "application/ics", "application/pdf"]
    picture, invitation, file, paper = list(mail.walk())[5:]
    assert paper.get_filename() == "ticket-photo-walk.pdf"
    assert paper.get_payload(decode=True).startswith(b"%PDF-")
    assert picture["Content-ID"] == "<qr>"
    assert picture["Content-Disposition"].startswith("inline")
    assert (invitation.get_param("method"), invitation.get_param("charset")) == ("REQUEST", "utf-8")
    assert invitation["Content-Disposition"] is None
    assert file.get_filename() == "photo-walk.ics"
    assert file.get_payload(decode=True) == invitation.get_payload(decode=True)
    assert b"\r\nMETHOD:REQUEST\r\n" in invitation.get_payload(decode=True)  # type: ignore[operator]


def test_a_thousand_guests_are_told_in_few_statements(session: Sess, given: Callable[[Callable[[], Any]], Any]) -> None:
    owner, event = arranged()
    rows = [
        {"key": f"{n:010}", "code": f"{n:010}", "event_id": event.id, "name": "X", "email": f"p{n}@example.org"}
        | {"answer": Answer.GOING}
        for n in range(1000)
    ]
    with unit_of_work():
        db.session.execute(sa.insert(Rsvp), rows)
    statements: list[str] = []

    def count(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    with unit_of_work():
        events.cancel(owner, event, "Storm.")
    sa.event.remove(db.engine, "before_cursor_execute", count)
    assert len(outbox("event_cancelled")) == 1000
    assert len([each for each in statements if each.startswith("INSERT INTO letter")]) == 1
    assert len(statements) < 20
