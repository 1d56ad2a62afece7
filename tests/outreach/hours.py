"""Moments before and after an event, and what a worker does then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import time_machine
from flask import current_app

from organizer.core.db import db
from organizer.events.models import Event
from organizer.outreach import mailings
from tests.outreach.reading import arranged, outbox

A_WEEK_BEFORE = datetime(2026, 11, 28, 12, 0).astimezone()
MINUTE = timedelta(minutes=1)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    with time_machine.travel(moment, tick=False):
        yield


@contextmanager
def worker() -> Iterator[None]:
    """A session of its own; no lock of ours is in its way."""
    db.session.commit()
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        yield


def run_all() -> None:
    """What a worker does each minute."""
    with worker():
        mailings.begin_reminders()
        mailings.begin_thanks()
        mailings.write_open()


def written(kind: str) -> list[str]:
    return [letter.address.split("@")[0] for letter in outbox(kind)]


def week_ahead(**more: Any) -> tuple[Any, Event]:
    """An event at 18:30 on a Saturday in a week."""
    return arranged(**{"starts_wall": datetime(2026, 12, 5, 18, 30), **more})
