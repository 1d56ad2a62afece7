"""Sending what lies in the outbox, and forgetting what is old."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from organizer import settings
from organizer.core.db import changed, db, reading, retried
from organizer.core.jobs import job
from organizer.core.time import now

from . import claims, letters, smtp, transport
from .claims import Claim
from .models import Addressee, Letter, LetterState

log = structlog.get_logger()
PATIENCE = timedelta(minutes=3)  # a batch is not worked on for longer, well below claims.STALE
REST = timedelta(minutes=1)  # after the mail server kept a worker waiting
KEPT = timedelta(days=90)
DONE = (LetterState.SENT, LetterState.DIGESTED, LetterState.FAILED, LetterState.DROPPED, LetterState.HELD)
_resting: dict[tuple[str, int], datetime] = {}  # mail server → until when this process leaves it alone


@job(every=timedelta(minutes=1), own_units=True)
def send_due() -> int:
    """Send every letter whose time has come; return how many went out. Runs beside itself in several workers.

    A mail server that hangs keeps a worker for half a minute at most, and is then left alone for a while.
    """
    chosen, sent = settings.current(), 0
    server = (chosen.smtp_host, chosen.smtp_port)
    if not chosen.smtp_host or _resting.get(server, now()) > now():
        return 0
    retried(claims.take_back)
    try:
        with smtp.mailer(chosen) as mailer:
            while (batch := claims.claim()) and _reachable(mailer, batch):
                sent += _send_all(mailer, batch)
    except smtp.Hanging as error:
        log.warning("mail server hangs", reason=str(error))
        _resting[server] = now() + REST
    return sent


@job(every=timedelta(days=1))
def forget_old() -> None:
    """Delete letters that are done and 90 days old: the outbox is no archive of who was written to.

    An addressee who chose nothing goes with the last letter that holds the private link.
    """
    changed(sa.delete(Letter).where(Letter.state.in_(DONE), Letter.created_at < now() - KEPT))
    chose_nothing = sa.cast(Addressee.choices, sa.Text) == "{}"
    has_letter = sa.exists().where(Letter.address == Addressee.address)
    changed(
        sa.delete(Addressee).where(
            chose_nothing, Addressee.bounced_at.is_(None), Addressee.created_at < now() - KEPT, ~has_letter
        )
    )


def _reachable(mailer: smtp.Mailer, batch: list[Claim]) -> bool:
    try:
        mailer.connect()
        return True
    except smtp.Trouble as trouble:
        for one in batch:
            claims.again(one, str(trouble))
        if isinstance(trouble, smtp.Hanging):
            raise
        log.warning("mail server not reached", reason=str(trouble))
        return False


def _send_all(mailer: smtp.Mailer, batch: list[Claim]) -> int:
    """Send a batch and return how many went out; what was not come to is left for the next worker."""
    sent = 0
    for number, one in enumerate(batch):
        try:
            if now() - one.claimed_at > PATIENCE:
                claims.give_back([one])
            else:
                sent += _send(mailer, one)
        except smtp.Hanging as trouble:
            claims.again(one, str(trouble))
            claims.give_back(batch[number + 1 :])
            raise
    return sent


def _send(mailer: smtp.Mailer, one: Claim) -> int:
    sheet = one.sheet
    try:
        with reading():
            composed = letters.compose(sheet) if letters.still_true(sheet) else None
        if composed is None:
            claims.mark(one, state=LetterState.DROPPED, about={}, last_error="not true any more")
            return 0
        mail = transport.message(composed, sheet.address, sheet.person, one.once, now(), settings.current())
        mailer.send(mail, sheet.address)
    except smtp.Refused as refused:
        claims.refused(one, str(refused), bounced=refused.bounced)
        return 0
    except smtp.Hanging:
        raise
    except smtp.Trouble as trouble:
        claims.again(one, str(trouble))
        return 0
    except Exception as error:  # a bug in one letter's template must not stop the mail of all others
        log.exception("letter not written", letter=sheet.id, kind=sheet.kind)
        db.session.rollback()
        claims.again(one, smtp.plain_reason(error, sheet.address))
        return 0
    claims.sent(one)
    return 1
