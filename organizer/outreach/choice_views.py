"""Which letters somebody gets: the page of an account, the page behind a private link, and the way out in every letter."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer import settings
from organizer.accounts.session import member
from organizer.core.errors import N_, NotFound
from organizer.web.replay import no_replay
from organizer.web.security import from_anywhere, page_policy

from . import addressees
from .links import addressee_to_choose, addressee_to_stop
from .models import Addressee
from .topics import TOPICS, Choice, Topic, choice_of

bp = Blueprint("mail", __name__)
ONE_CLICK = "List-Unsubscribe"  # the field that mail programs send (RFC 8058 §3.2)


@bp.get("/me/notifications")
def mine() -> ResponseReturnValue:
    """Show what the signed-in account gets."""
    account = member()
    return _page(addressees.of_account(account), account.email, url_for(".keep_mine"))


@bp.post("/me/notifications")
def keep_mine() -> ResponseReturnValue:
    """Keep what the signed-in account wants to get."""
    account = member()
    addressees.choose_for(account, account, request.form)
    flash(_("Saved."))
    return redirect(url_for(".mine"), 303)


@bp.get("/mail/<token>")
def choose(token: str) -> ResponseReturnValue:
    """Show what an address gets, to whoever has one of its letters. Looking changes nothing."""
    addressee = _addressee(token)
    return _page(addressee, addressee.address, url_for(".keep", token=token))


@bp.post("/mail/<token>")
def keep(token: str) -> ResponseReturnValue:
    """Keep what the holder of the address wants to get."""
    addressees.choose(_addressee(token), request.form)
    flash(_("Saved."))
    return redirect(url_for(".choose", token=token), 303)


@bp.get("/mail/<token>/<topic>/unsubscribe")
def stop(token: str, topic: str) -> ResponseReturnValue:
    """Offer to stop letters of one topic. Programs that look at every link change nothing (T26)."""
    return _way_out(*_stoppable(token, topic), token)


@bp.post("/mail/<token>/<topic>/unsubscribe")
@from_anywhere
@no_replay("its answer is a page, as RFC 8058 wants it; to stop letters twice is to stop them")
def stop_now(token: str, topic: str) -> ResponseReturnValue:
    """Stop letters of one topic to one address: one click in a mail program, or the button of the page before.

    Answers with a page and no redirect, as RFC 8058 §3.2 wants it.
    """
    addressee, found = _stoppable(token, topic)
    if "resume" in request.form and ONE_CLICK not in request.form:
        addressees.resume(addressee, found)
    else:
        addressees.stop(addressee, found)
    return _way_out(addressee, found, token)


def _addressee(token: str) -> Addressee:
    page_policy(secret_address=True)
    addressee = addressee_to_choose(token)
    if addressee is None:
        raise NotFound(N_("There is no such page. Please use the link in the newest letter."))
    return addressee


def _stoppable(token: str, name: str) -> tuple[Addressee, Topic]:
    page_policy(secret_address=True)
    found = addressee_to_stop(token, name)
    if found is None:
        raise NotFound(N_("There is no such page. Please use the link in the newest letter."))
    return found


def _page(addressee: Addressee | None, address: str, action: str) -> str:
    choices = addressee.choices if addressee else {}
    return render_template(
        "outreach/choices.html",
        rows=[(topic, choice_of(topic, choices)) for topic in TOPICS if not topic.always],
        always=[topic for topic in TOPICS if topic.always],
        address=address,
        bounced=addressee is not None and addressee.bounced_at is not None,
        action=action,
        chosen=settings.current(),
    )


def _way_out(addressee: Addressee, topic: Topic, token: str) -> str:
    return render_template(
        "outreach/stop.html",
        topic=topic,
        token=token,
        address=addressee.address,
        stopped=choice_of(topic, addressee.choices) is Choice.NEVER,
    )
