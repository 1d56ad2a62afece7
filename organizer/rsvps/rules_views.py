"""The page where hosts say who may answer, when, and how the queue moves."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.session import member
from organizer.core.access import Action, require
from organizer.core.errors import Invalid
from organizer.events.models import Event

from . import queries, ruling
from .blueprint import bp
from .forms import blame
from .host_views import hosted
from .rules import Rules
from .rules_forms import RulesForm


@bp.get("/events/<string(length=10):key>/rules")
def rules(key: str) -> ResponseReturnValue:
    """The rules of today."""
    event = _ruled(key)
    return _page(event, RulesForm.of(Rules.of(event)))


@bp.post("/events/<string(length=10):key>/rules")
def change_rules(key: str) -> ResponseReturnValue:
    """Take answers by other rules from now on."""
    event, form = _ruled(key), RulesForm()
    if form.validate_on_submit():
        try:
            ruling.change(member(), event, form.rules())
        except Invalid as error:
            blame(form, error)
        else:
            flash(_("Saved. These rules hold from now on."))
            return redirect(url_for("rsvps.rules", key=key), 303)
    return _page(event, form), 422


def _ruled(key: str) -> Event:
    event = hosted(key, member())
    require(member(), Action.EDIT_EVENT, event)
    return event


def _page(event: Event, form: RulesForm) -> str:
    counts = queries.counts(event)
    return render_template("rsvps/rules.html", event=event, form=form, pending=counts.get("pending", (0, 0))[0])
