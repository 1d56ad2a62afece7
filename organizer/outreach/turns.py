"""What becomes of a letter when its turn comes: sent, kept for later or for the daily letter, or dropped.

Decided here and not when it is written: letters are written while an event's places are held, and what the reader wants
may change meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from organizer.settings import Settings

from .hours import is_in_time, next_digest, quiet_until
from .models import LetterState
from .topics import ANSWERS, DIGEST, Choice, Topic, choice_of

STOPPED, TOO_LATE, BOUNCED = "not wanted", "the event has begun", "letters do not reach this address"


@dataclass(frozen=True)
class Reader:
    """What counts for one letter. `starts_at`: of the event that it is about; `lately`: letters within the last 24 hours."""

    zone: str
    choices: dict[str, str]
    bounced: bool = False
    lately: int = 0
    starts_at: datetime | None = None


NOBODY = Reader("UTC", {})
"""Of whom nothing needs to be known: of who gets an answer to what they did."""


@dataclass(frozen=True)
class Turn:
    """SENDING: now. DUE or WAITING (for the daily letter): at `due_at`. DROPPED: never, for `reason`."""

    state: LetterState
    due_at: datetime | None = None
    reason: str = ""


SEND = Turn(LetterState.SENDING)


def turn(topic: Topic, reader: Reader, moment: datetime, chosen: Settings) -> Turn:
    """Return what to do at `moment` with a letter of `topic`.

    Nothing is kept back that would then come too late for its event: it is sent at once, at night and beyond the limit.
    """
    if topic is ANSWERS:
        return SEND
    choice = choice_of(topic, reader.choices)
    begun = reader.starts_at is not None and reader.starts_at <= moment
    if refusal := _refusal(topic, reader, choice, begun=begun):
        return Turn(LetterState.DROPPED, reason=refusal)
    starts_at = None if begun else reader.starts_at
    digest_at = next_digest(moment, reader.zone, chosen)
    is_too_much = topic is not DIGEST and reader.lately >= chosen.letters_per_day
    if choice is Choice.DIGEST or is_too_much:
        if not is_in_time(digest_at, starts_at):
            return SEND
        if choice_of(DIGEST, reader.choices) is Choice.NEVER:
            return Turn(LetterState.DROPPED, reason=STOPPED)
        return Turn(LetterState.WAITING, digest_at)
    quiet_end = None if topic.urgent else quiet_until(moment, reader.zone, chosen)
    if quiet_end is not None and is_in_time(quiet_end, starts_at):
        return Turn(LetterState.DUE, quiet_end)
    return SEND


def _refusal(topic: Topic, reader: Reader, choice: Choice, *, begun: bool) -> str:
    if reader.bounced:
        return BOUNCED
    if choice is Choice.NEVER:
        return STOPPED
    return TOO_LATE if begun and topic.until_start else ""
