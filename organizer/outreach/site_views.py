"""`/site/letters`: what became of letters, for the owner of the installation. Who and when, never what they say."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.addresses import BadAddress, normalised
from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.communities.site import SITE
from organizer.core.access import Action, require

from . import addressees, queries, service
from .models import LetterState
from .topics import topic_of
from .words import clock, state_note, state_word

bp = Blueprint("outgoing", __name__, url_prefix="/site/letters")


@bp.get("")
def index() -> ResponseReturnValue:
    """List letters, by state and by address."""
    _owner()
    wanted, search = request.args.get("state", ""), request.args.get("address", "").strip()
    state = LetterState(wanted) if wanted in set(LetterState) else None
    address = _spelled(search)
    return render_template(
        "outreach/site.html",
        counts=queries.counts(queries.MOST),
        most=queries.MOST,
        page=queries.letters(state, address, request.args.get("after", "")),
        state=state,
        states=list(LetterState),
        search=search,
        addressee=addressees.known([address]).get(address) if address else None,
        resendable=service.RESENDABLE,
        topic_of=topic_of,
        state_word=state_word,
        state_note=state_note,
        clock=clock,
    )


@bp.post("/<int:letter_id>/resend")
def resend(letter_id: int) -> ResponseReturnValue:
    """Send one letter again."""
    service.resend_one(_owner(), letter_id)
    flash(_("The letter is due again."))
    return redirect(url_for(".index", state=request.form.get("state") or None), 303)


@bp.post("/resend")
def resend_failed() -> ResponseReturnValue:
    """Send all letters again that were given up."""
    count = service.resend_failed(_owner())
    flash(ngettext("%(num)s letter is due again.", "%(num)s letters are due again.", count))
    return redirect(url_for(".index"), 303)


@bp.post("/trust")
def trust() -> ResponseReturnValue:
    """Write to a refused address again."""
    address = _spelled(request.form.get("address", ""))
    service.trust_again(_owner(), address)
    flash(_("Letters go to this address again."))
    return redirect(url_for(".index", address=address or None), 303)


def _owner() -> Account:
    account = member()
    require(account, Action.OPERATE_SITE, SITE)
    return account


def _spelled(address: str) -> str:
    """The one spelling of an address; as it is if it is none, which finds nothing."""
    try:
        return normalised(address)
    except BadAddress:
        return address.strip()
