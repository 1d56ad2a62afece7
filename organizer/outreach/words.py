"""Words for states of letters, translated where they are shown."""

from __future__ import annotations

from datetime import datetime

from flask_babel import format_datetime
from flask_babel import gettext as _

from organizer.core.time import to_wall
from organizer.web.filters import zone_name
from organizer.web.i18n import zone_of_visitor

from .models import LetterState


def state_word(state: LetterState) -> str:
    """Say where a letter is."""
    words: dict[LetterState, str] = {
        LetterState.DUE: _("Due"),
        LetterState.SENDING: _("On its way"),
        LetterState.SENT: _("Sent"),
        LetterState.WAITING: _("For the daily letter"),
        LetterState.DIGESTED: _("In a daily letter"),
        LetterState.FAILED: _("Given up"),
        LetterState.HELD: _("Held"),
        LetterState.DROPPED: _("Not sent"),
    }
    return words[state]


def clock(instant: datetime) -> str:
    """Say an instant by the visitor's clock, UTC if we do not know one."""
    zone = zone_of_visitor() or "UTC"
    wall = to_wall(instant, zone)
    return f"{format_datetime(wall, 'd MMM, HH:mm', rebase=False)} {zone_name(zone, wall)}"


def state_note(state: LetterState | None) -> str:
    """Say what it means that letters are there, "" where nothing needs saying."""
    notes: dict[LetterState | None, str] = {
        LetterState.DUE: _("They go out as soon as their time comes; after a failure, later each time."),
        LetterState.FAILED: _("Refused by the mail server, or tried in vain for more than a day."),
        LetterState.HELD: _("Written while no mail server was set."),
        LetterState.DROPPED: _(
            "No longer true or not wanted when their turn came, or their address was refused before."
        ),
        LetterState.WAITING: _("Wanted once a day, or too much for one day."),
    }
    return notes.get(state, "")
