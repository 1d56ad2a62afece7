"""One's own answers: the private page behind a secret address, and the list of a signed-in account."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.session import actor, member
from organizer.core.errors import N_, Invalid, NotFound
from organizer.core.time import now
from organizer.events import pages
from organizer.web.errors import translated
from organizer.web.security import page_policy

from . import opening, queries, seats, service
from .blueprint import bp
from .forms import ListingForm, PartyForm, blame
from .links import manage_token, rsvp_to_manage, ticket_token
from .models import Answer, Listing, Rsvp
from .reply_forms import OwnReplies
from .rules import Rules
from .words import reply_words


@bp.get("/rsvps/<token>")
def manage(token: str) -> ResponseReturnValue:
    """What now is true, and everything that can be done about it. Looking changes nothing."""
    rsvp = own_rsvp(token)
    return own_page(rsvp, token)


@bp.post("/rsvps/<token>/guests")
def change_guests(token: str) -> ResponseReturnValue:
    """Bring more or fewer people."""
    rsvp = own_rsvp(token)
    form = PartyForm(rsvp.event, rsvp.guests)
    if form.validate_on_submit():
        try:
            service.change_guests(rsvp, form.guests.data, actor())
        except (Invalid, seats.Full, opening.EditsOver) as error:
            blame(form, error)
        else:
            flash(_("Saved."))
            return back_to(token)
    return own_page(rsvp, token, party=form), 422


@bp.post("/rsvps/<token>/listing")
def change_listing(token: str) -> ResponseReturnValue:
    """Be seen or not."""
    rsvp = own_rsvp(token)
    form = ListingForm(listing=rsvp.listing)
    if form.validate_on_submit():
        service.set_listing(rsvp, Listing(form.listing.data))
        flash(_("Saved."))
        return back_to(token)
    return own_page(rsvp, token, listing=form), 422


@bp.post("/rsvps/<token>/cancel")
def cancel(token: str) -> ResponseReturnValue:
    """Withdraw."""
    service.cancel(own_rsvp(token), actor())
    return back_to(token)


@bp.post("/rsvps/<token>/accept")
def accept(token: str) -> ResponseReturnValue:
    """Take the place that is held."""
    service.accept(own_rsvp(token), actor())
    return back_to(token)


@bp.post("/rsvps/<token>/rejoin")
def rejoin(token: str) -> ResponseReturnValue:
    """Come back after withdrawing."""
    service.rejoin(own_rsvp(token), actor=actor())
    return back_to(token)


@bp.get("/rsvps/<token>/still-coming")
def still_coming(token: str) -> ResponseReturnValue:
    """The question, with a button for each answer. Looking changes nothing: programs follow links in mail, too."""
    rsvp = own_rsvp(token)
    if rsvp.answer is not Answer.GOING or opening.closed(rsvp.event) is not None:
        return back_to(token)
    event = pages.event_row(rsvp.event.key, in_full=rsvp.knows_place)
    return render_template("rsvps/still_coming.html", rsvp=rsvp, event=event, token=token)


@bp.post("/rsvps/<token>/still-coming")
def say_still_coming(token: str) -> ResponseReturnValue:
    """Take the answer. Sent twice, or after the place has gone, it leads to what now is true."""
    rsvp = own_rsvp(token)
    if request.form.get("coming") == "no":
        service.cancel(rsvp, actor())
    elif rsvp.answer is Answer.GOING:
        service.confirm(rsvp, actor())
        flash(_("Thank you. See you there."))
    return back_to(token)


@bp.get("/me/events")
def mine() -> ResponseReturnValue:
    """Everything the signed-in account has answered."""
    account, cursor = member(), request.args.get("after", "")
    coming = [] if cursor else queries.upcoming(account)
    return render_template(
        "rsvps/mine.html",
        coming=coming,
        past=queries.past(account, cursor),
        first_page=not cursor,
        manage_token=manage_token,
        ticket_token=ticket_token,
    )


def own_rsvp(token: str) -> Rsvp:
    """Return the answer that the secret address opens. Raises NotFound."""
    page_policy(secret_address=True)
    rsvp = rsvp_to_manage(token)
    if rsvp is None:
        raise NotFound(N_("There is no answer at this address. It may have been replaced by a newer one."))
    return rsvp


def back_to(token: str) -> ResponseReturnValue:
    """Lead to the private page."""
    return redirect(url_for("rsvps.manage", token=token), 303)


def own_page(
    rsvp: Rsvp,
    token: str,
    party: PartyForm | None = None,
    listing: ListingForm | None = None,
    asked: OwnReplies | None = None,
) -> str:
    """The private page, with the form that has errors if one has."""
    event = rsvp.event
    shut = opening.closed(event)
    seen = queries.overview(event) if rsvp.answer == Answer.CANCELLED else None
    window, rules = opening.window(event), Rules.of(event)
    return render_template(
        "rsvps/manage.html",
        rsvp=rsvp,
        event=pages.event_row(event.key, in_full=rsvp.knows_place),
        token=token,
        ticket=ticket_token(rsvp),
        rules=rules,
        asks=rsvp.is_silent and shut is None and now() < event.starts_at,
        closed=translated(shut) if shut else "",
        shut=translated(window) if window else "",
        ran_out=rsvp.answer == Answer.CANCELLED and rsvp.offer_until is not None,
        released=rsvp.answer == Answer.CANCELLED and rsvp.asked_at is not None and queries.was_released(rsvp),
        may_edit=opening.is_editable(event),
        position=queries.position(rsvp),
        left=seen.left(event) if seen else None,
        party=party or PartyForm(event, rsvp.guests),
        listing=listing or ListingForm(listing=rsvp.listing),
        asked=asked or OwnReplies(rsvp),
        reply_words=reply_words,
    )
