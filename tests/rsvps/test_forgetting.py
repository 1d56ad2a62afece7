"""Replies are kept as long as was promised, and not for longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from organizer.core.db import db
from organizer.events.models import Event
from organizer.rsvps import jobs, owning, questions, replies
from organizer.rsvps.models import Kind, Question, Reply
from organizer.rsvps.questions import QuestionDraft
from tests.factories import make_account
from tests.rsvps.asking import ask, hosted_event, kept, words
from tests.rsvps.coming import come

pytestmark = pytest.mark.usefixtures("session")


def _days_after(event: Event, days: float) -> time_machine.travel:
    return time_machine.travel(event.ends_at + timedelta(days=days), tick=False)


def test_replies_go_when_their_time_has_come() -> None:
    event, host = hosted_event()
    short, long = ask(event, host, "short", keep_days=14), ask(event, host, "long", keep_days=90)
    rsvp = come(event, said=words(event, {short: "a", long: "b"}))
    db.session.commit()
    for days, left in ((13.9, {"a", "b"}), (14, {"b"}), (89.9, {"b"}), (90, set())):
        with _days_after(event, days):
            jobs.delete_replies()
        assert set(kept(rsvp).values()) == left
    assert db.session.scalar(sa.select(sa.func.count(Question.id))) == 2


def test_a_host_may_keep_replies_shorter_than_promised_but_not_longer() -> None:
    event, host = hosted_event()
    shorter, longer = ask(event, host, "a", keep_days=90), ask(event, host, "b", keep_days=7)
    rsvp = come(event, said=words(event, {shorter: "a", longer: "b"}))
    for question, days in ((shorter, 30), (longer, 365)):
        questions.change(host, event, question, replace(QuestionDraft(Kind.TEXT, question.label), keep_days=days))
    db.session.commit()
    for days, left in ((6, {"a", "b"}), (7, {"a"}), (30, set())):
        with _days_after(event, days):
            jobs.delete_replies()
        assert set(kept(rsvp).values()) == left


def test_old_replies_are_deleted_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    event, host = hosted_event()
    question = ask(event, host)
    for number in range(7):
        come(event, f"p{number}", said=words(event, {question: "Bread"}))
    db.session.commit()
    monkeypatch.setattr(replies, "AT_ONCE", 3)
    with _days_after(event, 31):
        assert jobs.delete_replies() == 7
    assert db.session.scalar(sa.select(sa.func.count(Reply.id))) == 0


def test_who_deletes_the_account_takes_the_replies_along() -> None:
    event, host = hosted_event()
    question, person = ask(event, host), make_account()
    own = come(event, person, said=words(event, {question: "Bread"}))
    other = come(event, "noor", said=words(event, {question: "Wine"}))
    owning.forget_account(person.id)
    assert (kept(own), kept(other)) == ({}, {(question.id, 0): "Wine"})
