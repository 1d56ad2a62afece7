"""Sorts of letters: what a person may choose about them, and when they may come.

Every kind of letter belongs to one topic. What a person chooses is kept by topic (`Addressee.choices`), so a new kind of
letter needs a line in `TOPIC_OF` and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from organizer.core.errors import N_


class Choice(StrEnum):
    """How somebody wants the letters of a topic."""

    NOW = "now"
    DIGEST = "digest"  # once a day, all in one letter
    NEVER = "never"


@dataclass(frozen=True)
class Topic:
    """One sort of letters. All but `always` may be stopped, and count for the limit of letters a day.

    `may_wait`: they may come once a day, in one letter with others. `urgent`: they come at night, too. `until_start`: they
    are of no use once their event has begun.
    """

    name: str
    label: str
    about: str
    always: bool = False
    may_wait: bool = True
    urgent: bool = False
    until_start: bool = False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What a person may choose."""
        if self.always:
            return (Choice.NOW,)
        return (Choice.NOW, Choice.DIGEST, Choice.NEVER) if self.may_wait else (Choice.NOW, Choice.NEVER)


ANSWERS = Topic(
    "answers",
    N_("Answers to what you did"),
    N_("Tickets, your place in a queue, codes that sign you in."),
    always=True,
    may_wait=False,
    urgent=True,
)
DIGEST = Topic(
    "digest",
    N_("The daily letter"),
    N_("Everything that you want once a day, and what was too much for one day."),
    may_wait=False,
)
TOPICS: tuple[Topic, ...] = (
    ANSWERS,
    Topic(
        "changes",
        N_("Changes"),
        N_("An event that you come to has another time or place, or will not happen."),
        urgent=True,
    ),
    Topic("reminders", N_("Reminders"), N_("Shortly before an event that you come to."), until_start=True),
    Topic(
        "still_coming",
        N_("Are you still coming?"),
        N_("A question some days before an event; one tap answers it. Who does not answer may lose the place."),
        until_start=True,
    ),
    Topic("invitations", N_("Invitations"), N_("A host asks you to come to an event."), until_start=True),
    Topic("messages", N_("Messages from hosts"), N_("What hosts write to the people of their events.")),
    Topic("thanks", N_("Thank-you letters"), N_("After an event that you came to.")),
    DIGEST,
)
BY_NAME = {topic.name: topic for topic in TOPICS}

# Every kind of letter that is or will be written; a test fails for a registered kind that is missing.
_KINDS: dict[str, tuple[str, ...]] = {
    "answers": (
        *("going", "promoted", "waitlisted", "offer", "offer_expired", "approved", "declined", "requested"),
        *("cancelled_by_you", "removed", "released", "your_link", "sign_in", "cohost", "test"),
    ),
    "changes": ("event_cancelled", "event_restored", "event_moved"),
    "reminders": ("remind_day", "remind_morning"),
    "still_coming": ("still_coming",),
    "invitations": ("invitation",),
    "messages": ("host_message",),
    "thanks": ("thank_you",),
    "digest": ("digest",),
}
TOPIC_OF: dict[str, Topic] = {kind: BY_NAME[name] for name, kinds in _KINDS.items() for kind in kinds}
CAPPED: tuple[str, ...] = tuple(kind for kind, topic in TOPIC_OF.items() if topic not in (ANSWERS, DIGEST))
"""Kinds that count for the limit of letters a day to one address."""


def topic_of(kind: str) -> Topic:
    """Return the topic of letters of this kind. One that is not known is sent: losing it would be worse."""
    return TOPIC_OF.get(kind, ANSWERS)


def choice_of(topic: Topic, choices: dict[str, str]) -> Choice:
    """Return what stands in `choices` for `topic`, now if that is nothing (any more) that may be chosen.

    What is wanted once a day is not wanted by who has stopped the daily letter.
    """
    chosen = choices.get(topic.name, Choice.NOW)
    if chosen == Choice.DIGEST and choices.get(DIGEST.name) == Choice.NEVER:
        return Choice.NEVER
    return Choice(chosen) if chosen in topic.choices else Choice.NOW
