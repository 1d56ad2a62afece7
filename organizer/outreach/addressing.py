"""To whom a letter about an answer goes, under which name and in which language."""

from __future__ import annotations

from typing import Any

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.rsvps.models import Rsvp

from .service import Draft


def to_guest(kind: str, once: str, rsvp: Rsvp, about: dict[str, Any]) -> Draft:
    """Return a letter to the person of `rsvp`: to the account's address if there is one. One has to be there."""
    account = db.session.get(Account, rsvp.account_id) if rsvp.account_id is not None else None
    return Draft(
        kind=kind,
        once=once,
        address=(account.email if account else None) or rsvp.email or "",
        person=rsvp.name,
        locale=(account.locale if account else "") or rsvp.locale,
        about={"rsvp": rsvp.id, **about},
        account_id=rsvp.account_id,
    )
