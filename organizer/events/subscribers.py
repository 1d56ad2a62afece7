"""What events do upon the facts of accounts."""

from __future__ import annotations

import sqlalchemy as sa

from organizer.accounts.signals import ProfileChanged, profile_changed
from organizer.core.db import db

from .models import Event, EventHost

_PLAIN = {"synchronize_session": False}  # nobody here reads these events again


@profile_changed.subscribe
def show_the_host_anew(fact: ProfileChanged) -> None:
    """Pages say who hosts: those that browsers keep are no longer true."""
    hosted = sa.select(EventHost.event_id).where(EventHost.account_id == fact.account.id)
    db.session.execute(
        sa.update(Event).where(Event.id.in_(hosted)).values(version=Event.version + 1), execution_options=_PLAIN
    )
