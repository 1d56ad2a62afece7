"""Those who get letters: what they chose, and whether letters reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import changed, db
from organizer.core.ids import new_key
from organizer.core.time import now

from .models import Addressee
from .topics import DIGEST, TOPICS, Choice, Topic, choice_of

_TABLE = Addressee.metadata.tables["addressee"]
_INSERTS = {
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_TABLE).on_conflict_do_nothing(),
}


def known(addresses: Iterable[str], *, hold: bool = False) -> dict[str, Addressee]:
    """Return the addressees with these normalised addresses; `hold` locks them until the unit of work ends."""
    statement = sa.select(Addressee).where(Addressee.address.in_(sorted(set(addresses)))).order_by(Addressee.id)
    if hold:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return {found.address: found for found in db.session.scalars(statement)}


def ensured(addresses: Iterable[str]) -> dict[str, Addressee]:
    """Return the addressees with these normalised addresses, locked; who is not known yet is made."""
    wanted = set(addresses)
    found = known(wanted, hold=True)
    if missing := sorted(wanted - found.keys()):
        moment = now()
        rows = [
            {"key": new_key(), "address": address, "choices": {}, "bounce_reason": "", "created_at": moment}
            for address in missing
        ]
        db.session.execute(_INSERTS[db.session.get_bind().dialect.name], rows)
        found |= known(missing, hold=True)
    return found


def of_account(account: Account) -> Addressee | None:
    """Return the addressee of the account's own address, None before its first letter."""
    return db.session.scalar(sa.select(Addressee).where(Addressee.address == account.email))


def choose_for(actor: Account, account: Account, wanted: Mapping[str, str]) -> Addressee:
    """Keep what `account` wants to get: topic name → Choice. What may not be chosen is left as it was."""
    require(actor, Action.EDIT_ACCOUNT, account)
    addressee = ensured([account.email])[account.email]
    choose(addressee, wanted)
    return addressee


def choose(addressee: Addressee, wanted: Mapping[str, str]) -> None:
    """Keep what the holder of the private link wants to get. Who wants something once a day gets the daily letter."""
    chosen = {
        topic.name: wanted[topic.name]
        for topic in TOPICS
        if not topic.always and wanted.get(topic.name) in topic.choices
    }
    merged = addressee.choices | chosen
    if Choice.DIGEST in chosen.values():
        merged.pop(DIGEST.name, None)
    addressee.choices = {name: choice for name, choice in merged.items() if choice != Choice.NOW}
    db.session.flush()


def stop(addressee: Addressee, topic: Topic) -> None:
    """Write no more letters of `topic` to this address. Twice is like once."""
    choose(addressee, {topic.name: Choice.NEVER})


def resume(addressee: Addressee, topic: Topic) -> None:
    """Take `stop` back."""
    if choice_of(topic, addressee.choices) is Choice.NEVER:
        choose(addressee, {topic.name: Choice.NOW})


def refused(addresses: Iterable[str]) -> frozenset[str]:
    """Return those of these addresses that letters do not reach."""
    statement = sa.select(Addressee.address).where(
        Addressee.address.in_(set(addresses)), Addressee.bounced_at.is_not(None)
    )
    return frozenset(db.session.scalars(statement))


def note_bounce(address: str, reason: str) -> None:
    """Note that a mail server refused the address for good: only answers to what its holder does go there now."""
    changed(
        sa.update(Addressee).where(Addressee.address == address).values(bounced_at=now(), bounce_reason=reason[:200])
    )


def clear_bounce(address: str) -> None:
    """Note that letters reach the address again."""
    changed(
        sa.update(Addressee)
        .where(Addressee.address == address, Addressee.bounced_at.is_not(None))
        .values(bounced_at=None, bounce_reason="")
    )
