"""Short ways to events whose people are asked whether they still come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from organizer.accounts.models import Account
from organizer.core.db import db, unit_of_work
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps import jobs
from organizer.rsvps.models import Rsvp
from organizer.rsvps.rules import Rules
from tests.factories import make_event, make_rsvp


def event_in(hours: float, host: Account | None = None, rules: Rules | None = None, **more: Any) -> Event:
    """An event that begins in so many hours."""
    stored = rules.stored() if rules else {}
    starts_at = (now() + timedelta(hours=hours)).replace(second=0, microsecond=0)
    return make_event(host=host, starts_at=starts_at, rsvp_rules=stored, **more)


def early(event: Event, name: str = "", **more: Any) -> Rsvp:
    """Somebody who said a week ago that they come."""
    usual: dict[str, Any] = {"answered_at": now() - 7 * timedelta(days=1)} | (
        {"email": f"{name}@example.org"} if name else {}
    )
    return make_rsvp(event, **usual | more)


def run(job: Any = jobs.ask_who_still_comes) -> int:
    """Commit what was arranged, run the job as the worker does, and look at everything afresh."""
    with unit_of_work():
        pass
    done = job()
    db.session.expire_all()
    return int(done)
