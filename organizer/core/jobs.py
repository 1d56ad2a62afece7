"""The queue: work that must not keep a request waiting.

Huey is only the alarm clock; what is due stands in tables, so a lost wake-up heals with the next minute. A job is a function
of ids and plain values; it runs in a unit of work and must be harmless when run twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa
import structlog
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from .db import Model, after_commit, changed, db, retried, unit_of_work, utc
from .time import UtcDateTime, now

if TYPE_CHECKING:
    from huey import Huey

log = structlog.get_logger()


class QueueSettings(Protocol):
    """What the queue needs to know."""

    @property
    def redis_url(self) -> str:
        """Address of Redis, or empty."""

    @property
    def folder(self) -> Any:
        """Folder for the embedded queue's file."""

    def secret(self) -> str:
        """Signs what lies in the queue."""


class JobSlot(Model):
    """When a periodic job last ran; claimed by a conditional update so that of several workers one runs it."""

    __tablename__ = "job_slot"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    next_at: Mapped[utc]
    ran_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Job:
    """A function that workers run. `own_units`: it opens its own units of work (to commit piece by piece)."""

    name: str
    run: Callable[..., Any]
    every: timedelta | None = None
    own_units: bool = False

    def __call__(self, *args: Any) -> Any:
        """Run it here and now, in a unit of work of its own."""
        return self.run(*args) if self.own_units else retried(lambda: self.run(*args))

    def wake(self, *args: Any) -> None:
        """Have a worker run it soon after the current unit of work has been committed."""
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        after_commit(lambda: _enqueue(app, self.name, args))

    def wake_now(self, *args: Any) -> None:
        """Have a worker run it soon, whatever becomes of the current unit of work (there is none in a GET)."""
        _enqueue(current_app._get_current_object(), self.name, args)  # type: ignore[attr-defined]


_jobs: dict[str, Job] = {}


def job(*, every: timedelta | None = None, own_units: bool = False) -> Callable[[Callable[..., Any]], Job]:
    """Make the decorated function a job; with `every` it also runs by itself at that distance (whole minutes)."""

    def register(function: Callable[..., Any]) -> Job:
        name = f"{function.__module__}.{function.__qualname__}"
        _jobs[name] = Job(name, function, every, own_units)
        return _jobs[name]

    return register


class Later(Protocol):
    """Where the queue is left, to be made when it is first asked for: `web.application.Extensions`."""

    def later(self, name: str, make: Callable[[], Any]) -> None:
        """Have `make` called for what is asked for by `name`."""


def init_app(app: Flask, settings: QueueSettings, extensions: Later) -> None:
    """Have the queue opened at its first use: huey brings drivers of databases that most processes never need."""
    extensions.later("jobs.opened", lambda: _opened(app, settings))
    extensions.later("jobs", lambda: app.extensions["jobs.opened"][0])
    extensions.later("jobs.run", lambda: app.extensions["jobs.opened"][1])


def _opened(app: Flask, settings: QueueSettings) -> tuple[Huey, Callable[..., Any]]:
    """The queue, and what puts a job into it.

    In memory and at once under `TESTING`, in Redis if its address is set, else in an own SQLite file.
    """
    from huey import MemoryHuey, RedisHuey, SqliteHuey, crontab
    from huey.serializer import SignedSerializer

    serializer = SignedSerializer(secret=settings.secret())
    queue: Huey
    if app.config.get("TESTING"):
        queue = MemoryHuey("organizer", immediate=True, serializer=serializer)
    elif settings.redis_url:
        queue = RedisHuey("organizer", url=settings.redis_url, serializer=serializer, results=False)
    else:
        queue = SqliteHuey("organizer", filename=str(settings.folder / "jobs.db"), serializer=serializer, results=False)

    def run(name: str, args: list[Any]) -> None:
        with app.app_context():
            _jobs[name](*args)

    def tick() -> None:
        with app.app_context():
            run_due()

    queue.periodic_task(crontab(minute="*"), name="tick")(tick)
    return queue, queue.task(name="run", retries=3, retry_delay=30)(run)


def run_due() -> list[str]:
    """Run every periodic job whose time has come and that no other worker claimed; return their names."""
    ran = []
    for known in list(_jobs.values()):
        if known.every is not None and _claim(known.name, known.every):
            try:
                known()
                ran.append(known.name)
            except Exception:
                # One broken job must not keep the others from running; it is tried again at its next time.
                log.exception("periodic job failed", job=known.name)
    return ran


def queue_age() -> timedelta | None:
    """Return how late the most overdue periodic job is; None if none is late. More than five minutes: no worker runs."""
    earliest = db.session.scalar(sa.select(sa.func.min(JobSlot.next_at)))
    return now() - earliest if earliest is not None and earliest < now() else None


def _claim(name: str, every: timedelta) -> bool:
    moment = now()
    next_at = moment.replace(second=0, microsecond=0) + every
    try:
        with unit_of_work():
            claimed = changed(
                sa.update(JobSlot)
                .where(JobSlot.name == name, JobSlot.next_at <= moment)
                .values(next_at=next_at, ran_at=moment)
            )
            if claimed:
                return True
            if db.session.get(JobSlot, name) is None:
                db.session.add(JobSlot(name=name, next_at=next_at, ran_at=moment))
                return True
    except IntegrityError:
        return False  # another worker made the row in the same moment
    return False


def _enqueue(app: Flask, name: str, args: tuple[Any, ...]) -> None:
    try:
        app.extensions["jobs.run"](name, list(args))
    except Exception:
        # What had to be kept is committed; the periodic run will find it.
        log.exception("queue not reached", job=name)
