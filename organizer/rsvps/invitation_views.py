"""Invitations: what the invited see behind their link, and the hosts' page to invite and to look who has answered."""

from __future__ import annotations

import re

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.session import actor, member
from organizer.core.access import Action, require
from organizer.core.errors import N_, Invalid, NotFound, TooMany
from organizer.core.time import at_wall
from organizer.events import pages
from organizer.events import service as events
from organizer.events.models import Event
from organizer.web.errors import translated
from organizer.web.paths import public_url
from organizer.web.security import limiter, page_policy

from . import invitation_queries, invitations, opening, queries
from .blueprint import bp
from .forms import AnswerForm, blame
from .host_views import hosted
from .invitation_forms import InviteForm, LinkForm, MembersForm
from .invitations import Sent
from .links import manage_token
from .models import Invitation

_BETWEEN = re.compile(r"[\s,;]+")


@bp.get("/invitations/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """The form to answer, opened by the invitation. Looking uses nothing up."""
    found, event = _invited(token)
    known = queries.own(actor(), event)
    if known is not None:
        return redirect(url_for("rsvps.manage", token=manage_token(known)), 303)
    if (shut := opening.shut(event) or invitations.void(found)) is not None:
        page = render_template("rsvps/closed.html", event=event, message=translated(shut), status=shut.status)
        return page, shut.status
    form = AnswerForm(actor())
    form.invitation.data = token
    if "email" in form and found.email:
        form.email.data, form.name.data = found.email, found.name
    return render_template(
        "rsvps/new.html",
        **form_values(event, form),
        invited=found,
        invited_by=invitation_queries.name_of(found.created_by_id),
        token=token,
    )


@bp.post("/invitations/<token>/decline")
def decline_invitation(token: str) -> ResponseReturnValue:
    """Say that one cannot come."""
    found, _event = _invited(token)
    invitations.decline(found)
    flash(_("Thank you for saying so. Your invitation stays good, if your plans change."))
    return redirect(url_for("rsvps.invitation", token=token), 303)


@bp.get("/events/<string(length=10):key>/invitations")
def invited(key: str) -> ResponseReturnValue:
    """Who was invited, and what came of it."""
    return _page(_inviting(key))


@bp.post("/events/<string(length=10):key>/invitations/mail")
@limiter.limit("30 per hour")
def invite(key: str) -> ResponseReturnValue:
    """Invite people by their mail addresses."""
    event, form = _inviting(key), InviteForm()
    if form.validate_on_submit():
        try:
            addresses = [part for part in _BETWEEN.split(form.addresses.data) if part]
            return _done(event, invitations.invite(member(), event, addresses, form.words.data or ""))
        except (Invalid, TooMany, opening.Closed) as error:
            blame(form, error)
    return _page(event, mail=form), 422


@bp.post("/events/<string(length=10):key>/invitations/members")
@limiter.limit("30 per hour")
def invite_members(key: str) -> ResponseReturnValue:
    """Invite members of the community."""
    event, form = _inviting(key), MembersForm()
    chosen = invitation_queries.members_to_invite(event, keys=request.form.getlist("member"))
    if chosen and form.validate_on_submit():
        try:
            return _done(event, invitations.invite_members(member(), event, chosen, form.words.data or ""))
        except (Invalid, TooMany, opening.Closed) as error:
            form.q.errors = [translated(error)]
    else:
        form.q.errors = [_("Tick whom you want to invite.")]
    return _page(event, members=form), 422


@bp.post("/events/<string(length=10):key>/invitations/link")
def make_invitation_link(key: str) -> ResponseReturnValue:
    """Make a link for a number of people."""
    event, form = _inviting(key), LinkForm()
    if form.validate_on_submit():
        try:
            ends = at_wall(form.ends.data, event.zone) if form.ends.data else None
            invitations.make_link(member(), event, form.name.data or "", form.uses.data, ends)
            flash(_("The link is ready. Copy it from the list below."))
            return redirect(url_for("rsvps.invited", key=key), 303)
        except (Invalid, opening.Closed) as error:
            blame(form, error)
    return _page(event, link=form), 422


@bp.post("/events/<string(length=10):key>/invitations/<guest>/revoke")
def revoke_invitation(key: str, guest: str) -> ResponseReturnValue:
    """Make an invitation void."""
    invitations.revoke(member(), _inviting(key), guest)
    flash(_("This invitation opens nothing any more. Who has answered with it keeps the place."))
    return redirect(url_for("rsvps.invited", key=key), 303)


def form_values(event: Event, form: AnswerForm) -> dict[str, object]:
    """What the template of the form needs."""
    seen = queries.overview(event)
    return {
        "event": pages.event_row(event.key),
        "form": form.offer(event),
        "seen": seen,
        "left": seen.left(event),
        "full": seen.is_full(event),
    }


def _invited(token: str) -> tuple[Invitation, Event]:
    page_policy(secret_address=True)
    found = invitations.find(token)
    if found is None:
        raise NotFound(N_("There is no such invitation."))
    return found, events.get(invitation_queries.key_of_event(found.event_id))


def _inviting(key: str) -> Event:
    event = hosted(key, member())
    require(member(), Action.CHANGE_GUEST_LIST, event)
    return event


def _done(event: Event, sent: Sent) -> ResponseReturnValue:
    flash(ngettext("%(num)s person invited.", "%(num)s people invited.", len(sent.invited)))
    if sent.known:
        flash(_("Invited before: %(people)s", people=", ".join(sent.known)), "info")
    if sent.unreadable:
        flash(_("We cannot read these addresses: %(people)s", people=", ".join(sent.unreadable)), "error")
    return redirect(url_for("rsvps.invited", key=event.key), 303)


def _page(
    event: Event, mail: InviteForm | None = None, members: MembersForm | None = None, link: LinkForm | None = None
) -> str:
    search = (members.q.data or "") if members else request.args.get("q", "")
    return render_template(
        "rsvps/invitations.html",
        event=event,
        mail=mail or InviteForm(formdata=None),
        members=members or MembersForm(formdata=None, q=search),
        link=link or LinkForm(formdata=None),
        candidates=invitation_queries.members_to_invite(event, search=search),
        search=search,
        page=invitation_queries.invitations_of(event, request.args.get("after", "")),
        standing=invitations.standing,
        address=lambda one: public_url("rsvps.invitation", token=invitations.token_of(one)),
    )
