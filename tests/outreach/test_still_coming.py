"""The letter that asks whether somebody still comes: to whom, once, and what it leads to."""

from __future__ import annotations

import re
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.outreach import audiences, letters, mailings
from organizer.outreach.models import Audience
from organizer.rsvps import asking, jobs, service
from organizer.rsvps.models import Rsvp
from organizer.rsvps.rules import Rules
from tests.outreach.reading import arranged, come, composed, outbox

Sess = scoped_session[Session]


def long_ago() -> None:
    with unit_of_work():
        db.session.execute(sa.update(Rsvp).values(answered_at=now() - timedelta(days=7)))


def test_everybody_who_is_asked_gets_one_letter(session: Sess) -> None:
    _, event = arranged(starts_at=now() + timedelta(hours=47), rsvp_rules=Rules(release_hours=24).stored())
    mira = come(event, "mira@example.org")
    come(event, "kolya@example.org", locale="bg")
    long_ago()
    come(event, "new@example.org")
    assert jobs.ask_who_still_comes() == 2
    assert jobs.ask_who_still_comes() == 0
    mailings.write_open()
    asked = outbox("still_coming")
    assert sorted(letter.address for letter in asked) == ["kolya@example.org", "mira@example.org"]
    mail = composed(next(letter for letter in asked if letter.address.startswith("mira")))
    links = set(re.findall(r"https?://\S+/rsvps/\S+", mail.text))
    assert len(links) == 1
    assert links.pop().endswith("/still-coming")
    assert "Places of those who do not answer go to others on" in mail.text
    db.session.refresh(mira)
    assert mira.is_silent


def test_who_has_answered_meanwhile_is_not_asked_by_letter(session: Sess) -> None:
    _, event = arranged(starts_at=now() + timedelta(hours=47))
    rsvp = come(event, "mira@example.org")
    long_ago()
    jobs.ask_who_still_comes()
    (letter,) = outbox("still_coming")
    sheet = letters.Sheet.of(letter)
    assert letters.still_true(sheet)
    with unit_of_work():
        service.confirm(rsvp)
    assert not letters.still_true(sheet)
    asked = audiences.listed(event.id, Audience.ASKED)
    assert db.session.scalars(asked).all() == []


def test_who_lost_the_place_reads_how_to_come_back(session: Sess) -> None:
    owner, event = arranged(starts_at=now() + timedelta(hours=47))
    rsvp = come(event, "mira@example.org")
    long_ago()
    jobs.ask_who_still_comes()
    with unit_of_work():
        asking.release(owner, event, frozenset({rsvp.key}))
    mail = composed(outbox("released")[0])
    assert "your place is for others now" in mail.text
    assert "/rsvps/" in mail.text
