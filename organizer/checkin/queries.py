"""What the door page shows: the event, who is in, who is expected, what was scanned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from organizer.accounts.models import Account
from organizer.checkin.codes import WrongCheckCharacter, parse_typed, show_typed
from organizer.checkin.models import CheckIn, Scan, Verdict
from organizer.core.db import db
from organizer.core.errors import NotFound
from organizer.core.ids import KEY_PATTERN, folded
from organizer.events.models import Event
from organizer.rsvps.models import Answer, Rsvp, Tally

FOUND_AT_MOST: Final = 30
RECENT: Final = 12
_BY_KEY: Final = sa.select(Event).where(Event.key == sa.bindparam("key")).options(joinedload(Event.community))


@dataclass(frozen=True, slots=True)
class Count:
    """People, not tickets: guests are counted."""

    inside: int
    expected: int


@dataclass(frozen=True, slots=True)
class GuestLine:
    """One party in the door's list."""

    rsvp: Rsvp
    entered_at: datetime | None
    hint: str  # part of the mail address: tells namesakes apart, and no more

    @property
    def typed_code(self) -> str:
        """The code that checks this party in."""
        return show_typed(self.rsvp.code)


@dataclass(frozen=True, slots=True)
class ScanLine:
    """One scan as the recent list shows it; `rsvp` is none if the code named nobody."""

    scan: Scan
    rsvp: Rsvp | None
    by: str
    is_in: bool

    @property
    def can_undo(self) -> bool:
        """Whether this scan let in a party that is still in."""
        return self.is_in and self.scan.verdict == Verdict.OK and self.rsvp is not None

    @property
    def typed_code(self) -> str:
        """The code of the party that was scanned."""
        return show_typed(self.rsvp.code) if self.rsvp else ""


def event_by_key(key: str) -> Event:
    """The event with its community. Raises NotFound."""
    event = db.session.scalar(_BY_KEY, {"key": key}) if KEY_PATTERN.fullmatch(key) else None
    if event is None:
        raise NotFound
    return event


def event_of(rsvp: Rsvp) -> Event:
    """The event of an RSVP with its community and venue."""
    return db.session.scalars(
        sa.select(Event).where(Event.id == rsvp.event_id).options(joinedload(Event.community), joinedload(Event.venue))
    ).one()


def count(event: Event) -> Count:
    """How many are in, and how many places are taken."""
    inside = sa.select(sa.func.coalesce(sa.func.sum(CheckIn.places), 0)).where(CheckIn.event_id == event.id)
    taken = sa.select(Tally.taken).where(Tally.event_id == event.id)
    row = db.session.execute(sa.select(inside.scalar_subquery(), taken.scalar_subquery())).one()
    return Count(int(row[0]), int(row[1] or 0))


def find_guests(event: Event, wanted: str) -> list[GuestLine]:
    """Parties whose name or mail address contains `wanted` (accents and case ignored), or who hold that typed code.

    With nothing wanted: those expected who are not in yet, by name. At most 30.
    """
    query = (
        sa.select(Rsvp, CheckIn.at)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Rsvp.id)
        .where(Rsvp.event_id == event.id)
        .order_by(CheckIn.at.is_not(None), Rsvp.answer != Answer.GOING, Rsvp.name_folded, Rsvp.id)
        .limit(FOUND_AT_MOST)
    )
    wanted = wanted.strip()
    if not wanted:
        query = query.where(Rsvp.answer == Answer.GOING, CheckIn.at.is_(None))
    else:
        ways = [Rsvp.email.contains(wanted.casefold(), autoescape=True), _name_holds(wanted)]
        if code := _typed(wanted):
            ways.append(Rsvp.code == code)
        query = query.where(sa.or_(*ways))
    return [GuestLine(rsvp, at, masked(rsvp.email)) for rsvp, at in db.session.execute(query)]


def _name_holds(wanted: str) -> sa.ColumnElement[bool]:
    """Every word of `wanted` stands somewhere in the name, in any order."""
    return sa.and_(*(Rsvp.name_folded.contains(word, autoescape=True) for word in folded(wanted).split()))


def _typed(wanted: str) -> str | None:
    try:
        return parse_typed(wanted)
    except WrongCheckCharacter:
        return None


def masked(email: str | None) -> str:
    """Enough of an address to tell two people apart, too little to write to: "ma•••a@example.org"."""
    if not email:
        return ""
    name, _, host = email.partition("@")
    return f"{name[:2]}•••{name[-1] if len(name) > 4 else ''}@{host}"


def recent_scans(event: Event) -> list[ScanLine]:
    """The last scans of all phones, newest first."""
    rows = db.session.execute(
        sa.select(Scan, Rsvp, Account.name, CheckIn.scan_pk)
        .outerjoin(Rsvp, Rsvp.id == Scan.rsvp_id)
        .outerjoin(Account, Account.id == Scan.operator_id)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Scan.rsvp_id)
        .where(Scan.event_id == event.id)
        .order_by(Scan.received_at.desc(), Scan.id.desc())
        .limit(RECENT)
    )
    return [ScanLine(scan, rsvp, by or "", scan_pk == scan.id) for scan, rsvp, by, scan_pk in rows]


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan that was answered before, for showing its answer again."""

    scan: Scan
    rsvp: Rsvp | None
    entered_at: datetime | None
    entered_by: str
    entered_device: str


def stored_scan(event: Event, scan_id: str) -> StoredScan | None:
    """The scan with that id, and whether its party is in now."""
    row = db.session.execute(
        sa.select(Scan, Rsvp, CheckIn.at, Account.name, CheckIn.device_id)
        .outerjoin(Rsvp, Rsvp.id == Scan.rsvp_id)
        .outerjoin(CheckIn, CheckIn.rsvp_id == Scan.rsvp_id)
        .outerjoin(Account, Account.id == CheckIn.operator_id)
        .where(Scan.event_id == event.id, Scan.scan_id == scan_id)
    ).one_or_none()
    if row is None:
        return None
    scan, rsvp, at, by, device = row
    return StoredScan(scan, rsvp, at, by or "", device or "")


def is_inside(rsvp: Rsvp) -> bool:
    """Whether this party is in."""
    return db.session.scalar(sa.select(CheckIn.rsvp_id).where(CheckIn.rsvp_id == rsvp.id)) is not None
