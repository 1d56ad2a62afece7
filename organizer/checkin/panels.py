"""What the door puts on the pages of lower features."""

from __future__ import annotations

from typing import Any

from flask import render_template

from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.events.models import State
from organizer.web.chrome import viewer


@fills("event_host", order=10)
def door_link(event: Any, **_more: object) -> str:
    """The way to the door, for who may check people in."""
    if event.state != State.PUBLISHED or not may(viewer(), Action.CHECK_IN, event):
        return ""
    return render_template("checkin/_door_link.html", event=event)
