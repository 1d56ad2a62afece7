"""Whom of an event's list a mailing reaches: who fits its audience and has left an address."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.checkin.models import CheckIn
from organizer.core.db import db
from organizer.rsvps import invitations
from organizer.rsvps.models import Answer, Invitation, Rsvp

from .models import Audience

ANSWERS: dict[Audience, tuple[Answer, ...]] = {
    Audience.GOING: (Answer.GOING,),
    Audience.ASKED: (Answer.GOING,),
    Audience.CAME: (Answer.GOING,),
    Audience.WAITING: (Answer.WAITLISTED, Answer.OFFERED),
    Audience.PENDING: (Answer.PENDING,),
}


def listed(event_id: int, audience: Audience) -> sa.Select[Rsvp]:
    """Select those of an event's answers that fit; INVITED have given none."""
    wanted = sa.select(Rsvp).where(
        Rsvp.event_id == event_id, Rsvp.answer.in_(ANSWERS[audience]), Rsvp.email.is_not(None)
    )
    if audience is Audience.CAME:
        came = sa.select(CheckIn.rsvp_id).where(CheckIn.event_id == event_id)
        wanted = wanted.where(sa.or_(Rsvp.id.in_(came), sa.not_(came.exists())))
    if audience is Audience.ASKED:
        wanted = wanted.where(Rsvp.asked_at.is_not(None), Rsvp.confirmed_at.is_(None))
    return wanted


def invited(event_id: int) -> sa.Select[Invitation]:
    """Select those who were invited in person and have not answered, with their accounts."""
    return invitations.unanswered(event_id).options(joinedload(Invitation.account))


def counts(event_id: int) -> dict[Audience, int]:
    """Return how many letters a message to each audience would be. Two statements."""
    by_answer = dict(
        db.session.execute(
            sa.select(Rsvp.answer, sa.func.count())
            .where(Rsvp.event_id == event_id, Rsvp.email.is_not(None))
            .group_by(Rsvp.answer)
        ).all()
    )
    found = {
        audience: sum(by_answer.get(answer, 0) for answer in ANSWERS[audience])
        for audience in (Audience.GOING, Audience.WAITING, Audience.PENDING)
    }
    open_ones = sa.select(sa.func.count()).select_from(invitations.unanswered(event_id).subquery())
    return found | {Audience.INVITED: db.session.scalar(open_ones) or 0}
