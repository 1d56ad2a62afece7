"""Answers to requests that changed something, kept for a day: the same request again has no second effect (F1, F13).

An answer is written in the transaction of its effect, so there are both or neither, whatever is killed when. Of two
requests at once the second comes upon the row of the first at its own end, is undone as a whole, and says what the first
said. Nothing is asked before the effect: only who really repeats pays.

What was said may be a private address, and this database holds nothing that opens one. So it is sealed with a key that
follows from the request itself: only who can send that request again can read the answer to it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from .db import Model, changed, db, reading, utc
from .errors import Busy
from .jobs import job
from .time import now

KEPT: Final = timedelta(hours=24)
_NONCE_BYTES: Final = 12


class Replay(Model):
    """The answer to one request; nothing in the row tells whose it was or what it said."""

    __tablename__ = "replay"

    key_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    answer: Mapped[bytes] = mapped_column(sa.LargeBinary)  # sealed JSON
    created_at: Mapped[utc] = mapped_column(index=True, default=now)


class SaidBefore(Busy):
    """The same request was answered meanwhile; what this one did is undone, and its answer is read from the table."""


@dataclass(frozen=True)
class Request:
    """What makes a request the same as another: who asks what of which address under which key, as one digest."""

    key_hash: str
    seal: bytes

    @classmethod
    def of(cls, secret: str, *parts: bytes) -> Request:
        """Derive both from all `parts`; `secret` is the installation's."""
        message = b"".join(len(part).to_bytes(8) + part for part in (b"replay", *parts))
        digest = hmac.new(secret.encode(), message, hashlib.sha512).digest()
        return cls(digest[:32].hex(), digest[32:])


# Built once: every form that is sent ends with it.
_TABLE = cast(sa.Table, Replay.__table__)
_INSERTS: Final = {
    dialect: insert_into(_TABLE).on_conflict_do_nothing().returning(_TABLE.c.key_hash)
    for dialect, insert_into in cast(
        dict[str, Callable[[sa.Table], Any]], {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
    ).items()
}


def keep(request: Request, answer: dict[str, Any]) -> None:
    """Keep the `answer` (JSON) to `request`, as part of what it did. One statement.

    Raises SaidBefore if there is one, after waiting for a request like it that is still under way.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = nonce + AESGCM(request.seal).encrypt(nonce, json.dumps(answer).encode(), None)
    row = {"key_hash": request.key_hash, "answer": sealed, "created_at": now()}
    if db.session.execute(_INSERTS[db.session.get_bind().dialect.name], row).scalar_one_or_none() is None:
        raise SaidBefore


def find(request: Request) -> dict[str, Any] | None:
    """Return the answer that was given to `request`, or None. Ends the current transaction, which must have failed."""
    with reading():
        sealed = db.session.scalar(sa.select(Replay.answer).where(Replay.key_hash == request.key_hash))
    if sealed is None:
        return None
    text = AESGCM(request.seal).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    return cast(dict[str, Any], json.loads(text))


@job(every=timedelta(days=1))
def forget_old() -> int:
    """Delete the answers that are older than a day; return how many."""
    return changed(sa.delete(Replay).where(Replay.created_at < now() - KEPT))
