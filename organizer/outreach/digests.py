"""The daily letter: what somebody wants once a day, and what was too much for one day, in one.

Letters for it wait in the outbox (`LetterState.WAITING`). When their hour comes, one transaction writes the daily letter
and marks them as standing in it; so each stands in one, whenever a worker dies.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import sqlalchemy as sa
import structlog

from organizer import settings
from organizer.core.db import db, retried
from organizer.core.jobs import job
from organizer.core.time import now

from . import addressees, letters, service
from .letters import Contents, Gone, Sheet, kind
from .models import Addressee, Letter, LetterState
from .service import Draft
from .topics import DIGEST, Choice, choice_of, topic_of
from .transport import Composed
from .turns import BOUNCED, STOPPED

log = structlog.get_logger()
PORTION = 50  # addresses in one transaction
MOST_PARTS = 40  # letters that one daily letter spells out


@job(every=timedelta(minutes=1), own_units=True)
def gather_due() -> int:
    """Write the daily letters whose hour has come; return to how many addresses."""
    written = 0
    while some := retried(gather):
        written += some
    return written


def gather() -> int:
    """Write the daily letters of some addresses whose hour has come; return of how many addresses. 0: none is left."""
    moment = now()
    is_due = (Letter.state == LetterState.WAITING, Letter.due_at <= moment)
    some = sa.select(Letter.address).where(*is_due).order_by(Letter.due_at, Letter.id).limit(PORTION)
    people = addressees.ensured(db.session.scalars(some))  # locked: another worker gathers others, or waits here
    if not people:
        return 0
    waiting = db.session.scalars(
        sa.select(Letter)
        .where(*is_due, Letter.address.in_(people))
        .order_by(Letter.id)
        .execution_options(populate_existing=True)
    )
    by_address: dict[str, list[Letter]] = defaultdict(list)
    for letter in waiting:
        by_address[letter.address].append(letter)
    drafts = [_gathered(people[address], found) for address, found in sorted(by_address.items())]
    db.session.flush()
    service.write_all([draft for draft in drafts if draft is not None])
    return len(people)


def _gathered(person: Addressee, found: list[Letter]) -> Draft | None:
    """Mark letters as standing in the daily letter, or as not wanted any more; return the daily letter, if any."""
    parts = []
    for letter in found:
        reason = _refusal(person, letter)
        letter.state, letter.last_error = (LetterState.DROPPED if reason else LetterState.DIGESTED), reason
        if not reason:
            parts.append(letter)
    if not parts:
        return None
    newest = parts[-1]
    return Draft(
        "digest",
        f"digest:{parts[0].id}",
        person.address,
        newest.person,
        newest.locale,
        {"letters": [letter.id for letter in parts]},
        newest.account_id,
    )


def _refusal(person: Addressee, letter: Letter) -> str:
    if person.bounced_at is not None:
        return BOUNCED
    wanted = [choice_of(topic, person.choices) for topic in (topic_of(letter.kind), DIGEST)]
    return STOPPED if Choice.NEVER in wanted else ""


def _parts(sheet: Sheet) -> list[Composed]:
    """The letters in it that are still true, in words."""
    ids = [number for number in sheet.about.get("letters", ()) if isinstance(number, int)]
    found = db.session.scalars(sa.select(Letter).where(Letter.id.in_(ids)).order_by(Letter.id)).all()
    parts = (_part(Sheet.of(letter, sheet.addressee)) for letter in found)
    return [part for part in parts if part is not None]


def _part(sheet: Sheet) -> Composed | None:
    try:
        return letters.compose(sheet) if letters.still_true(sheet) else None
    except Exception:  # a bug in one letter's template must not stop the others
        log.exception("letter not written into the daily one", letter=sheet.id, kind=sheet.kind)
        return None


@kind("digest")
def digest(sheet: Sheet) -> Contents:
    """Of each letter its subject, two lines, and a link."""
    parts = _parts(sheet)
    if not parts:
        raise Gone
    values = {"parts": parts[:MOST_PARTS], "more": len(parts[MOST_PARTS:]), "number": len(parts)}
    return Contents(values, list_name=settings.current().site_name)
