"""What hosts do with an event that people count on: tell them of a move that was held back, let it happen after all."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.session import actor, member
from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.web.chrome import event_url

from . import service, telling
from .host_views import hosted
from .models import State
from .routes import bp
from .telling_forms import TellForm


@bp.route("/events/<string(length=10):key>/tell", methods=["GET", "POST"])
def tell(key: str) -> ResponseReturnValue:
    """Tell those who come of a new time or place that was held back."""
    event, form = hosted(key, Action.EDIT_EVENT), TellForm()
    held = telling.held(event)
    if held is None and request.method == "GET":
        flash(_(telling.NothingToTell.message), "info")
        return redirect(event_url(event), 303)
    if form.validate_on_submit():
        telling.tell(member(), event, form.word.data or "")
        told = held.people if held else 0
        flash(ngettext("%(num)s person is being told.", "%(num)s people are being told.", told))
        return redirect(event_url(event), 303)
    context = {"event": event, "community": event.community, "held": held, "is_at": telling.promised(event)[4]}
    page = render_template("events/tell.html", form=form, **context)
    return page, 422 if form.errors else 200


@bp.route("/events/<string(length=10):key>/restore", methods=["GET", "POST"])
def restore(key: str) -> ResponseReturnValue:
    """Let a cancelled event take place after all, once it is known how many will be told."""
    event = hosted(key, Action.CANCEL_EVENT)
    told = telling.count(event)
    if request.method == "POST":
        service.restore(member(), event)
        flash(
            _("It takes place after all. Everybody who was coming is being told.")
            if told
            else _("It takes place after all.")
        )
        return redirect(event_url(event), 303)
    if event.state != State.CANCELLED:
        return redirect(event_url(event), 303)
    return render_template("events/restore.html", event=event, community=event.community, told=told)


@fills("guest_list_notes", order=10)
def held_note(event: Any, **_more: object) -> str:
    """On the hosts' list of an event: who does not know yet that it was moved."""
    if not may(actor(), Action.EDIT_EVENT, event) or (held := telling.held(event)) is None:
        return ""
    return render_template("events/_held.html", event=event, held=held)
