"""Whether this process lives, and whether the installation can serve."""

from __future__ import annotations

import shutil
from datetime import timedelta

import sqlalchemy as sa
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from organizer import settings
from organizer.core import jobs
from organizer.core.db import bump, db, set_reading

bp = Blueprint("health", __name__)
LEAST_DISK = 10**9  # bytes; or 5 % of the disk, whichever is less
LATEST_QUEUE = timedelta(minutes=5)


def init_app(app: Flask) -> None:
    """Offer /healthz and /readyz."""
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Answer 200 while this process can answer at all."""
    return {"status": "ok"}, 200, {"Cache-Control": "no-store"}


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Answer 200 if the database takes writes, the disk has room and a worker keeps up; else 503 naming what is wrong."""
    found = {"database": database_writes(), "disk": disk_has_room(), "queue": queue_keeps_up()}
    ready = all(found.values())
    return {"status": "ok" if ready else "not ready", **found}, 200 if ready else 503, {"Cache-Control": "no-store"}


def database_writes() -> bool:
    """Write a row and take it back."""
    db.session.rollback()
    set_reading(False)
    try:
        bump("health")
        return True
    except SQLAlchemyError:
        return False
    finally:
        db.session.rollback()
        set_reading(True)


def disk_has_room() -> bool:
    """Whether the instance folder's disk has room left."""
    usage = shutil.disk_usage(settings.current().folder)
    return usage.free > min(LEAST_DISK, usage.total // 20)


def queue_keeps_up() -> bool:
    """Whether no periodic job is overdue by more than five minutes."""
    try:
        age = jobs.queue_age()
    except (SQLAlchemyError, sa.exc.DBAPIError):
        return False
    return age is None or age < LATEST_QUEUE
