"""Offers, requests, releases and invitations: which letter each brings, and until when it is true."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import unit_of_work
from organizer.core.time import now
from organizer.outreach import letters
from organizer.outreach.models import Letter
from organizer.rsvps import hosting, invitations, moves
from organizer.rsvps import jobs as rsvp_jobs
from organizer.rsvps import service as rsvps
from organizer.rsvps.links import manage_token
from organizer.rsvps.models import Rsvp
from organizer.rsvps.moves import By
from tests.factories import make_account, make_member
from tests.outreach.hours import worker
from tests.outreach.reading import arranged, calendar_of, come, composed, outbox

Sess = scoped_session[Session]
BASE = "http://127.0.0.1:8000"


def kinds_to(rsvp: Rsvp) -> list[str]:
    return [letter.kind for letter in outbox() if letter.address == rsvp.email]


def holds(letter: Letter) -> bool:
    return letters.still_true(letters.Sheet.of(letter))


def test_an_offer_says_until_when_and_where_to_take_it(session: Sess) -> None:
    _, event = arranged(capacity=1, rsvp_rules={"queue": "offer", "offer_hours": 12})
    first, second = come(event, "first@example.org"), come(event, "second@example.org", guests=0)
    assert "held for the first in the queue" in composed(outbox("waitlisted")[0]).text
    with unit_of_work():
        rsvps.cancel(first)
    (letter,) = outbox("offer")
    mail = composed(letter)
    assert second.offer_until is not None
    assert mail.subject.startswith("A place for you until ")
    assert mail.calendar is None
    assert mail.html.count(f"{BASE}/rsvps/{manage_token(second)}") == 2
    assert holds(letter)
    with time_machine.travel(second.offer_until + timedelta(seconds=1)):
        assert not holds(letter)
    with unit_of_work():
        rsvps.accept(second)
    assert not holds(letter)
    assert kinds_to(second) == ["waitlisted", "offer", "going"]
    assert calendar_of(composed(outbox("going")[-1]))[0] == "REQUEST"


def test_an_offer_that_ran_out(session: Sess) -> None:
    _, event = arranged(capacity=1, rsvp_rules={"queue": "offer"})
    first, second = come(event, "first@example.org"), come(event, "second@example.org")
    third = come(event, "third@example.org")
    with unit_of_work():
        rsvps.cancel(first)
    assert second.offer_until is not None
    with time_machine.travel(second.offer_until + timedelta(minutes=1)):
        with worker():
            rsvp_jobs.expire_offers()
        with worker():
            mail = composed(outbox("offer_expired")[0])
            assert holds(outbox("offer_expired")[0])
    assert mail.subject == "The offer has run out: Photo walk"
    assert mail.calendar is None
    assert manage_token(second) in mail.text
    assert kinds_to(third) == ["waitlisted", "offer"]


def test_who_asks_hears_what_a_host_decides(session: Sess) -> None:
    owner, event = arranged(rsvp_rules={"mode": "approval"})
    yes, no, away = (come(event, f"{name}@example.org") for name in ("yes", "no", "away"))
    assert [letter.kind for letter in outbox()] == ["requested"] * 3
    assert composed(outbox()[0]).calendar is None
    with unit_of_work():
        hosting.approve(owner, yes)
        hosting.decline(owner, no, "Too <b>loud</b> last time.")
        rsvps.cancel(away)
    assert calendar_of(composed(outbox("approved")[0]))[0] == "REQUEST"
    refusal = composed(outbox("declined")[0])
    assert "loud" not in refusal.text + refusal.html
    assert "/rsvps/" not in refusal.text + refusal.html
    assert refusal.calendar is None
    assert "Your request is taken back." in composed(outbox("cancelled_by_you")[0]).text


def test_a_place_that_was_released(session: Sess) -> None:
    _, event = arranged()
    rsvp = come(event, "mira@example.org")
    with unit_of_work():
        rsvps.cancel(rsvp, by=By.HOST, why=moves.RELEASED)
    mail = composed(outbox("released")[0])
    assert calendar_of(mail)[0] == "CANCEL"
    assert "heard nothing from you" in mail.text


def test_who_waited_and_left_is_not_thanked_for_a_place(session: Sess) -> None:
    _, event = arranged(capacity=1)
    come(event, "first@example.org")
    waits = come(event, "waits@example.org")
    with unit_of_work():
        rsvps.cancel(waits)
    assert "You are off the waitlist." in composed(outbox("cancelled_by_you")[0]).text


def test_an_invitation_brings_the_words_of_the_host_and_a_link_of_ones_own(session: Sess) -> None:
    owner, event = arranged()
    with unit_of_work():
        member = make_member(event.community, make_account(email="li@example.org", name="Li", locale="bg"))
        sent = invitations.invite(owner, event, ["Bo@Example.org"], "Bring <script>friends</script>\nand a torch.")
        invitations.invite(owner, event, ["bo@example.org"], "Again.")
        invitations.invite_members(owner, event, [member])
    to_bo, to_li = outbox("invitation")
    mail = composed(to_bo)
    link = f"{BASE}/invitations/{invitations.token_of(sent.invited[0])}"
    assert link in mail.text
    assert f'href="{link}"' in mail.html
    assert mail.subject == "You are invited: Photo walk"
    assert "Owner of Light Walks would like you to come." in mail.text
    assert "Bring <script>friends</script>\nand a torch." in mail.text
    assert "&lt;script&gt;friends" in mail.html
    assert mail.calendar is None
    assert (to_li.locale, to_li.account_id, to_li.person) == ("bg", member.id, "Li")
    assert (to_bo.locale, to_bo.account_id, to_bo.person) == ("en", None, "")
    assert holds(to_bo)
    with unit_of_work():
        invitations.revoke(owner, event, sent.invited[0].key)
    assert not holds(to_bo)
    assert holds(to_li)
    with time_machine.travel(event.ends_at + timedelta(minutes=1)):
        assert not holds(to_li)
    assert now() < event.starts_at
