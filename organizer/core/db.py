"""The database: base model, column types, transactions, and how SQLite is made fit for many writers.

SQLite runs in WAL mode. SQLAlchemy's driver default starts every transaction deferred, and a deferred transaction that
reads first and writes later fails at once under concurrency; so we emit our own BEGIN: plain for requests that only read,
IMMEDIATE for all others. Writers of one process queue on a fair lock first, since SQLite's own busy wait is a lottery.
PostgreSQL runs READ COMMITTED; whoever hands out something scarce locks the row that owns the limit.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.engine import Connection, CursorResult, Dialect, Engine
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .errors import Busy
from .ids import new_key
from .time import UtcDateTime, now
from .turnstile import Turnstile

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BigInt = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# Compared byte by byte on both engines, so that a prefix can be searched as a range of an index.
Bytewise = sa.String().with_variant(sa.String(collation="C"), "postgresql")

pk = Annotated[int, mapped_column(BigInt, primary_key=True)]
key = Annotated[str, mapped_column(sa.String(10), unique=True, default=new_key)]
created = Annotated[datetime, mapped_column(UtcDateTime, default=now)]
utc = Annotated[datetime, mapped_column(UtcDateTime)]
wall = Annotated[datetime, mapped_column(sa.DateTime)]


class Model(DeclarativeBase):
    """Base of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)


db = SQLAlchemy(metadata=Model.metadata, session_options={"expire_on_commit": False})

Entity = TypeVar("Entity", bound=Model)
Result = TypeVar("Result")
Kind = TypeVar("Kind", bound=StrEnum)


def choice(kind: type[Kind]) -> sa.Enum:
    """Return the column type for `kind`: its value as text (≤ 20 characters), so that no engine needs a type of its own."""
    return sa.Enum(kind, native_enum=False, length=20, values_callable=lambda k: [m.value for m in k])


def save(entity: Entity) -> Entity:
    """Add and flush `entity`: it has an id now, and constraints have spoken."""
    db.session.add(entity)
    db.session.flush()
    return entity


def changed(statement: sa.Update | sa.Delete) -> int:
    """Execute `statement` and return how many rows it changed: a conditional write tells by it whether it won."""
    result = db.session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


# Transactions -------------------------------------------------------------------------------------------------------

_reading: ContextVar[bool] = ContextVar("reading", default=False)


def set_reading(reading: bool) -> None:
    """Say whether transactions begun from now on in this context only read (safe HTTP methods) or may write."""
    _reading.set(reading)


@contextmanager
def reading() -> Iterator[None]:
    """Inside, transactions only read: no writer waits for them. For slow looks inside a writing request."""
    token = _reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        _reading.reset(token)


def after_commit(job: Callable[[], None]) -> None:
    """Run `job` once the current unit of work has been committed; never if it is rolled back.

    For waking a queue only: what it raises is logged by the caller, nothing can be undone any more.
    """
    db.session.info.setdefault("after_commit", []).append(job)


@contextmanager
def unit_of_work() -> Iterator[None]:
    """Commit at the end or roll back; only after a commit run what `after_commit` was given."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        db.session.info.pop("after_commit", None)
        raise
    for job in db.session.info.pop("after_commit", ()):
        job()


class Again(Exception):
    """Raised inside a unit of work to have it undone and done once more: somebody was quicker in between."""


class Discard(Exception):
    """Raised inside a unit of work to roll it back and still give `result` to the caller of `retried`."""

    def __init__(self, result: Any) -> None:
        self.result = result


def retried(work: Callable[[], Result], tries: int = 5, patience: float = 10.0) -> Result:
    """Run `work` as a unit of work, again when the database was busy or chose it as the victim of a conflict.

    `work` must have no effect outside the database. Raises Busy after `tries` or `patience` seconds.
    """
    started = time.monotonic()
    for attempt in range(1, tries + 1):
        try:
            with unit_of_work():
                return work()
        except Discard as kept:
            return kept.result  # type: ignore[no-any-return]
        except (DBAPIError, Again) as error:
            if isinstance(error, DBAPIError) and not is_conflict(error):
                raise
            if attempt == tries or time.monotonic() - started > patience:
                raise Busy from error
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
    raise Busy


def is_conflict(error: DBAPIError) -> bool:
    """Tell whether the same work may succeed if tried again: lock, deadlock, serialisation failure."""
    if isinstance(error, OperationalError) and isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in {"40001", "40P01", "55P03"}


class WritersBusy(sqlite3.OperationalError):
    """The fair lock was not had in time; counts as a conflict."""


# Engines --------------------------------------------------------------------------------------------------------------

BUSY_SECONDS = 10.0
RESTED_SECONDS = 1.0  # after which a connection to PostgreSQL is asked whether it still lives
_writers: dict[str, Turnstile] = {}


def tune(engine: Engine) -> None:
    """Set `engine` up for concurrency; called once for each engine by `create_app`."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        event.listen(engine.pool, "checkin", _on_sqlite_checkin)
        event.listen(engine.pool, "close", _on_sqlite_checkin)
        database = engine.url.database or ""
        _writers.setdefault(str(engine.url), Turnstile(f"{database}-writer" if os.path.isabs(database) else ""))
    else:
        event.listen(engine.pool, "checkout", partial(_on_checkout, engine.dialect))
        event.listen(engine.pool, "checkin", _on_checkin)


def _on_checkout(dialect: Dialect, connection: Any, record: Any, _proxy: Any) -> None:
    """Ask a connection that has rested whether it still lives; one that was in use a moment ago need not be asked."""
    if time.monotonic() - record.info.get("used_at", 0.0) < RESTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error  # the pool opens another one, and trusts none of the old ones


def _on_checkin(_connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _on_sqlite_connect(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    if _reading.get():
        # Past SQLAlchemy's machinery: it never fails, and every page that is read begins with it.
        connection.connection.cursor().execute("BEGIN")
        return
    info = connection.info
    if "writer" not in info:
        lock = _writers[str(connection.engine.url)]
        if not lock.acquire(BUSY_SECONDS):
            raise OperationalError("BEGIN IMMEDIATE", None, WritersBusy("database is locked (queue of this process)"))
        info["writer"] = lock
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _on_sqlite_checkin(connection: Any, record: Any) -> None:
    if record is not None and (lock := record.info.pop("writer", None)) is not None:
        lock.release()


class Version(Model):
    """A number that rises with every change of what a feed or map shows, so that 304 costs one indexed read.

    Scopes: `events` (all public events), `c:<community id>`. Bumped in the writing transaction.
    """

    __tablename__ = "version"

    scope: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    number: Mapped[int] = mapped_column(BigInt, default=0)
    changed_at: Mapped[utc] = mapped_column(default=now)


_VERSION = sa.select(Version.number, Version.changed_at).where(Version.scope == sa.bindparam("scope"))


def version_of(scope: str) -> tuple[int, datetime | None]:
    """Return number and time of the last change in `scope`; (0, None) when nothing has ever changed. One statement.

    Requests that only read ask beside the session: a poll that finds nothing new is answered by it alone, at a third less.
    """
    if not _reading.get():
        row = db.session.execute(_VERSION, {"scope": scope}).first()
    else:
        with db.engine.connect() as connection:
            row = connection.execute(_VERSION, {"scope": scope}).first()
    return (row.number, row.changed_at) if row else (0, None)


def bump(*scopes: str) -> None:
    """Raise the version of each scope by one, in a fixed order so that two writers never wait crosswise."""
    for scope in sorted(set(scopes)):
        raised = changed(
            sa.update(Version).where(Version.scope == scope).values(number=Version.number + 1, changed_at=now())
        )
        if raised == 0:
            db.session.add(Version(scope=scope, number=1))
            db.session.flush()
