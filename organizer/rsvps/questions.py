"""What hosts ask those who answer: write, change, order, stop asking. What people say is in `replies`.

A question may change after it was answered: each reply keeps the words to which it was said, who was promised to see it
and for how long. So nothing a host changes here shows a private reply to others, or keeps one for longer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import changed, db, save
from organizer.core.errors import N_, DomainError, Invalid, NotFound
from organizer.core.ids import KEY_PATTERN
from organizer.core.time import now
from organizer.events.models import Event

from . import seats
from .models import Kind, Question, Reply
from .rules import Rules

MOST: Final = 20  # asked at once
MOST_IN_ALL: Final = 60  # with those that are not asked any more
LONGEST_LABEL: Final = 200
LONGEST_HELP: Final = 300
LONGEST_OPTION: Final = 100
MOST_OPTIONS: Final = 20
KEEP: Final = (1, 7, 14, 30, 90, 365)  # days after the event
WITH_OPTIONS: Final = frozenset({Kind.CHOICE, Kind.SEVERAL})


class TooManyQuestions(DomainError):
    """People leave a form that asks too much."""

    message = N_("That is enough: an event has at most %(most)s questions.")


@dataclass(frozen=True)
class QuestionDraft:
    """A question as a host writes it."""

    kind: Kind
    label: str
    help: str = ""
    options: tuple[str, ...] = ()
    required: bool = False
    per_guest: bool = False
    shown: bool = False
    keep_days: int = 30


# Built once: everybody who answers such an event asks it.
_ASKED = (
    sa.select(Question)
    .where(Question.event_id == sa.bindparam("event"), Question.retired_at.is_(None))
    .order_by(Question.position, Question.id)
)


def asked(event: Event) -> list[Question]:
    """Return what `event` asks, in order. One statement; none where nothing is asked."""
    return list(db.session.scalars(_ASKED, {"event": event.id})) if Rules.of(event).asks else []


def all_of(event: Event) -> list[Question]:
    """Return every question of `event` in order, those that are not asked any more last."""
    wanted = sa.select(Question).where(Question.event_id == event.id).order_by(Question.position, Question.id)
    everything = db.session.scalars(wanted.execution_options(populate_existing=True))
    return sorted(everything, key=lambda question: question.retired_at is not None)


def get(event: Event, key: str) -> Question:
    """Return the question of `event` with this key. Raises NotFound."""
    question = None
    if KEY_PATTERN.fullmatch(key):
        wanted = sa.select(Question).where(Question.key == key, Question.event_id == event.id)
        question = db.session.scalar(wanted)
    if question is None:
        raise NotFound
    return question


def is_answered(question: Question) -> bool:
    """Whether anybody has said anything to `question`."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Reply.question_id == question.id))))


def add(actor: Account, event: Event, draft: QuestionDraft) -> Question:
    """Ask one more, after the others. Raises Invalid naming the field, TooManyQuestions."""
    require(actor, Action.EDIT_EVENT, event)
    checked = _checked(draft)
    held = seats.hold(event)
    known = all_of(event)
    if sum(question.retired_at is None for question in known) >= MOST or len(known) >= MOST_IN_ALL:
        raise TooManyQuestions(most=MOST)
    question = Question(event_id=event.id, position=1 + max((q.position for q in known), default=0))
    _apply(checked, question)
    save(question)
    _follow(held, asks=True)
    return question


def change(actor: Account, event: Event, question: Question, draft: QuestionDraft) -> None:
    """Ask it in other words, of others, or under another promise; what was said stays as it was said.

    Raises Invalid naming the field; how a question is answered stays once somebody has.
    """
    require(actor, Action.EDIT_EVENT, event)
    checked = _checked(draft)
    seats.hold(event)
    if checked.kind is not question.kind and is_answered(question):
        raise Invalid(N_("People have answered this already. Stop asking it, and ask a new question."), field="kind")
    _apply(checked, question)
    db.session.flush()


def move(actor: Account, event: Event, question: Question, *, up: bool) -> None:
    """Let it change places with the one before, or after, that is asked. At the ends nothing happens."""
    require(actor, Action.EDIT_EVENT, event)
    seats.hold(event)
    order = [q for q in all_of(event) if q.retired_at is None]
    if question not in order:
        return
    place = order.index(question)
    other = place - 1 if up else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    for position, each in enumerate(order, 1):
        each.position = position
    db.session.flush()


def retire(actor: Account, event: Event, question: Question) -> None:
    """Do not ask it any more. What was said stays until its time. Twice changes nothing."""
    require(actor, Action.EDIT_EVENT, event)
    held = seats.hold(event)
    question.retired_at = question.retired_at or now()
    db.session.flush()
    left = sa.select(sa.exists().where(Question.event_id == event.id, Question.retired_at.is_(None)))
    _follow(held, asks=bool(db.session.scalar(left)))


def ask_again(actor: Account, event: Event, question: Question) -> None:
    """Ask one that was retired, after the others. Raises TooManyQuestions."""
    require(actor, Action.EDIT_EVENT, event)
    held = seats.hold(event)
    if question.retired_at is None:
        return
    known = all_of(event)
    if sum(q.retired_at is None for q in known) >= MOST:
        raise TooManyQuestions(most=MOST)
    question.retired_at, question.position = None, 1 + max(q.position for q in known)
    db.session.flush()
    _follow(held, asks=True)


def copy(event: Event, duplicate: Event) -> None:
    """Have `duplicate` ask what `event` asks; nobody's replies come along."""
    wanted = sa.select(Question).where(Question.event_id == event.id, Question.retired_at.is_(None))
    same = ("position", "kind", "label", "help", "options", "required", "per_guest", "shown", "keep_days")
    found = db.session.scalars(wanted.order_by(Question.position, Question.id)).all()
    for question in found:
        values = {name: getattr(question, name) for name in same}
        db.session.add(Question(event_id=duplicate.id, **values))
    duplicate.rsvp_rules = replace(Rules.of(duplicate), asks=bool(found)).stored()
    db.session.flush()


def sweep() -> int:
    """Delete what has not been asked for a day and has no replies left; return how many."""
    unanswered = sa.not_(sa.exists().where(Reply.question_id == Question.id))
    old = Question.retired_at < now() - timedelta(days=1)
    return changed(sa.delete(Question).where(old, unanswered).execution_options(synchronize_session=False))


def _follow(held: seats.Seats, *, asks: bool) -> None:
    """Keep in the rules that there is something to ask: who answers by one tap is led to the form then."""
    if held.rules.asks != asks:
        held.event.rsvp_rules = replace(held.rules, asks=asks).stored()
        db.session.flush()


def _apply(draft: QuestionDraft, question: Question) -> None:
    question.kind, question.label, question.help = draft.kind, draft.label, draft.help
    question.options = list(draft.options)
    question.required, question.per_guest, question.shown = draft.required, draft.per_guest, draft.shown
    question.keep_days = draft.keep_days


def _checked(draft: QuestionDraft) -> QuestionDraft:
    label, help_text = " ".join(draft.label.split()), " ".join(draft.help.split())
    if not label:
        raise Invalid(N_("What do you want to ask?"), field="label")
    if len(label) > LONGEST_LABEL:
        raise Invalid(N_("At most %(most)s characters, please."), field="label", most=LONGEST_LABEL)
    if len(help_text) > LONGEST_HELP:
        raise Invalid(N_("At most %(most)s characters, please."), field="help", most=LONGEST_HELP)
    if draft.keep_days not in KEEP:
        raise Invalid(N_("Please choose one of the list."), field="keep_days")
    options = _options(draft.options) if draft.kind in WITH_OPTIONS else ()
    return replace(draft, label=label, help=help_text, options=options)


def _options(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Without needless blanks, empty ones and those that look the same."""
    known: dict[str, str] = {}
    for text in typed:
        option = " ".join(text.split())
        if option:
            known.setdefault(option.casefold(), option)
    if any(len(option) > LONGEST_OPTION for option in known.values()):
        raise Invalid(N_("At most %(most)s characters in a line, please."), field="options", most=LONGEST_OPTION)
    if len(known) < 2:
        raise Invalid(N_("Please write at least two things to choose from, one a line."), field="options")
    if len(known) > MOST_OPTIONS:
        raise Invalid(N_("At most %(most)s things to choose from, please."), field="options", most=MOST_OPTIONS)
    return tuple(known.values())
