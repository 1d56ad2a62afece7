"""Where an event is, as much as somebody may know.

An event that hides its address tells everybody its city, its country and an area of about 1 km (`places.areas`). The
name of the place, its address, how to find it, the exact point and the online link are for who runs the event and for
who is going, and for nobody else: not before, and not after the answer is taken back. So lists, pages and feeds read
events without them (`told`, `pages.event_row`), and only who asks `knows_place` first reads one in full.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.access import Action, Subject, may
from organizer.core.slots import fillers

from .models import Event, EventMove


def told(column: Any) -> sa.ColumnElement[str]:
    """Return a text column of the venue or of the event as everybody may read it: "" where the address is hidden."""
    return sa.case((Event.hides_address, sa.literal_column("''")), else_=column)


def knows_place(account: Account | None, event: Subject) -> bool:
    """Whether `account` may know where `event` is exactly: who runs it, and for whom a filler of `knows_place` answers.

    The slot is asked with `account` and `event`; features above know who is going.
    """
    if account is None:
        return False
    if may(account, Action.EDIT_EVENT, event):
        return True
    return any(filler(account=account, event=event) for filler in fillers("knows_place"))


def place_text(event: Any, *, in_full: bool = False) -> str:
    """Where it is, in one line: "Café Kanatitsa, ul. Shishman 12, Sofia"; "" if nobody knows yet. `venue` loaded.

    Only the city of an event that hides its address, unless `in_full`: then it is for who knows the place.
    """
    venue = event.venue
    if venue is None or (event.hides_address and not in_full):
        return str(event.city)
    return ", ".join(part for part in (venue.name, venue.address, venue.city) if part)[:300]


def place_before(move: EventMove, event: Event, *, in_full: bool = False) -> str:
    """Where `event` was before `move`, in one line; only its city if the address is hidden now or was then, unless `in_full`."""
    return move.old_city if not in_full and (event.hides_address or move.old_hid_address) else move.old_place
