"""The outbox is no archive: letters go after 90 days, and those whom nobody writes to any more go with them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.outreach import addressees, jobs
from organizer.outreach.models import Addressee, Letter, LetterState

Sess = scoped_session[Session]


@pytest.fixture
def later() -> datetime:
    return now() + jobs.KEPT + timedelta(minutes=1)


def known() -> set[str]:
    return set(db.session.scalars(sa.select(Addressee.address)))


def test_who_chose_or_is_refused_is_remembered(session: Sess, later: datetime) -> None:
    with unit_of_work():
        people = addressees.ensured(["plain@x.example", "chose@x.example", "refused@x.example", "written@x.example"])
        addressees.choose(people["chose@x.example"], {"thanks": "never"})
        addressees.note_bounce("refused@x.example", "550")
        db.session.add(
            Letter(once="o", kind="sign_in", address="written@x.example", state=LetterState.DUE, due_at=now())
        )
    jobs.forget_old()
    assert len(known()) == 4
    with time_machine.travel(later):
        jobs.forget_old()
    assert known() == {"chose@x.example", "refused@x.example", "written@x.example"}


def test_a_choice_taken_back_is_no_choice(session: Sess, later: datetime) -> None:
    with unit_of_work():
        person = addressees.ensured(["mira@x.example"])["mira@x.example"]
        addressees.choose(person, {"thanks": "never"})
        addressees.choose(person, {"thanks": "now"})
    with time_machine.travel(later):
        jobs.forget_old()
    assert known() == set()


@pytest.mark.parametrize("state", LetterState)
def test_only_what_is_done_is_forgotten(session: Sess, later: datetime, state: LetterState) -> None:
    with unit_of_work():
        db.session.add(Letter(once="o", kind="sign_in", address="mira@x.example", state=state, due_at=now()))
    with time_machine.travel(later):
        jobs.forget_old()
    left = db.session.scalar(sa.select(sa.func.count()).select_from(Letter))
    assert left == int(state in {LetterState.DUE, LetterState.SENDING, LetterState.WAITING})
