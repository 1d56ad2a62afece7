"""What hosts ask: write, change, order, stop asking."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from hypothesis import given as given_any
from hypothesis import strategies as st

from organizer.core.db import db
from organizer.core.errors import Forbidden, Invalid, NotFound
from organizer.core.time import now
from organizer.events import service as events
from organizer.rsvps import jobs, questions, replies
from organizer.rsvps.models import Kind, Question
from organizer.rsvps.questions import QuestionDraft, TooManyQuestions
from organizer.rsvps.rules import Mode, Rules
from tests.factories import make_account, make_event
from tests.rsvps.asking import ask, hosted_event, words
from tests.rsvps.coming import come


def labels(event_questions: list[Question]) -> list[str]:
    return [question.label for question in event_questions]


@pytest.mark.usefixtures("session")
def test_the_rules_know_whether_anything_is_asked() -> None:
    event, host = hosted_event(rsvp_rules={"mode": "approval"})
    version = event.version
    assert questions.asked(event) == []
    question = ask(event, host)
    assert Rules.of(event) == Rules(mode=Mode.APPROVAL, asks=True)
    assert event.version > version
    assert labels(questions.asked(event)) == ["What do you bring?"]
    questions.retire(host, event, question)
    assert Rules.of(event) == Rules(mode=Mode.APPROVAL)
    questions.ask_again(host, event, question)
    assert Rules.of(event).asks


@pytest.mark.usefixtures("session")
def test_only_hosts_ask() -> None:
    event, host = hosted_event()
    question, stranger = ask(event, host), make_account()
    draft = QuestionDraft(Kind.TEXT, "Why?")
    for deed in (
        lambda: questions.add(stranger, event, draft),
        lambda: questions.change(stranger, event, question, draft),
        lambda: questions.move(stranger, event, question, up=True),
        lambda: questions.retire(stranger, event, question),
        lambda: questions.ask_again(stranger, event, question),
    ):
        with pytest.raises(Forbidden):
            deed()


@pytest.mark.usefixtures("session")
def test_a_question_belongs_to_its_event() -> None:
    event, host = hosted_event()
    question = ask(event, host)
    assert questions.get(event, question.key) is question
    for key in ("", "0123456789", "x" * 200, "\0"):
        with pytest.raises(NotFound):
            questions.get(event, key)
    with pytest.raises(NotFound):
        questions.get(make_event(), question.key)


@pytest.mark.usefixtures("session")
def test_order_is_changed_step_by_step() -> None:
    event, host = hosted_event()
    a, b, c = (ask(event, host, label) for label in "abc")
    questions.move(host, event, c, up=True)
    assert labels(questions.asked(event)) == ["a", "c", "b"]
    questions.move(host, event, a, up=True)
    questions.move(host, event, b, up=False)
    assert labels(questions.asked(event)) == ["a", "c", "b"]
    questions.retire(host, event, c)
    questions.move(host, event, c, up=True)
    questions.move(host, event, a, up=False)
    assert labels(questions.all_of(event)) == ["b", "a", "c"]
    questions.ask_again(host, event, c)
    assert labels(questions.asked(event)) == ["b", "a", "c"]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (QuestionDraft(Kind.TEXT, "  \n "), "label"),
        (QuestionDraft(Kind.TEXT, "x" * 201), "label"),
        (QuestionDraft(Kind.TEXT, "x", help="x" * 301), "help"),
        (QuestionDraft(Kind.TEXT, "x", keep_days=10), "keep_days"),
        (QuestionDraft(Kind.TEXT, "x", keep_days=0), "keep_days"),
        (QuestionDraft(Kind.CHOICE, "x"), "options"),
        (QuestionDraft(Kind.CHOICE, "x", options=("Wine", " wine ", "")), "options"),
        (QuestionDraft(Kind.SEVERAL, "x", options=tuple(string.ascii_lowercase[:21])), "options"),
        (QuestionDraft(Kind.SEVERAL, "x", options=("a", "b" * 101)), "options"),
    ],
)
def test_what_cannot_be_asked_names_its_field(draft: QuestionDraft, field: str) -> None:
    event, host = hosted_event()
    good = ask(event, host)
    with pytest.raises(Invalid) as refused:
        questions.add(host, event, draft)
    assert refused.value.field == field
    with pytest.raises(Invalid) as refused:
        questions.change(host, event, good, draft)
    assert refused.value.field == field
    assert labels(questions.asked(event)) == ["What do you bring?"]


@given_any(st.lists(st.text(max_size=110), max_size=25))
def test_options_are_clean_or_refused(typed: list[str]) -> None:
    try:
        options = questions._options(tuple(typed))
    except Invalid:
        return
    assert 2 <= len(options) <= questions.MOST_OPTIONS
    assert len({option.casefold() for option in options}) == len(options)
    assert all(option == " ".join(option.split()) and 1 <= len(option) <= 100 for option in options)
    assert questions._options(options) == options


@pytest.mark.usefixtures("session")
def test_twenty_are_enough() -> None:
    event, host = hosted_event()
    first, *_rest = [ask(event, host, f"Question {number}") for number in range(questions.MOST)]
    with pytest.raises(TooManyQuestions):
        ask(event, host, "One more")
    questions.retire(host, event, first)
    ask(event, host, "One more")
    with pytest.raises(TooManyQuestions):
        questions.ask_again(host, event, first)


@pytest.mark.usefixtures("session")
def test_how_it_is_answered_stays_once_somebody_has() -> None:
    event, host = hosted_event()
    question = ask(event, host)
    draft = QuestionDraft(Kind.TEXT, "What do you bring along?")
    questions.change(host, event, question, replace(draft, kind=Kind.YES_NO))
    questions.change(host, event, question, draft)
    come(event, said=words(event, {question: "Bread"}))
    with pytest.raises(Invalid) as refused:
        questions.change(host, event, question, replace(draft, kind=Kind.YES_NO))
    assert refused.value.field == "kind"
    questions.change(host, event, question, replace(draft, label="What else?", required=True))
    assert (question.label, question.required, question.kind) == ("What else?", True, Kind.TEXT)


@pytest.mark.usefixtures("session")
def test_a_duplicate_asks_the_same_and_knows_no_replies() -> None:
    event, host = hosted_event()
    old, bring = ask(event, host, "Old"), ask(event, host, kind=Kind.SEVERAL, shown=True, per_guest=True, keep_days=7)
    questions.retire(host, event, old)
    come(event, said=words(event, {bring: ("Wine", "Bread")}))
    duplicate = events.duplicate(host, event)
    (same,) = questions.asked(duplicate)
    assert (same.label, same.kind, same.options) == ("What do you bring?", Kind.SEVERAL, ["Bread", "Wine", "Salad"])
    assert (same.shown, same.per_guest, same.required, same.keep_days) == (True, True, False, 7)
    assert same.key != bring.key
    assert not questions.is_answered(same)
    questions.retire(host, event, bring)
    assert not Rules.of(events.duplicate(host, event)).asks


@pytest.mark.usefixtures("session")
def test_what_is_asked_no_more_goes_when_nothing_was_said() -> None:
    event, host = hosted_event()
    answered, unanswered, open_one = (ask(event, host, label) for label in ("answered", "unanswered", "open"))
    rsvp = come(event, said=words(event, {answered: "Yes"}))
    for question in (answered, unanswered):
        questions.retire(host, event, question)
    assert questions.sweep() == 0  # who stopped asking by mistake can ask again
    with time_machine.travel(now() + timedelta(days=2), tick=False):
        assert questions.sweep() == 1
        assert questions.all_of(event) == [open_one, answered]
        replies.forget(rsvp)
        db.session.commit()
        jobs.delete_replies()
        assert questions.all_of(event) == [open_one]
