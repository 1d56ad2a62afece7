"""What hosts decide about one person, or about all who asked: approve, decline, let in, move up, excuse."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.core.errors import DomainError
from organizer.web.errors import translated

from . import hosting
from .blueprint import bp
from .forms import ReasonForm
from .host_views import guest_of, hosted, person_page
from .models import Rsvp

_NAMED = 12  # people whom a message names


@bp.post("/events/<string(length=10):key>/guests/<guest>/let-in")
def let_in_guest(key: str, guest: str) -> ResponseReturnValue:
    """Give a place to who waits, asked or had left, even past the capacity; with a reason."""
    return _with_reason(
        key, guest, "let-in", lambda account, rsvp, why: hosting.let_in(account, rsvp, why, over_capacity=True)
    )


@bp.post("/events/<string(length=10):key>/guests/<guest>/move-up")
def move_up_guest(key: str, guest: str) -> ResponseReturnValue:
    """Put who waits at the head of the queue; with a reason."""
    return _with_reason(key, guest, "move-up", hosting.move_up)


@bp.post("/events/<string(length=10):key>/guests/<guest>/approve")
def approve_guest(key: str, guest: str) -> ResponseReturnValue:
    """Give a place to who asked, if one is free."""
    account = member()
    _event, rsvp = guest_of(key, guest, account)
    hosting.approve(account, rsvp)
    flash(_("%(name)s is on the list.", name=rsvp.name))
    return redirect(url_for("rsvps.guests", key=key, answer="pending"), 303)


@bp.post("/events/<string(length=10):key>/guests/<guest>/decline")
def decline_guest(key: str, guest: str) -> ResponseReturnValue:
    """Say no to who asked."""
    account = member()
    _event, rsvp = guest_of(key, guest, account)
    hosting.decline(account, rsvp, request.form.get("why", ""))
    flash(_("%(name)s has been told.", name=rsvp.name))
    return redirect(url_for("rsvps.guests", key=key, answer="pending"), 303)


@bp.post("/events/<string(length=10):key>/guests/<guest>/excuse")
def excuse_guest(key: str, guest: str) -> ResponseReturnValue:
    """Do not count a late withdrawal or an absence; with a reason."""
    return _with_reason(key, guest, "excuse", hosting.excuse)


@bp.post("/events/<string(length=10):key>/guests/<guest>/count")
def count_guest(key: str, guest: str) -> ResponseReturnValue:
    """Count it again."""
    account = member()
    _event, rsvp = guest_of(key, guest, account)
    hosting.count_again(account, rsvp)
    flash(_("It counts again."))
    return redirect(url_for("rsvps.guest", key=key, guest=guest), 303)


@bp.post("/events/<string(length=10):key>/guests/approve")
def approve_guests(key: str) -> ResponseReturnValue:
    """Give places to those ticked, or to all who asked, as far as places go; say who is left."""
    account = member()
    chosen = frozenset(request.form.getlist("guest")) if request.form.get("which") == "ticked" else None
    done = hosting.approve_all(account, hosted(key, account), chosen)
    flash(ngettext("%(num)s request approved.", "%(num)s requests approved.", len(done.approved)))
    if done.left:
        flash(_("Not enough places for %(names)s. They still wait for your answer.", names=_names(done.left)), "info")
    return redirect(url_for("rsvps.guests", key=key, answer="pending"), 303)


def _with_reason(key: str, guest: str, name: str, deed: Callable[[Account, Rsvp, str], object]) -> ResponseReturnValue:
    account = member()
    event, rsvp = guest_of(key, guest, account)
    form = ReasonForm()
    if form.validate_on_submit():
        try:
            deed(account, rsvp, form.why.data)
        except DomainError as error:
            form.why.errors = [translated(error)]
        else:
            flash(_("Done. The log keeps your reason."))
            return redirect(url_for("rsvps.guest", key=event.key, guest=guest), 303)
    return person_page(event, rsvp, reason=form, opened=name), 422


def _names(people: tuple[Rsvp, ...]) -> str:
    shown = ", ".join(rsvp.name for rsvp in people[:_NAMED])
    more = len(people) - _NAMED
    return shown if more <= 0 else _("%(names)s and %(count)s more", names=shown, count=more)
