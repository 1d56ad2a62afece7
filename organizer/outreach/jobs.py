"""Sending what lies in the outbox.

A letter is claimed in one transaction, sent outside of any, and marked in another. Killed between send and mark, a
worker's one letter goes out twice, under the same Message-ID; nothing is ever lost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from organizer import settings
from organizer.core.db import changed, db, reading, unit_of_work
from organizer.core.jobs import job
from organizer.core.time import now

from . import letters, transport
from .models import Letter, LetterState

log = structlog.get_logger()
BATCH = 10
STALE = timedelta(minutes=5)  # a claim older than this belongs to a dead worker
PATIENCE = timedelta(minutes=3)  # a batch is not worked on for longer, well below STALE
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=2)
TRIES = 20  # with the waits below: more than 24 hours
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class _Claim:
    """A letter that this worker sends."""

    sheet: letters.Sheet
    once: str
    tries: int
    claimed_at: datetime


@job(every=timedelta(minutes=1), own_units=True)
def send_due() -> int:
    """Send every letter whose time has come; return how many went out. Runs beside itself in several workers."""
    chosen, sent = settings.current(), 0
    if not chosen.smtp_host:
        return 0
    with unit_of_work():
        _take_back()
    with transport.mailer(chosen) as mailer:
        while claims := _claim():
            if not _reachable(mailer, claims):
                break
            for claim in claims:
                if now() - claim.claimed_at > PATIENCE:
                    _mark(claim, state=LetterState.DUE, claimed_at=None)
                else:
                    sent += _send(mailer, claim)
    return sent


@job(every=timedelta(days=1))
def forget_old() -> None:
    """Delete letters that are done and 90 days old: the outbox is no archive of who was written to."""
    done = (LetterState.SENT, LetterState.FAILED, LetterState.DROPPED, LetterState.HELD)
    changed(sa.delete(Letter).where(Letter.state.in_(done), Letter.created_at < now() - KEPT))


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after `tries` vain ones: 30 s doubling to 2 h, and up to a fifth more by chance."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(tries - 1, 16), LONGEST_WAIT)
    return wait * random.uniform(1.0, 1.2)


def _take_back() -> None:
    changed(
        sa.update(Letter)
        .where(Letter.state == LetterState.SENDING, Letter.claimed_at < now() - STALE)
        .values(state=LetterState.DUE, claimed_at=None)
    )


def _claim() -> list[_Claim]:
    """Take the next due letters for this worker. On SQLite the transaction excludes others, elsewhere locks do."""
    moment = now()
    with unit_of_work():
        found = db.session.scalars(
            sa.select(Letter)
            .where(Letter.state == LetterState.DUE, Letter.due_at <= moment)
            .order_by(Letter.due_at, Letter.id)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        ).all()
        for letter in found:
            letter.state, letter.claimed_at = LetterState.SENDING, moment
        return [_Claim(letters.Sheet.of(letter), letter.once, letter.tries, moment) for letter in found]


def _reachable(mailer: transport.Mailer, claims: list[_Claim]) -> bool:
    try:
        mailer.connect()
        return True
    except transport.Trouble as trouble:
        log.warning("mail server not reached", reason=str(trouble))
        for claim in claims:
            _again(claim, str(trouble))
        return False


def _send(mailer: transport.Mailer, claim: _Claim) -> int:
    sheet = claim.sheet
    try:
        with reading():
            composed = letters.compose(sheet) if letters.still_true(sheet) else None
        if composed is None:
            _mark(claim, state=LetterState.DROPPED, about={})
            return 0
        mail = transport.message(composed, sheet.address, sheet.person, claim.once, now(), settings.current())
        mailer.send(mail, sheet.address)
    except transport.Refused as refused:
        log.warning("letter refused", letter=sheet.id, kind=sheet.kind, reason=str(refused))
        _mark(claim, state=LetterState.FAILED, last_error=str(refused), tries=claim.tries + 1, **_forgotten(claim))
        return 0
    except transport.Trouble as trouble:
        _again(claim, str(trouble))
        return 0
    except Exception as error:  # a bug in one letter's template must not stop the mail of all others
        log.exception("letter not written", letter=sheet.id, kind=sheet.kind)
        _again(claim, transport.plain_reason(error, sheet.address))
        return 0
    _mark(claim, state=LetterState.SENT, sent_at=now(), last_error="", **_forgotten(claim))
    return 1


def _forgotten(claim: _Claim) -> dict[str, Any]:
    """A letter's secret is deleted as soon as it is of no more use."""
    return {"about": {}} if letters.kind_of(claim.sheet.kind).secret else {}


def _again(claim: _Claim, reason: str) -> None:
    tries = claim.tries + 1
    if tries >= TRIES:
        log.error("letter given up", letter=claim.sheet.id, kind=claim.sheet.kind, reason=reason)
        _mark(claim, state=LetterState.FAILED, last_error=reason, tries=tries, **_forgotten(claim))
    else:
        due_at = now() + wait_after(tries)
        _mark(claim, state=LetterState.DUE, due_at=due_at, claimed_at=None, last_error=reason, tries=tries)


def _mark(claim: _Claim, **values: Any) -> None:
    """Write what became of a letter, unless another worker has taken it over meanwhile."""
    with unit_of_work():
        changed(
            sa.update(Letter)
            .where(
                Letter.id == claim.sheet.id,
                Letter.state == LetterState.SENDING,
                Letter.claimed_at == claim.claimed_at,
            )
            .values(**values)
        )
