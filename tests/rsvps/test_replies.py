"""What people say to questions: kept with the words and the promise under which it was said, and not for longer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given as given_any
from hypothesis import strategies as st

from organizer.core.errors import Invalid
from organizer.core.ids import is_storable
from organizer.core.time import now
from organizer.events import service as events
from organizer.rsvps import moves, opening, questions, replies, reply_queries, service
from organizer.rsvps.models import Kind, Listing, Question, Rsvp
from organizer.rsvps.questions import QuestionDraft
from organizer.rsvps.replies import Said
from organizer.rsvps.rules import Moment, Rules
from tests.factories import make_account, make_rsvp
from tests.rsvps.asking import NO, YES, ask, hosted_event, kept, replies_of, words
from tests.rsvps.coming import come, numbers

with_database = pytest.mark.usefixtures("session")


@with_database
def test_an_answer_brings_its_replies() -> None:
    event, host = hosted_event()
    text, one = ask(event, host), ask(event, host, "Which?", Kind.CHOICE, per_guest=True)
    several, yes = ask(event, host, "What all?", Kind.SEVERAL), ask(event, host, "Well?", Kind.YES_NO)
    said = {text: " Bread \r\n and  salt ", one: "Wine", (one, 1): "Bread", several: ("Wine", "Bread"), yes: NO}
    rsvp = come(event, guests=1, said=words(event, said))
    values = {(text.id, 0): "Bread\nand salt", (one.id, 0): "Wine", (one.id, 1): "Bread", (yes.id, 0): False}
    assert kept(rsvp) == values | {(several.id, 0): ["Bread", "Wine"]}
    assert {reply.asked for reply in replies_of(rsvp)} == {"What do you bring?", "Which?", "What all?", "Well?"}


@with_database
def test_what_must_be_answered_keeps_the_answer_out_until_it_is() -> None:
    event, host = hosted_event()
    question = ask(event, host, required=True, per_guest=True)
    for said, field in (
        (None, f"q-{question.key}-0"),
        (words(event, {question: "  "}), f"q-{question.key}-0"),
        (words(event, {question: "Bread"}), f"q-{question.key}-1"),
    ):
        with pytest.raises(Invalid) as refused:
            come(event, guests=1, said=said)
        assert refused.value.field == field
    assert numbers(event)[0] == 0
    come(event, guests=1, said=words(event, {question: "Bread", (question, 1): "Wine"}))
    assert numbers(event)[0] == 2


@with_database
@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (Kind.CHOICE, ("Beer",)),
        (Kind.SEVERAL, ("Wine", "Beer")),
        (Kind.YES_NO, ("perhaps",)),
        (Kind.TEXT, ("x" * 501,)),
    ],
)
def test_what_cannot_be_said_names_its_field(kind: Kind, typed: tuple[str, ...]) -> None:
    event, host = hosted_event()
    question = ask(event, host, kind=kind)
    with pytest.raises(Invalid) as refused:
        come(event, said=words(event, {question: typed}))
    assert refused.value.field == f"q-{question.key}-0"


@given_any(st.sampled_from(Kind), st.lists(st.text(max_size=600), max_size=4))
def test_whatever_is_typed_is_clean_or_refused(kind: Kind, typed: list[str]) -> None:
    question = Question(kind=kind, options=["Bread", "Wine"])
    try:
        value = replies.clean(question, typed)
    except Invalid:
        return
    if isinstance(value, str):
        assert value
        assert len(value) <= replies.LONGEST_TEXT
        assert is_storable(value)
        assert replies.clean(question, [value]) == value
    else:
        assert value in (None, True, False, ["Bread"], ["Wine"], ["Bread", "Wine"])


@with_database
def test_a_changed_question_leaves_what_was_said() -> None:
    event, host = hosted_event()
    question = ask(event, host, "Vegan?", Kind.YES_NO)
    rsvp = come(event, said=words(event, {question: YES}))
    questions.change(host, event, question, QuestionDraft(Kind.YES_NO, "Do you eat meat?", required=True))
    (reply,) = replies_of(rsvp)
    assert (reply.asked, reply.value) == ("Vegan?", True)
    assert not replies.is_current(question, reply)
    replies.change(rsvp, words(event, {}))  # an empty field leaves it, and is enough where something must be said
    assert (replies_of(rsvp)[0].asked, kept(rsvp)) == ("Vegan?", {(question.id, 0): True})
    replies.change(rsvp, words(event, {question: NO}))
    assert (replies_of(rsvp)[0].asked, kept(rsvp)) == ("Do you eat meat?", {(question.id, 0): False})
    with pytest.raises(Invalid):
        replies.change(rsvp, words(event, {}))


@with_database
def test_an_option_that_is_gone_stays_said() -> None:
    event, host = hosted_event()
    question = ask(event, host, kind=Kind.CHOICE)
    rsvp = come(event, said=words(event, {question: "Wine"}))
    draft = QuestionDraft(Kind.CHOICE, question.label, options=("Bread", "Salad"))
    questions.change(host, event, question, draft)
    replies.change(rsvp, words(event, {}))
    assert kept(rsvp) == {(question.id, 0): "Wine"}
    with pytest.raises(Invalid):
        replies.change(rsvp, words(event, {question: "Wine"}))


@with_database
def test_what_is_asked_no_more_is_kept_as_it_is() -> None:
    event, host = hosted_event()
    old, new = ask(event, host, "Old"), ask(event, host, "New")
    rsvp = come(event, said=words(event, {old: "a", new: "b"}))
    questions.retire(host, event, old)
    replies.change(rsvp, words(event, {new: ""}))
    assert kept(rsvp) == {(old.id, 0): "a"}


@with_database
def test_a_private_reply_is_never_shown_by_a_later_wish_of_the_host() -> None:
    event, host = hosted_event()
    question = ask(event, host)
    private = come(event, "mira", said=words(event, {question: "Insulin"}))
    questions.change(host, event, question, QuestionDraft(Kind.TEXT, question.label, shown=True))
    come(event, "noor", said=words(event, {question: "Bread"}))
    assert [line.value for line in reply_queries.shown(event, question).items] == ["Bread"]
    replies.change(private, words(event, {question: "Insulin"}))  # seen with the new promise, and sent again
    assert {line.value for line in reply_queries.shown(event, question).items} == {"Bread", "Insulin"}
    assert {line.value for line in reply_queries.lines(question, everybody=True).items} == {"Bread", "Insulin"}


@with_database
def test_others_see_only_those_who_come_and_as_they_are_listed() -> None:
    event, host = hosted_event()
    question = ask(event, host, shown=True, per_guest=True)
    for name, listing in (("ana lee", Listing.NAME), ("bo may", Listing.FIRST_NAME), ("cy fox", Listing.HIDDEN)):
        mail = name.replace(" ", "")
        come(event, name, email=f"{mail}@example.org", listing=listing, said=words(event, {question: f"by {name}"}))
    service.cancel(come(event, "gone", said=words(event, {question: "by gone"})))
    with_guest = come(event, "guest", guests=1, said=words(event, {(question, 1): "of a guest"}))
    service.change_guests(with_guest, 0)
    seen = {line.value: (line.face.name, line.key) for line in reply_queries.shown(event, question).items}
    assert seen == {"by ana lee": ("Ana Lee", ""), "by bo may": ("Bo", ""), "by cy fox": ("", "")}
    event.rsvp_rules = event.rsvp_rules | {"hides_counts": True}
    assert {line.face.name for line in reply_queries.shown(event, question).items} == {""}


@with_database
def test_replies_may_be_changed_until_the_deadline() -> None:
    event, host = hosted_event()
    question = ask(event, host, per_guest=True)
    rsvp = come(event, guests=1, said=words(event, {question: "Bread", (question, 1): "Wine"}))
    replies.change(rsvp, words(event, {question: "Salad"}))
    assert kept(rsvp) == {(question.id, 0): "Salad"}
    event.rsvp_rules = Rules(asks=True, edits=Moment(before=timedelta(days=30))).stored()
    with pytest.raises(opening.EditsOver):
        replies.change(rsvp, words(event, {question: "Bread"}))
    assert replies.forget(rsvp) == 1  # taking back is always possible


@with_database
def test_who_left_says_nothing_new_and_finds_the_old_on_coming_back() -> None:
    event, host = hosted_event()
    question = ask(event, host)
    rsvp = come(event, said=words(event, {question: "Bread"}))
    service.cancel(rsvp)
    with pytest.raises(moves.NotAllowed):
        replies.change(rsvp, words(event, {question: "Wine"}))
    service.rejoin(rsvp)
    assert kept(rsvp) == {(question.id, 0): "Bread"}
    events.cancel(host, event, "rain")
    with pytest.raises(opening.CalledOff):
        replies.change(rsvp, words(event, {question: "Wine"}))


@with_database
def test_guests_who_stay_at_home_are_counted_no_more_and_asked_when_they_come() -> None:
    event, host = hosted_event()
    question = ask(event, host, kind=Kind.CHOICE, per_guest=True, required=True)
    said = {question: "Bread", (question, 1): "Wine", (question, 2): "Wine"}
    rsvp = come(event, guests=2, said=words(event, said))
    assert reply_queries.sums(event)[question.id].counts[question.label] == {"Bread": 1, "Wine": 2}
    service.change_guests(rsvp, 1)
    assert reply_queries.sums(event)[question.id].counts[question.label] == {"Bread": 1, "Wine": 1}
    assert len(replies_of(rsvp)) == 2
    service.change_guests(rsvp, 2)
    assert len(replies_of(rsvp)) == 3
    late = make_rsvp(event, guests=1)
    assert replies.missing(questions.asked(event), late, set()) == [(question.id, 0), (question.id, 1)]


@with_database
def test_a_form_that_comes_twice_changes_what_it_says_until_the_person_has_changed_it() -> None:
    event, host = hosted_event()
    question = ask(event, host)

    def send(text: str) -> Rsvp:
        return come(event, once="s" * 32, said=words(event, {question: text}))

    rsvp = send("Bread")
    send("Bread")
    assert kept(rsvp) == {(question.id, 0): "Bread"}
    send("Wine")  # back, and something else in the same form
    assert kept(rsvp) == {(question.id, 0): "Wine"}
    replies.change(rsvp, words(event, {question: "Salad"}))
    send("Bread")  # a request that was long under way
    assert kept(rsvp) == {(question.id, 0): "Salad"}
    come(event, said=words(event, {question: "Evil"}))  # no proof at all
    assert kept(rsvp) == {(question.id, 0): "Salad"}


@with_database
def test_an_account_that_answers_again_says_it_again() -> None:
    event, host = hosted_event()
    question, person = ask(event, host), make_account()
    rsvp = come(event, person, said=words(event, {question: "Bread"}))
    come(event, person, said=words(event, {question: "Wine"}))
    assert kept(rsvp) == {(question.id, 0): "Wine"}
    service.cancel(rsvp)
    come(event, person, said=words(event, {question: "Salad"}))
    assert kept(rsvp) == {(question.id, 0): "Salad"}


@with_database
def test_without_questions_nothing_is_read_and_old_forms_do_no_harm() -> None:
    event, host = hosted_event()
    question = ask(event, host, required=True)
    said = words(event, {question: "Bread"})
    questions.retire(host, event, question)
    rsvp = come(event, said=said)  # the form was open while the host thought better of it
    assert kept(rsvp) == {(question.id, 0): "Bread"}
    assert come(event, "noor").places == 1
    assert come(event, "ana", said=Said([])).places == 1


@with_database
def test_what_was_said_in_the_moment_of_the_answer_was_said_at_first() -> None:
    with time_machine.travel(now(), tick=False):
        event, host = hosted_event()
        question = ask(event, host)
        rsvp = come(event, once="s" * 32, said=words(event, {question: "Bread"}))
        come(event, once="s" * 32, said=words(event, {question: "Wine"}))
    assert kept(rsvp) == {(question.id, 0): "Wine"}
