"""What hosts do about who may not come: give on the places of those who do not say so, or give more places than there are."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.session import member
from organizer.core.time import now

from . import asking, opening, ruling
from .blueprint import bp
from .host_views import hosted, records_of
from .rules import Rules


@bp.get("/events/<string(length=10):key>/guests/silent")
def silent(key: str) -> ResponseReturnValue:
    """Who was asked whether they still come and has not answered; what giving on their places would do."""
    event = hosted(key, member())
    page, asked, rules = asking.silent(event, request.args.get("after", "")), asking.of(event), Rules.of(event)
    return render_template(
        "rsvps/silent.html",
        event=event,
        page=page,
        count=asking.silent_count(event),
        asked=asked,
        rules=rules,
        releases_at=asking.releases_at(rules, event.starts_at, asked.asked_at) if asked else None,
        may_release=opening.closed(event) is None and now() < event.starts_at,
        records=records_of(event, page.items),
    )


@bp.post("/events/<string(length=10):key>/guests/silent")
def release_silent(key: str) -> ResponseReturnValue:
    """Give on the places of those who were ticked and are still silent."""
    account = member()
    released = asking.release(account, hosted(key, account), frozenset(request.form.getlist("guest")))
    if released:
        places = sum(rsvp.places for rsvp in released)
        flash(ngettext("%(num)s place has been given on.", "%(num)s places have been given on.", places))
    else:
        flash(_("No place has been given on: nobody was ticked, or they have answered meanwhile."), "info")
    return redirect(url_for("rsvps.silent", key=key), 303)


@bp.post("/events/<string(length=10):key>/guests/overbooking")
def overbook(key: str) -> ResponseReturnValue:
    """Give more places than there are, or take that back."""
    account, places = member(), request.form.get("places", 0, type=int)
    let_in = len(ruling.overbook(account, hosted(key, account), places))
    if places:
        flash(ngettext("%(num)s place more is given.", "%(num)s places more are given.", places))
    else:
        flash(_("No more places are given than there are. Nobody loses theirs."))
    if let_in:
        flash(ngettext("%(num)s party moved up.", "%(num)s parties moved up.", let_in), "info")
    return redirect(url_for("rsvps.guests", key=key), 303)
