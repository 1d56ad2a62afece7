"""Answering an event: the form, for who is signed in and for strangers with a phone."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from limits import parse

from organizer.accounts.models import Account
from organizer.accounts.session import actor
from organizer.core.access import Action, may
from organizer.core.errors import Invalid, NotFound, TooMany
from organizer.events import service as events
from organizer.events.models import Event, State
from organizer.web.chrome import has_session
from organizer.web.errors import translated
from organizer.web.i18n import locale_code
from organizer.web.replay import no_replay
from organizer.web.security import limiter

from . import (
    admission,
    asking_views,
    deciding_views,
    host_views,
    invitation_views,
    opening,
    own_views,
    panels,
    queries,
    question_views,
    reply_views,
    rules_views,
    service,
)
from .blueprint import bp
from .forms import AnswerForm, blame
from .links import manage_token

blueprints = (bp,)
_WRONG_WORDS = parse("10 per hour")
__all__ = [
    "asking_views",
    "blueprints",
    "deciding_views",
    "host_views",
    "invitation_views",
    "own_views",
    "panels",
    "question_views",
    "reply_views",
    "rules_views",
]


@bp.get("/events/<string(length=10):key>/rsvp")
def new(key: str) -> ResponseReturnValue:
    """Ask who comes. Who has answered already is led to their answer."""
    account, event = actor(), _event(key, actor(), hidden_too=True)
    known = queries.own(account, event)
    if known is not None:
        return redirect(url_for("rsvps.manage", token=manage_token(known)), 303)
    refused = opening.refusal(account, event) or admission.refusal(account, event)
    if refused is not None:
        page = render_template("rsvps/closed.html", event=event, message=translated(refused), status=refused.status)
        return page, refused.status
    return _form(event, AnswerForm(account))


@bp.post("/events/<string(length=10):key>/rsvp")
@limiter.limit("60 per minute; 600 per hour")
@no_replay("the form has a key of its own, `once`, kept with the answer for ever")
def answer(key: str) -> ResponseReturnValue:
    """Answer, and show what now is true: to a stranger at the private address, or that a letter is on its way."""
    account = actor() if has_session() else None
    form = AnswerForm(account)
    if request.form.get("website2"):  # a field that people never see
        return redirect(url_for("rsvps.sent", key=key), 303)
    is_good = form.validate_on_submit()  # before the first statement: from there on others wait for us
    event = _visible(events.get_to_answer(key), account, hidden_too=bool(form.entry().invitation))
    asked = form.ask(event)
    if asked.validate() and is_good:
        typed = form.answer()
        try:
            rsvp = service.answer(account, event, locale=locale_code(), said=asked.said(), **typed)
        except Invalid as error:
            _note_wrong_word(error)
            blame(form, error)
        else:
            if service.proves(rsvp, account, typed["once"]):
                return redirect(url_for("rsvps.manage", token=manage_token(rsvp)), 303)
            return redirect(url_for("rsvps.sent", key=key), 303)
    return _form(events.get(key), form), 422


@bp.get("/events/<string(length=10):key>/rsvp/sent")
def sent(key: str) -> ResponseReturnValue:
    """Say that a letter is on its way; the same for every address."""
    return render_template("rsvps/sent.html", event=_event(key, actor()))


def _event(key: str, account: Account | None, *, hidden_too: bool = False) -> Event:
    """The event with all that pages show of it, if this visitor may know of it."""
    return _visible(events.get(key), account, hidden_too=hidden_too)


def _visible(event: Event, account: Account | None, *, hidden_too: bool) -> Event:
    """The event, if this visitor may know of it: a draft is known to its hosts only, others perhaps to members.

    `hidden_too`: the caller asks `opening.refusal` and shows nothing of the event to those whom it turns away.
    """
    if event.state == State.DRAFT and not may(account, Action.SEE_EVENT, event):
        raise NotFound
    if not hidden_too and (refused := opening.hidden(account, event)) is not None:
        raise refused
    return event


def _form(event: Event, form: AnswerForm) -> str:
    return render_template("rsvps/new.html", **invitation_views.form_values(event, form), invited=None)


def _note_wrong_word(error: Invalid) -> None:
    """Slow down who guesses the word of an event."""
    if error.field == "code" and limiter.enabled and not limiter.limiter.hit(_WRONG_WORDS, request.remote_addr or ""):
        raise TooMany(retry_after=3600)
