"""What becomes of a letter when its turn comes: a table of what is wanted, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer.core.time import at_wall, to_wall
from organizer.outreach.models import LetterState
from organizer.outreach.topics import ANSWERS, BY_NAME, DIGEST, TOPICS, Choice, Topic
from organizer.outreach.turns import BOUNCED, SEND, STOPPED, TOO_LATE, Reader, Turn, turn
from organizer.settings import Settings

CHOSEN = Settings.from_env({}, instance="/nowhere", secret_key="x" * 40)
SOFIA = "Europe/Sofia"
NOON, NIGHT = datetime(2026, 6, 10, 12), datetime(2026, 6, 10, 23, 30)
MORNING = at_wall(datetime(2026, 6, 11, 8), SOFIA)
CHANGES, REMINDERS, MESSAGES = BY_NAME["changes"], BY_NAME["reminders"], BY_NAME["messages"]
LATER = Turn(LetterState.DUE, MORNING)
DAILY = Turn(LetterState.WAITING, MORNING)


def at(wall: datetime, topic: Topic, starts: datetime | None = None, **more: Any) -> Turn:
    """The turn of a letter at a wall time in Sofia, about an event that begins at another."""
    starts_at = at_wall(starts, SOFIA) if starts else None
    choices = more.pop("choices", {})
    return turn(topic, Reader(SOFIA, choices, starts_at=starts_at, **more), at_wall(wall, SOFIA), CHOSEN)


def days(number: float, hour: int = 18) -> datetime:
    return datetime(2026, 6, 10, hour) + timedelta(days=number)


@pytest.mark.parametrize(
    ("wall", "topic", "starts", "more", "expected"),
    [
        # By day
        (NOON, MESSAGES, None, {}, SEND),
        (NOON, MESSAGES, days(3), {"choices": {"messages": "digest"}}, DAILY),
        (NOON, MESSAGES, None, {"choices": {"messages": "digest"}}, DAILY),
        (NOON, MESSAGES, None, {"choices": {"messages": "never"}}, Turn(LetterState.DROPPED, reason=STOPPED)),
        (NOON, MESSAGES, None, {"choices": {"changes": "never"}}, SEND),
        # The event begins before the daily letter, or too soon after it
        (NOON, MESSAGES, days(0), {"choices": {"messages": "digest"}}, SEND),
        (NOON, MESSAGES, days(1, 10), {"choices": {"messages": "digest"}}, SEND),
        (NOON, MESSAGES, days(1, 11), {"choices": {"messages": "digest"}}, DAILY),
        # At night
        (NIGHT, MESSAGES, None, {}, LATER),
        (NIGHT, MESSAGES, days(3), {}, LATER),
        (NIGHT, MESSAGES, days(1, 10), {}, SEND),
        (NIGHT, CHANGES, days(3), {}, SEND),
        (NIGHT, CHANGES, days(3), {"choices": {"changes": "digest"}}, DAILY),
        (NIGHT, REMINDERS, days(1, 7), {}, SEND),
        (NIGHT, DIGEST, None, {}, LATER),
        # After the event
        (NOON, REMINDERS, days(-1), {}, Turn(LetterState.DROPPED, reason=TOO_LATE)),
        (NOON, REMINDERS, days(0, 12), {}, Turn(LetterState.DROPPED, reason=TOO_LATE)),
        (NOON, BY_NAME["still_coming"], days(-1), {}, Turn(LetterState.DROPPED, reason=TOO_LATE)),
        (NOON, BY_NAME["thanks"], days(-1), {}, SEND),
        (NIGHT, BY_NAME["thanks"], days(-1), {}, LATER),
        (NOON, MESSAGES, days(-1), {"choices": {"messages": "digest"}}, DAILY),
        # Too much for one day
        (NOON, MESSAGES, days(3), {"lately": 9}, SEND),
        (NOON, MESSAGES, days(3), {"lately": 10}, DAILY),
        (NIGHT, MESSAGES, days(3), {"lately": 10}, DAILY),
        (NOON, CHANGES, days(3), {"lately": 11}, DAILY),
        (NOON, CHANGES, days(0), {"lately": 11}, SEND),
        (NOON, DIGEST, None, {"lately": 99}, SEND),
        (
            NOON,
            MESSAGES,
            days(3),
            {"lately": 10, "choices": {"digest": "never"}},
            Turn(LetterState.DROPPED, reason=STOPPED),
        ),
        # Refused before
        (NOON, CHANGES, days(3), {"bounced": True}, Turn(LetterState.DROPPED, reason=BOUNCED)),
        (NOON, DIGEST, None, {"bounced": True}, Turn(LetterState.DROPPED, reason=BOUNCED)),
        (NIGHT, ANSWERS, days(0), {"bounced": True, "lately": 99, "choices": {"answers": "never"}}, SEND),
        (NOON, DIGEST, None, {"choices": {"digest": "never"}}, Turn(LetterState.DROPPED, reason=STOPPED)),
    ],
)
def test_the_turn(wall: datetime, topic: Topic, starts: datetime | None, more: dict[str, Any], expected: Turn) -> None:
    assert at(wall, topic, starts, **more) == expected


def test_the_quiet_night_of_a_change_of_clocks() -> None:
    """25 October 2026: 4:00 becomes 3:00 in Sofia. The night is an hour longer, and ends at eight all the same."""
    for instant in ("2026-10-25T00:30+00:00", "2026-10-25T01:30+00:00"):  # 3:30, twice
        moment = datetime.fromisoformat(instant)
        decided = turn(MESSAGES, Reader(SOFIA, {}), moment, CHOSEN)
        assert decided == Turn(LetterState.DUE, datetime(2026, 10, 25, 6, tzinfo=UTC))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.sampled_from([SOFIA, "America/New_York", "America/Santiago", "Australia/Lord_Howe"]),
    st.sampled_from(TOPICS),
    st.dictionaries(st.sampled_from([topic.name for topic in TOPICS]), st.sampled_from(list(Choice))),
    st.integers(0, 12),
    st.one_of(st.none(), st.timedeltas(timedelta(days=-2), timedelta(days=4))),
    st.booleans(),
)
@settings(max_examples=500, deadline=None)
def test_laws_of_every_turn(
    naive: datetime,
    zone: str,
    topic: Topic,
    choices: dict[str, str],
    lately: int,
    ahead: timedelta | None,
    bounced: bool,
) -> None:
    moment = naive.replace(tzinfo=UTC)
    starts_at = moment + ahead if ahead is not None else None
    decided = turn(topic, Reader(zone, choices, bounced, lately, starts_at), moment, CHOSEN)
    if topic is ANSWERS:
        assert decided == SEND
    if decided.due_at is not None:
        assert decided.state in {LetterState.DUE, LetterState.WAITING}
        assert to_wall(decided.due_at, zone).hour == 8
        assert moment < decided.due_at <= moment + timedelta(hours=25)
        if starts_at is not None and starts_at > moment:
            assert decided.due_at + timedelta(hours=3) <= starts_at
    if decided.state is LetterState.DROPPED:
        assert decided.reason
        stopped = Choice.NEVER in (choices.get(topic.name), choices.get("digest"))
        assert bounced or stopped or (topic.until_start and starts_at is not None and starts_at <= moment)
    if decided == SEND and topic.until_start and starts_at is not None:
        assert starts_at > moment
    if decided == SEND and choices.get(topic.name) == Choice.NEVER:
        assert topic is ANSWERS
