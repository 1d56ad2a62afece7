"""What people say to the questions of hosts: check it, keep it, change it, forget it.

A reply keeps the words to which it was said, and what was promised: who sees it and how many days after the event it is
kept. Saying it again under a changed question takes the promise of today. What was said to other words, or is no choice
any more, does not stand in the form; leaving its field empty leaves it as it was said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from organizer.core.db import Model, changed, db
from organizer.core.errors import N_, Invalid
from organizer.core.ids import storable
from organizer.core.time import now
from organizer.events.models import Event

from . import moves, opening, parties
from .models import STANDING, Kind, Question, Reply, Rsvp, RsvpMove
from .questions import KEEP

LONGEST_TEXT: Final = 500
AT_ONCE: Final = 2000  # replies deleted in one unit of work

Value = str | bool | list[str]
Place = tuple[int, int]  # number of the question, guest (0: the person)
_TABLE = Model.metadata.tables["reply"]


@dataclass(frozen=True)
class Said:
    """What somebody typed: texts by question and guest, and the questions that were asked for it."""

    questions: Sequence[Question]
    typed: Mapping[Place, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """One question about one person, and what was said; None: nothing."""

    question: Question
    guest: int
    value: Value | None

    @property
    def place(self) -> Place:
        """Which question about whom."""
        return self.question.id, self.guest


def field_name(question: Question, guest: int | str) -> str:
    """Return the name of the field in which `question` is answered for a guest (0: the person)."""
    return f"q-{question.key}-{guest}"


def places(asked: Sequence[Question], guests: int) -> list[tuple[Question, int]]:
    """Return each question about each of a party that it is asked about: of the person first, then guest by guest."""
    of_guests = [(q, guest) for guest in range(1, guests + 1) for q in asked if q.per_guest]
    return [*((question, 0) for question in asked), *of_guests]


def clean(question: Question, typed: Sequence[str]) -> Value | None:
    """Return what the texts of one field say to `question`; None: nothing. Raises Invalid."""
    texts = [storable(text).strip() for text in typed]
    if question.kind is Kind.SEVERAL:
        said = [option for option in question.options if option in texts]
        if not set(texts) - {""} <= set(said):
            raise Invalid(N_("Please choose from the list."))
        return said or None
    text = texts[0] if texts else ""
    if not text:
        return None
    if question.kind is Kind.TEXT:
        lines = "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()
        if len(lines) > LONGEST_TEXT:
            raise Invalid(N_("At most %(most)s characters, please."), most=LONGEST_TEXT)
        return lines or None
    if question.kind is Kind.YES_NO:
        if text not in {"yes", "no"}:
            raise Invalid(N_("Please choose one of the list."))
        return text == "yes"
    if text not in question.options:
        raise Invalid(N_("Please choose one of the list."))
    return text


def is_current(question: Question, reply: Reply) -> bool:
    """Whether it was said to the words of today, and may still be said: it stands in the form then, to be changed."""
    value = reply.value
    if reply.asked != question.label:
        return False
    if question.kind is Kind.CHOICE:
        return value in question.options
    if question.kind is Kind.SEVERAL:
        return isinstance(value, list) and set(value) <= set(question.options)
    return isinstance(value, bool if question.kind is Kind.YES_NO else str)


def check_one(question: Question, guest: int, typed: Sequence[str], older: Collection[Place] = ()) -> Checked:
    """Return what was said to one question about one person. Raises Invalid naming the field.

    What must be answered and is not is an error, unless something was said to `older` words of it.
    """
    name = field_name(question, guest)
    try:
        value = clean(question, typed)
    except Invalid as error:
        raise Invalid(error.message, field=name, **error.params) from error
    if value is None and question.required and (question.id, guest) not in older:
        raise Invalid(N_("Please answer this."), field=name)
    return Checked(question, guest, value)


def check(said: Said, guests: int, older: Collection[Place] = ()) -> list[Checked]:
    """Return what a party of so many guests said to all that is asked. Raises Invalid naming the first wrong field."""
    return [
        check_one(question, guest, said.typed.get((question.id, guest), ()), older)
        for question, guest in places(said.questions, guests)
    ]


def of(rsvp: Rsvp) -> list[tuple[Reply, Question]]:
    """Return what the party of `rsvp` said, with the questions, in their order; the person first, then the guests."""
    rows = db.session.execute(
        sa.select(Reply, Question)
        .join(Question, Question.id == Reply.question_id)
        .where(Reply.rsvp_id == rsvp.id, Reply.guest <= rsvp.guests)
        .order_by(Reply.guest, Question.position, Question.id)
    )
    return [(reply, question) for reply, question in rows]


def store(rsvp: Rsvp, checked: Sequence[Checked]) -> None:
    """Keep what a new answer brought. One statement; none where nothing was said."""
    _insert(rsvp, [each for each in checked if each.value is not None], rsvp.answered_at)


def revise(rsvp: Rsvp, checked: Sequence[Checked]) -> None:
    """Bring what is kept to what is said now, where it was asked now. Raises EditsOver where that comes too late."""
    if checked and _differences(rsvp, checked):
        opening.check_editable(rsvp.event)
        put(rsvp, checked)


def repeat(rsvp: Rsvp, checked: Sequence[Checked]) -> None:
    """A form came again: take what it says, unless the person has changed something since it came first."""
    if not checked:
        return
    first = sa.select(sa.func.min(RsvpMove.moved_at)).where(RsvpMove.rsvp_id == rsvp.id).scalar_subquery()
    since = sa.exists().where(Reply.rsvp_id == rsvp.id, Reply.answered_at > first)
    if not db.session.scalar(sa.select(since)):
        revise(rsvp, checked)


def change(rsvp: Rsvp, said: Said) -> None:
    """Say something else, until the edit deadline. Raises EditsOver, NotAllowed, Invalid naming the field."""
    parties.hold(rsvp)
    if rsvp.answer not in STANDING:
        raise moves.NotAllowed
    opening.check_editable(rsvp.event)
    older = {(reply.question_id, reply.guest) for reply, question in of(rsvp) if not is_current(question, reply)}
    put(rsvp, check(said, rsvp.guests, older))


def put(rsvp: Rsvp, checked: Sequence[Checked]) -> None:
    """Make what is kept what was said now; what was not asked now stays."""
    moment, kept = now(), _kept(rsvp)
    new = []
    for each in checked:
        reply = kept.get(each.place)
        if each.value is None:
            if reply is not None and is_current(each.question, reply):
                db.session.delete(reply)
        elif reply is None:
            new.append(each)
        else:
            if (reply.value, reply.asked) != (each.value, each.question.label):
                reply.answered_at = moment
            reply.value, reply.asked = each.value, each.question.label
            reply.shown, reply.keep_days = each.question.shown, each.question.keep_days
    db.session.flush()
    _insert(rsvp, new, moment)


def missing(asked: Sequence[Question], rsvp: Rsvp, said: Collection[Place]) -> list[Place]:
    """Return what the party of `rsvp` must still answer: guests came along, a host added them, or asks more now."""
    every = ((question.id, guest) for question, guest in places(asked, rsvp.guests) if question.required)
    return [place for place in every if place not in said]


def forget(rsvp: Rsvp) -> int:
    """Delete what the party said, at the person's wish; return how many. Any time: it is theirs."""
    return _delete(Reply.rsvp_id == rsvp.id)


def forget_account(account_id: int) -> int:
    """Delete what an account said anywhere, since it is deleted; return how many."""
    return _delete(Reply.rsvp_id.in_(sa.select(Rsvp.id).where(Rsvp.account_id == account_id)))


def delete_old() -> int:
    """Delete some of what has been kept for as long as was promised, or as the host says now if that is shorter.

    Counted from the event's end; at most `AT_ONCE`, return how many.
    """
    moment = now()
    due = [
        sa.and_(
            Event.ends_at <= moment - timedelta(days=days), sa.or_(Reply.keep_days <= days, Question.keep_days <= days)
        )
        for days in KEEP
    ]
    old = (
        sa.select(Reply.id)
        .join(Question, Question.id == Reply.question_id)
        .join(Event, Event.id == Question.event_id)
        .where(Event.ends_at <= moment - timedelta(days=KEEP[0]), sa.or_(*due))
        .limit(AT_ONCE)
    )
    return _delete(Reply.id.in_(old))


def _kept(rsvp: Rsvp) -> dict[Place, Reply]:
    wanted = sa.select(Reply).where(Reply.rsvp_id == rsvp.id).execution_options(populate_existing=True)
    return {(reply.question_id, reply.guest): reply for reply in db.session.scalars(wanted)}


def _differences(rsvp: Rsvp, checked: Sequence[Checked]) -> bool:
    kept = {place: reply.value for place, reply in _kept(rsvp).items()}
    return any(kept.get(each.place) != each.value for each in checked)


def _insert(rsvp: Rsvp, checked: Sequence[Checked], moment: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {
            "rsvp_id": rsvp.id,
            "question_id": each.question.id,
            "guest": each.guest,
            "asked": each.question.label,
            "value": each.value,
            "shown": each.question.shown,
            "keep_days": each.question.keep_days,
            "answered_at": moment,
        }
        for each in checked
    ]
    if rows:
        db.session.execute(sa.insert(_TABLE), rows)


def _delete(which: sa.ColumnElement[bool]) -> int:
    return changed(sa.delete(Reply).where(which).execution_options(synchronize_session=False))
