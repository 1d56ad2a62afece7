"""Whose answers are whose: joining an account, leaving with it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.core.ids import folded
from organizer.events.models import Event

from . import moves, opening, replies, service
from .models import STANDING, Listing, Rsvp
from .moves import By

NOBODY = "—"  # the name that is left of a person who went


def join_account(account: Account) -> int:
    """Give an account the answers made with its proven address, except where it has answered itself; return how many.

    An account without a name takes that of the newest of them.
    """
    own = sa.select(Rsvp.event_id).where(Rsvp.account_id == account.id)
    joined = db.session.execute(
        sa.update(Rsvp)
        .where(Rsvp.email == account.email, Rsvp.account_id.is_(None), Rsvp.event_id.not_in(own))
        .values(account_id=account.id)
        .returning(Rsvp.id, Rsvp.name)
        .execution_options(synchronize_session=False)
    ).all()
    if joined and not account.name:
        account.name = max(joined).name
    return len(joined)


def forget_account(account_id: int) -> int:
    """Withdraw an account's answers to what is still to come and take the person out of all; return how many.

    What they said to questions is deleted. Rows stay without name and address, so that counts of the past stay true.
    Events in the order of their ids, so that two such units of work never wait crosswise.
    """
    replies.forget_account(account_id)
    answers = db.session.scalars(
        sa.select(Rsvp)
        .where(Rsvp.account_id == account_id)
        .order_by(Rsvp.event_id)
        .options(joinedload(Rsvp.event).joinedload(Event.community))
    ).all()
    for rsvp in answers:
        if rsvp.answer in STANDING and opening.closed(rsvp.event) is None:
            service.cancel(rsvp, by=By.SYSTEM, why=moves.ACCOUNT_DELETED)
        rsvp.account_id = rsvp.email = rsvp.once_hash = None
        rsvp.name, rsvp.name_folded = NOBODY, folded(NOBODY)
        rsvp.listing, rsvp.note = Listing.HIDDEN, ""
        rsvp.ticket_version += 1
    db.session.flush()
    return len(answers)


def withdraw_forgotten(event: Event) -> int:
    """Withdraw the answers of those who deleted their accounts while `event` was cancelled, and return how many.

    Answers were frozen then, so their places are still taken. Holds the event.
    """
    gone = sa.and_(Rsvp.event_id == event.id, Rsvp.answer.in_(STANDING), Rsvp.name == NOBODY, Rsvp.email.is_(None))
    answers = db.session.scalars(sa.select(Rsvp).where(gone, Rsvp.account_id.is_(None)).order_by(Rsvp.id)).all()
    for rsvp in answers:
        service.cancel(rsvp, by=By.SYSTEM, why=moves.ACCOUNT_DELETED)
    return len(answers)
