"""Taking letters out of the outbox, and writing down what became of them.

A letter is claimed in one transaction, sent outside of any, and marked in another. Killed between send and mark, a
worker's one letter goes out twice, under the same Message-ID; nothing is ever lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from organizer import settings
from organizer.core.db import changed, db, retried
from organizer.core.time import now

from . import addressees, letters, readers
from .models import Letter, LetterState
from .topics import ANSWERS, CAPPED, topic_of
from .turns import NOBODY, turn

log = structlog.get_logger()
BATCH = 10
STALE = timedelta(minutes=5)  # a claim older than this belongs to a dead worker
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=2)
TRIES = 20  # with the waits below: more than 24 hours


@dataclass(frozen=True)
class Claim:
    """A letter that this worker sends. `bounced`: letters did not reach the address lately."""

    sheet: letters.Sheet
    once: str
    tries: int
    claimed_at: datetime
    bounced: bool = False


def claim() -> list[Claim]:
    """Take the next letters whose turn it is to be sent; an empty list: there is none."""
    while True:
        found, claims = retried(_take)
        if claims or not found:
            return claims


def give_back(claims: Iterable[Claim]) -> None:
    """Leave claimed letters to the next who asks."""
    for one in claims:
        mark(one, state=LetterState.DUE, claimed_at=None)


def take_back() -> None:
    """Make letters due again that a dead worker had claimed."""
    changed(
        sa.update(Letter)
        .where(Letter.state == LetterState.SENDING, Letter.claimed_at < now() - STALE)
        .values(state=LetterState.DUE, claimed_at=None)
    )


def sent(one: Claim) -> None:
    """Note that the mail server has the letter. An answer that was taken shows that letters reach the address again."""
    heals = one.bounced and topic_of(one.sheet.kind) is ANSWERS
    mark(one, state=LetterState.SENT, sent_at=now(), last_error="", healed=heals, **_forgotten(one))


def refused(one: Claim, reason: str, *, bounced: bool) -> None:
    """Note that the mail server will never take the letter; `bounced`: because of its address."""
    log.warning("letter refused", letter=one.sheet.id, kind=one.sheet.kind, reason=reason)
    values = {"state": LetterState.FAILED, "last_error": reason, "tries": one.tries + 1, **_forgotten(one)}
    mark(one, bounce=reason if bounced else "", **values)


def again(one: Claim, reason: str) -> None:
    """Try once more, later each time; give up after TRIES."""
    tries = one.tries + 1
    if tries >= TRIES:
        log.error("letter given up", letter=one.sheet.id, kind=one.sheet.kind, reason=reason)
        mark(one, state=LetterState.FAILED, last_error=reason, tries=tries, **_forgotten(one))
    else:
        due_at = now() + wait_after(tries)
        mark(one, state=LetterState.DUE, due_at=due_at, claimed_at=None, last_error=reason, tries=tries)


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after `tries` vain ones: 30 s doubling to 2 h, and up to a fifth more by chance."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(tries - 1, 16), LONGEST_WAIT)
    return wait * random.uniform(1.0, 1.2)


def mark(one: Claim, *, healed: bool = False, bounce: str = "", **values: Any) -> None:
    """Write what became of a letter, unless another worker has taken it over meanwhile."""
    own = (Letter.id == one.sheet.id, Letter.state == LetterState.SENDING, Letter.claimed_at == one.claimed_at)

    def work() -> None:
        if changed(sa.update(Letter).where(*own).values(**values)):
            if bounce:
                addressees.note_bounce(one.sheet.address, bounce)
            elif healed:
                addressees.clear_bounce(one.sheet.address)

    retried(work)


def _forgotten(one: Claim) -> dict[str, Any]:
    """A letter's secret is deleted as soon as it is of no more use."""
    return {"about": {}} if letters.is_secret(one.sheet.kind) else {}


def _take() -> tuple[int, list[Claim]]:
    """Decide about the next due letters. On SQLite the transaction excludes other workers, elsewhere locks do.

    Addressees are locked as well, so that two workers never count one person's letters at the same time.
    """
    moment, chosen = now(), settings.current()
    found = db.session.scalars(
        sa.select(Letter)
        .where(Letter.state == LetterState.DUE, Letter.due_at <= moment)
        .order_by(Letter.due_at, Letter.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not found:
        return 0, []
    people = addressees.ensured(letter.address for letter in found)
    facts = readers.of([letter for letter in found if topic_of(letter.kind) is not ANSWERS], people, moment)
    claims, taken = [], dict.fromkeys(people, 0)
    for letter in found:
        person = people[letter.address]
        reader = facts.get(letter.id, NOBODY)
        reader = replace(reader, lately=reader.lately + taken[letter.address])
        decided = turn(topic_of(letter.kind), reader, moment, chosen)
        letter.state = decided.state
        if decided.state is LetterState.SENDING:
            letter.claimed_at = moment
            taken[letter.address] += letter.kind in CAPPED
            sheet = letters.Sheet.of(letter, person.key)
            claims.append(Claim(sheet, letter.once, letter.tries, moment, person.bounced_at is not None))
        elif decided.due_at is not None:
            letter.due_at = decided.due_at
        else:
            letter.last_error = decided.reason
    db.session.flush()
    return len(found), claims
