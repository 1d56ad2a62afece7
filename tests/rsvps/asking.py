"""Short ways to ask and to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events import service as events
from organizer.events.models import Event
from organizer.rsvps import questions, replies
from organizer.rsvps.models import Kind, Question, Reply, Rsvp
from organizer.rsvps.questions import QuestionDraft
from organizer.rsvps.replies import Said
from tests.factories import make_account, make_community, make_event

YES, NO = ("yes",), ("no",)


def hosted_event(**given: Any) -> tuple[Event, Account]:
    host = make_account(name="Hosting Hana")
    return make_event(make_community(host), host, **given), host


def ask(
    event: Event, host: Account, label: str = "What do you bring?", kind: Kind = Kind.TEXT, **more: Any
) -> Question:
    if kind in questions.WITH_OPTIONS:
        more.setdefault("options", ("Bread", "Wine", "Salad"))
    return questions.add(host, event, QuestionDraft(kind, label, **more))


def words(event: Event, said: Mapping[Question | tuple[Question, int], str | tuple[str, ...]]) -> Said:
    """What somebody types: texts by question, or by question and guest."""
    typed = {}
    for about, texts in said.items():
        question, guest = about if isinstance(about, tuple) else (about, 0)
        typed[question.id, guest] = (texts,) if isinstance(texts, str) else texts
    return Said(questions.asked(event), typed)


def kept(rsvp: Rsvp) -> dict[tuple[int, int], Any]:
    """What is kept of a party: the values by question and guest, whoever comes along."""
    db.session.flush()
    wanted = sa.select(Reply).where(Reply.rsvp_id == rsvp.id).execution_options(populate_existing=True)
    return {(reply.question_id, reply.guest): reply.value for reply in db.session.scalars(wanted)}


def replies_of(rsvp: Rsvp) -> list[Reply]:
    return [reply for reply, _question in replies.of(rsvp)]


def found(question_key: str) -> tuple[Question, Event]:
    """The question with this key, and its event."""
    question = db.session.scalars(sa.select(Question).where(Question.key == question_key)).one()
    event_key = db.session.scalars(sa.select(Event.key).where(Event.id == question.event_id)).one()
    return question, events.get(event_key)
