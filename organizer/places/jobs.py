"""What is made before somebody waits for it."""

from __future__ import annotations

from datetime import timedelta

from organizer.core.jobs import job

from . import gazetteer


@job(every=timedelta(days=1), own_units=True)
def keep_cities_ready() -> None:
    """Make the index of cities (two seconds) when it is missing: after an installation, an upgrade, a cleared cache."""
    gazetteer.prepare()
