"""Writing letters into the outbox. They are sent after the commit, by `outreach.jobs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from organizer import settings
from organizer.accounts.models import Account
from organizer.communities.site import SITE
from organizer.core.access import Action, require
from organizer.core.db import changed, db
from organizer.core.errors import N_, NotFound
from organizer.core.time import now

from . import addressees, jobs
from .models import Letter, LetterState

LONGEST_PERSON = 80
RESENDABLE = (LetterState.FAILED, LetterState.HELD)
_TABLE = Letter.metadata.tables["letter"]
# Built once: letters are written while an event's places are held.
_INSERTS = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.id),
}


@dataclass(frozen=True)
class Draft:
    """A letter to be written. `about` holds ids and what cannot be read again later; JSON only."""

    kind: str  # names the template and the builder in `outreach.letters`
    once: str  # at most 120 characters; a second letter with the same key is not written
    address: str
    person: str = ""
    locale: str = "en"
    about: dict[str, Any] = field(default_factory=dict)
    account_id: int | None = None


def write(
    kind: str,
    once: str,
    address: str,
    person: str,
    locale: str,
    about: dict[str, Any],
    account_id: int | None = None,
    due_at: datetime | None = None,
) -> bool:
    """Put one letter into the outbox, as part of the current unit of work; return False if it was written before."""
    return write_all([Draft(kind, once, address, person, locale, about, account_id)], due_at) > 0


def write_all(drafts: Sequence[Draft], due_at: datetime | None = None) -> int:
    """Put letters into the outbox and return how many are new. One statement for a thousand letters.

    Without a mail server they are held: shown in development, never sent by themselves later.
    """
    if not drafts:
        return 0
    state = LetterState.DUE if settings.current().smtp_host else LetterState.HELD
    moment = now()
    rows = [_row(draft, state, moment, due_at or moment) for draft in drafts]
    insert = _INSERTS[db.session.get_bind().dialect.name]
    written = len(db.session.execute(insert, rows[0] if len(rows) == 1 else rows).all())
    if written and state is LetterState.DUE and (due_at is None or due_at <= moment):
        jobs.send_due.wake()
    return written


def resend(states: Sequence[LetterState], *which: sa.ColumnElement[bool]) -> int:
    """Try again to send all letters in `states` (failed or held ones) for which `which` holds; return how many."""
    again = [state for state in states if state in RESENDABLE]
    count = changed(
        sa.update(Letter)
        .where(Letter.state.in_(again), *which)
        .values(state=LetterState.DUE, due_at=now(), tries=0, last_error="", claimed_at=None)
    )
    if count:
        jobs.send_due.wake()
    return count


def resend_one(actor: Account, letter_id: int) -> None:
    """Try again to send one failed or held letter. Raises NotFound if there is none with this number."""
    require(actor, Action.OPERATE_SITE, SITE)
    if not resend(RESENDABLE, Letter.id == letter_id):
        raise NotFound(N_("This letter is not waiting to be sent again."))


def resend_failed(actor: Account) -> int:
    """Try again to send all letters that were given up; return how many."""
    require(actor, Action.OPERATE_SITE, SITE)
    return resend([LetterState.FAILED])


def trust_again(actor: Account, address: str) -> None:
    """Write to an address again as if no mail server had refused it."""
    require(actor, Action.OPERATE_SITE, SITE)
    addressees.clear_bounce(address)


def _row(draft: Draft, state: LetterState, moment: datetime, due_at: datetime) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "once": draft.once,
        "address": draft.address,
        "person": draft.person[:LONGEST_PERSON],
        "account_id": draft.account_id,
        "locale": draft.locale,
        "about": draft.about,
        "state": state,
        "due_at": due_at,
        "tries": 0,
        "last_error": "",
        "created_at": moment,
    }
