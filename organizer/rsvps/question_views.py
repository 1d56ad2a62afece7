"""The hosts' questions: write, change, order, stop asking; and what was said to each."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.core.access import Action, require
from organizer.core.errors import Invalid
from organizer.events.models import Event

from . import questions, reply_queries
from .blueprint import bp
from .forms import blame
from .host_views import hosted
from .models import Kind, Question
from .question_forms import QuestionForm, kind_word, suggestions
from .reply_queries import Sum
from .words import reply_words

Chart = tuple[
    str, list[tuple[str, int]]
]  # in which words it was asked ("": those of today), and how often each was said


@bp.get("/events/<string(length=10):key>/questions")
def questions_of(key: str) -> ResponseReturnValue:
    """What is asked, in order, and what those who come said."""
    return _all(hosted(key, member()), QuestionForm(formdata=None))


@bp.post("/events/<string(length=10):key>/questions")
def add_question(key: str) -> ResponseReturnValue:
    """Ask one more: one of those suggested, or one's own."""
    account = member()
    event, form = _asking(key, account), QuestionForm()
    draft = suggestions(event).get(request.form.get("suggestion", ""))
    if draft is None and form.validate_on_submit():
        draft = form.draft()
    if draft is not None:
        try:
            questions.add(account, event, draft)
        except (Invalid, questions.TooManyQuestions) as error:
            blame(form, error)
        else:
            flash(_("From now on this is asked."))
            return _back(key)
    return _all(event, form), 422


@bp.get("/events/<string(length=10):key>/questions/<question>")
def question(key: str, question: str) -> ResponseReturnValue:
    """One question: what everybody said, and the form to change it."""
    event = hosted(key, member())
    asked = questions.get(event, question)
    return _one(event, asked, QuestionForm(asked, formdata=None))


@bp.post("/events/<string(length=10):key>/questions/<question>")
def change_question(key: str, question: str) -> ResponseReturnValue:
    """Ask it in other words, of others, or under another promise."""
    account = member()
    event = _asking(key, account)
    asked = questions.get(event, question)
    form = QuestionForm(asked)
    if form.validate_on_submit():
        try:
            questions.change(account, event, asked, form.draft())
        except Invalid as error:
            blame(form, error)
        else:
            flash(_("Saved."))
            return redirect(url_for("rsvps.question", key=key, question=question), 303)
    return _one(event, asked, form), 422


@bp.post("/events/<string(length=10):key>/questions/<question>/move")
def move_question(key: str, question: str) -> ResponseReturnValue:
    """Ask it earlier or later than the one beside it."""
    account = member()
    event = _asking(key, account)
    questions.move(account, event, questions.get(event, question), up=request.form.get("to") == "up")
    return _back(key, question)


@bp.post("/events/<string(length=10):key>/questions/<question>/retire")
def retire_question(key: str, question: str) -> ResponseReturnValue:
    """Stop asking it."""
    account = member()
    event = _asking(key, account)
    questions.retire(account, event, questions.get(event, question))
    flash(_("This is not asked any more. What was said stays until its time."))
    return _back(key)


@bp.post("/events/<string(length=10):key>/questions/<question>/again")
def ask_question_again(key: str, question: str) -> ResponseReturnValue:
    """Ask one again that was not asked any more."""
    account = member()
    event = _asking(key, account)
    questions.ask_again(account, event, questions.get(event, question))
    flash(_("From now on this is asked."))
    return _back(key)


def _asking(key: str, account: Account) -> Event:
    event = hosted(key, account)
    require(account, Action.EDIT_EVENT, event)
    return event


def _back(key: str, question: str = "") -> ResponseReturnValue:
    return redirect(url_for("rsvps.questions_of", key=key, _anchor=question or None), 303)


def _all(event: Event, form: QuestionForm) -> str:
    known, sums = questions.all_of(event), reply_queries.sums(event)
    labels = {question.label for question in known}
    return render_template(
        "rsvps/questions.html",
        event=event,
        asked=[question for question in known if question.retired_at is None],
        retired=[question for question in known if question.retired_at is not None],
        counts={id_: found.replies for id_, found in sums.items()},
        charts={question.id: _charts(question, sums[question.id]) for question in known if question.id in sums},
        suggested={name: draft for name, draft in suggestions(event).items() if draft.label not in labels},
        most=questions.MOST,
        form=form,
        kind_word=kind_word,
    )


def _one(event: Event, question: Question, form: QuestionForm) -> str:
    everybody = request.args.get("who") == "all"
    found = reply_queries.sums(event, question).get(question.id, Sum())
    return render_template(
        "rsvps/question.html",
        event=event,
        question=question,
        charts=_charts(question, found) if found.replies else [],
        page=reply_queries.lines(question, everybody=everybody, cursor=request.args.get("after", "")),
        everybody=everybody,
        form=form,
        kind_word=kind_word,
        reply_words=reply_words,
    )


def _charts(question: Question, found: Sum) -> list[Chart]:
    """How often each thing was said: what may be chosen now in its order, then the rest; older words by themselves."""
    if question.kind is Kind.TEXT:
        return []
    now: list[str | bool] = [True, False] if question.kind is Kind.YES_NO else list(question.options)
    drawn = []
    for words in sorted(found.counts, key=lambda words: words != question.label):
        counts = found.counts[words]
        listed = [*now, *(said for said, _count in counts.most_common() if said not in now)]
        chosen = listed if words == question.label else [said for said in listed if counts[said]]
        points = [(said if isinstance(said, str) else reply_words(said), counts[said]) for said in chosen]
        drawn.append(("" if words == question.label else words, points))
    return drawn
