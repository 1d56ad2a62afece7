"""What tests of feeds share: changing an event as its service does, and reading what comes back."""

from collections.abc import Callable
from typing import Any

import icalendar
import sqlalchemy as sa

from organizer.core.db import bump, db
from organizer.core.time import now
from organizer.events.models import Event

Given = Callable[[Callable[[], Any]], Any]


def change(given: Given, key: str, **values: Any) -> None:
    """Change an event as the service does: time of change and versions with it."""

    def arrange() -> None:
        event = db.session.scalars(sa.select(Event).where(Event.key == key)).one()
        for name, value in values.items():
            setattr(event, name, value)
        event.changed_at = now()
        bump("events", f"c:{event.community_id}")

    given(arrange)


def titles(raw: bytes) -> set[str]:
    return {str(event["summary"]) for event in icalendar.Calendar.from_ical(raw).walk("VEVENT")}
