"""Messages from hosts: write, look at the letter, send; and the record of what was sent."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.core.access import Action, require
from organizer.core.errors import N_, Invalid, NotFound, TooMany
from organizer.events import service as events
from organizer.events.models import Event
from organizer.web.errors import translated
from organizer.web.i18n import locale_code

from . import audiences, letters, messages, samples
from .letter_forms import AUDIENCES, MessageForm
from .models import Audience, HostMessage
from .showing import Scheme, as_page
from .transport import Composed

bp = Blueprint("messages", __name__, url_prefix="/events/<string(length=10):key>/messages")


@bp.get("")
def index(key: str) -> ResponseReturnValue:
    """What was sent so far, and a form to write more; `draft` names one's own draft to go on with."""
    event, account = _event(key)
    draft = messages.find(account, event, request.args["draft"]) if request.args.get("draft") else None
    form = MessageForm(audiences.counts(event.id), formdata=None, obj=draft)
    form.audience.data = str(draft.audience) if draft else str(Audience.GOING)
    form.message.data = draft.key if draft else ""
    return _page(event, form)


@bp.post("")
def write(key: str) -> ResponseReturnValue:
    """Keep a draft and show its letter."""
    event, account = _event(key)
    form = MessageForm(audiences.counts(event.id))
    if not form.validate_on_submit():
        return _page(event, form), 422
    try:
        if form.to is None:
            raise Invalid(N_("Whom do you want to write to?"), "audience")
        draft = messages.write(
            account, event, form.to, form.subject.data or "", form.text.data or "", form.message.data or ""
        )
    except Invalid as error:
        form[error.field or "text"].errors = [translated(error)]
        return _page(event, form), 422
    return redirect(url_for(".show", key=key, message=draft.key), 303)


@bp.get("/<message>")
def show(key: str, message: str) -> ResponseReturnValue:
    """The letter as it will go out, or went, and how many get it."""
    event, account = _event(key)
    return _letter(event, messages.find(account, event, message))


@bp.get("/<message>/html")
def html(key: str, message: str) -> ResponseReturnValue:
    """The letter as a mail program shows it."""
    event, account = _event(key)
    wanted = request.args.get("scheme", "")
    scheme = Scheme(wanted) if wanted in set(Scheme) else Scheme.OPEN
    return as_page(_composed(event, messages.find(account, event, message)), scheme)


@bp.post("/<message>/send")
def send(key: str, message: str) -> ResponseReturnValue:
    """Send it, once."""
    event, account = _event(key)
    try:
        messages.send(account, event, message)
    except (Invalid, TooMany) as error:
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
        return _letter(event, messages.find(account, event, message), translated(error)), error.status, headers
    flash(_("Your message is on its way."))
    return redirect(url_for(".index", key=key), 303)


def _event(key: str) -> tuple[Event, Account]:
    account, event = member(), events.get(key)
    require(account, Action.MESSAGE_GUESTS, event)
    return event, account


def _composed(event: Event, message: HostMessage) -> Composed:
    answers = audiences.ANSWERS.get(message.audience, audiences.ANSWERS[Audience.PENDING])
    sheet = samples.sheet_about(event, "host_message", locale_code(), answers[0], {"message": message.id})
    composed = letters.compose(sheet)
    if composed is None:
        raise NotFound
    return composed


def _letter(event: Event, message: HostMessage, refusal: str = "") -> str:
    return render_template(
        "outreach/message.html",
        event=event,
        message=message,
        composed=_composed(event, message),
        count=message.recipients if message.sent_at else audiences.counts(event.id)[message.audience],
        to=AUDIENCES[message.audience],
        refusal=refusal,
    )


def _page(event: Event, form: MessageForm) -> str:
    return render_template(
        "outreach/messages.html",
        event=event,
        form=form,
        page=messages.sent(event, request.args.get("after", "")),
        first_page="after" not in request.args,
        audiences=AUDIENCES,
        free_at=messages.free_at(event),
        longest=(messages.LONGEST_SUBJECT, messages.LONGEST_TEXT),
    )
