"""What hosts do: plan an event, change, publish, cancel, repeat it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.accounts.session import member
from organizer.communities import service as communities
from organizer.communities.models import Community
from organizer.core import files, images
from organizer.core.access import Action, Subject, may, require
from organizer.core.db import reading
from organizer.core.errors import Invalid, NotFound
from organizer.web.errors import translated

from . import service, telling
from .forms import EventForm, address_for
from .models import Event, State
from .routes import bp
from .telling import Outcome

_HASH = re.compile(r"[0-9a-f]{64}")


@bp.route("/c/<slug>/events/new", methods=["GET", "POST"])
def new(slug: str) -> ResponseReturnValue:
    """Announce an event: three fields suffice."""
    community = communities.get(slug)
    require(member(), Action.CREATE_EVENT, community)
    form = EventForm() if request.method == "POST" else EventForm.fresh(community)
    if form.validate_on_submit() and _picture_read(form):
        event = _saved(form, lambda: service.create(member(), community, form.draft()))
        if event is not None:
            return _told(event)
    return _asked(form, community)


@bp.route("/events/<string(length=10):key>/edit", methods=["GET", "POST"])
def edit(key: str) -> ResponseReturnValue:
    """Change an event."""
    event = hosted(key, Action.EDIT_EVENT)
    if event.state == State.CANCELLED:
        raise service.Cancelled
    # What a form that is sent does not name stays hidden.
    form = EventForm(address_for=address_for(event)) if request.method == "POST" else EventForm.of(event)
    sound = form.validate_on_submit() and _picture_read(form)
    event = service.get(key)  # again: to keep a picture ends the transaction
    before, outcomes = event.starts_wall, list[Outcome]()
    if sound and _saved(form, lambda: _changed(form, event, outcomes), before) is not None:
        return _told(event, outcomes[-1])
    return _asked(form, event.community, event)


@bp.post("/events/<string(length=10):key>/publish")
def publish(key: str) -> ResponseReturnValue:
    """Let others see a draft; what is missing is asked in the form."""
    event = hosted(key, Action.EDIT_EVENT)
    try:
        service.publish(member(), event)
    except Invalid as missing:
        form = EventForm.of(event)
        form.blame(missing)
        return _asked(form, event.community, event)
    return _told(event)


@bp.post("/events/<string(length=10):key>/discard")
def discard(key: str) -> ResponseReturnValue:
    """Throw a draft away."""
    event = hosted(key, Action.EDIT_EVENT)
    slug = event.community.slug
    service.discard(member(), event)
    flash(_("The draft is gone."))
    return redirect(url_for("communities.manage", slug=slug), 303)


@bp.route("/events/<string(length=10):key>/cancel", methods=["GET", "POST"])
def cancel(key: str) -> ResponseReturnValue:
    """Call an event off, with a reason that everybody who is coming will read."""
    event = hosted(key, Action.CANCEL_EVENT)
    reason, wrong, told = request.form.get("reason", ""), "", telling.count(event)
    if request.method == "POST":
        try:
            service.cancel(member(), event, reason)
        except Invalid as missing:
            wrong = translated(missing)
        else:
            if told:  # else the page itself says enough
                flash(_("Cancelled. Everybody who was coming is being told."))
            return redirect(_address(event), 303)
    page = render_template(
        "events/cancel.html",
        event=event,
        community=event.community,
        reason=reason,
        wrong=wrong,
        told=told,
    )
    return page, 422 if wrong else 200


@bp.post("/events/<string(length=10):key>/duplicate")
def duplicate(key: str) -> ResponseReturnValue:
    """Plan the same again, as a draft to look over."""
    event = hosted(key, Action.SEE_EVENT)
    copy = service.duplicate(member(), event)
    flash(_("This is a copy, a draft that only hosts see. Check the date, then publish it."))
    return redirect(url_for(".edit", key=copy.key), 303)


def hosted(key: str, action: Action) -> Event:
    """Return the event if the signed-in account may do `action` with it; to others its drafts do not exist."""
    account, event = member(), service.get(key)
    if event.state == State.DRAFT and not may(account, Action.SEE_EVENT, event):
        raise NotFound
    require(account, action, _as_subject(event))
    return event


def _as_subject(event: Event) -> Subject:
    return event


def _picture_read(form: EventForm) -> bool:
    """Keep the uploaded cover and remember it in the form, before the database is asked to wait for us."""
    upload = form.cover.data
    if upload:
        upload.stream.seek(0)  # this view may be run a second time
        try:
            with reading():
                form.kept_cover.data = images.store_cover(upload.read(), "cover")
        except Invalid as refused:
            return not form.blame(refused)
    kept = form.kept_cover.data or ""
    if kept and not (_HASH.fullmatch(kept) and files.find(kept)):
        form.kept_cover.data = ""
    return True


def _saved(form: EventForm, change: Callable[[], Event], before: datetime | None = None) -> Event | None:
    """Do `change`, give it the cover and publish it if that was asked for; None with the form's errors if refused."""
    try:
        event = change()
        if form.kept_cover.data or form.drop_cover.data:
            service.set_cover(member(), event, None if form.drop_cover.data else form.kept_cover.data)
        if request.form.get("then") == "publish":
            service.publish(member(), event)
        doubts = form.doubts(event, before)
    except Invalid as refused:
        doubts = [refused]
    for doubt in doubts:
        form.blame(doubt)
    return None if doubts else event


def _changed(form: EventForm, event: Event, outcomes: list[Outcome]) -> Event:
    form.look_for_others(event)
    outcomes.append(service.edit(member(), event, form.draft(), form.telling()))
    return event


def _asked(form: EventForm, community: Community, event: Event | None = None) -> ResponseReturnValue:
    told = telling.count(event) if event and event.state == State.PUBLISHED and not event.is_over else 0
    page = render_template("events/edit.html", form=form, community=community, event=event, told=told)
    return page, 422 if form.errors else 200


def _told(event: Event, outcome: Outcome = Outcome.NO_MOVE) -> ResponseReturnValue:
    """Go to the event's page and say what is true now."""
    if event.state == State.DRAFT:
        flash(_("Saved as a draft. Only hosts see it until you publish it."), "info")
    elif outcome == Outcome.TOLD and (told := telling.count(event)):
        flash(ngettext("Saved. %(num)s person is being told.", "Saved. %(num)s people are being told.", told))
    elif outcome == Outcome.HELD:
        flash(_("Saved. Those who come are not told yet."), "info")
    elif outcome == Outcome.AS_KNOWN:
        flash(_("Saved. Time and place are as people know them, so there is nothing to tell."))
    else:
        flash(_("Your event is live. Share its address."))
    return redirect(_address(event), 303)


def _address(event: Event) -> str:
    return url_for(".show", key=event.key, slug=event.slug)
