"""The door page of an event; it works without scripts."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from organizer.accounts.models import Account
from organizer.checkin import answers, api, forms, panels, queries, service, ticket_views  # noqa: F401 - panels fill slots
from organizer.checkin.codes import show_typed
from organizer.checkin.models import Direction
from organizer.checkin.routes import bp, door_of
from organizer.checkin.scans import SCAN_ID_LENGTHS, ScanIn
from organizer.events.models import Event
from organizer.rsvps.seats import Full
from organizer.web.replay import no_replay
from organizer.web.security import page_policy

blueprints = (bp, ticket_views.bp)


@bp.get("/events/<string(length=10):key>/door")
def door(key: str) -> ResponseReturnValue:
    """The door of an event: scanner, typed code, search, walk-in, who came last."""
    actor, event = door_of(key)
    return _page(actor, event)


@bp.get("/events/<string(length=10):key>/door/live")
def live(key: str) -> ResponseReturnValue:
    """The count and the last scans, for pages that are open already."""
    _, event = door_of(key)
    return render_template("checkin/_live.html", event=event, **_live(event))


@bp.get("/events/<string(length=10):key>/door/guests")
def guests(key: str) -> ResponseReturnValue:
    """The parties found by `q`, for pages that are open already."""
    _, event = door_of(key)
    q = request.args.get("q", "")[:100]
    return render_template(
        "checkin/_guests.html", event=event, q=q, lines=queries.find_guests(event, q), new_id=forms.new_scan_id
    )


@bp.post("/events/<string(length=10):key>/door/check")
@no_replay("each scan has an id of its own, for longer than a day")
def check(key: str) -> ResponseReturnValue:
    """Let somebody in, or take it back, by a form."""
    actor, event = door_of(key)
    form = forms.CheckForm()
    if not form.validate_on_submit():
        return _page(actor, event, check_form=form), 422
    scan_id = form.scan_id.data if len(form.scan_id.data or "") in SCAN_ID_LENGTHS else forms.new_scan_id()
    item = ScanIn(
        scan_id,
        form.code.data,
        Direction.UNDO if form.direction.data == Direction.UNDO else Direction.IN,
        _page_device(actor),
        override=form.override.data == "1",
        reason=form.reason.data or "",
    )
    service.scan(actor, event, [item])
    return redirect(url_for(".door", key=event.key, scan=scan_id, _anchor="answer"), 303)


@bp.post("/events/<string(length=10):key>/door/walk-in")
@no_replay("each scan has an id of its own, for longer than a day")
def walk_in(key: str) -> ResponseReturnValue:
    """Add somebody who came without an RSVP and let the party in."""
    actor, event = door_of(key)
    form = forms.WalkInForm()
    if not form.validate_on_submit():
        return _page(actor, event, walk_in_form=form), 422
    scan_id = form.scan_id.data if len(form.scan_id.data or "") in SCAN_ID_LENGTHS else forms.new_scan_id()
    try:
        service.walk_in(actor, event, form.draft(), scan_id=scan_id, device_id=_page_device(actor))
    except Full:
        return _page(actor, event, walk_in_form=form, is_full=True), 422
    return redirect(url_for(".door", key=event.key, scan=scan_id, _anchor="answer"), 303)


def _page(actor: Account, event: Event, **more: Any) -> str:
    """The whole door page; `more` brings back a form that was refused."""
    page_policy(camera=True, wasm=True)
    q = request.args.get("q", "")[:100]
    context: dict[str, Any] = {
        "event": event,
        "q": q,
        "lines": queries.find_guests(event, q),
        "check_form": forms.CheckForm(formdata=None),
        "walk_in_form": forms.WalkInForm(formdata=None),
        "new_id": forms.new_scan_id,
        **_live(event),
        **_answered(event, request.args.get("scan", "")),
    }
    return render_template("checkin/door.html", actor=actor, **(context | more))


def _live(event: Event) -> dict[str, Any]:
    recent = [(line, answers.shown(answers.of_line(line), event)) for line in queries.recent_scans(event)]
    return {"count": queries.count(event), "recent": recent, "new_id": forms.new_scan_id}


def _answered(event: Event, scan_id: str) -> dict[str, Any]:
    """The answer to the scan that a form has just sent."""
    stored = queries.stored_scan(event, scan_id) if scan_id else None
    if stored is None:
        return {"answer": None}
    code = show_typed(stored.rsvp.code) if stored.rsvp else ""
    return {"answer": answers.shown(answers.of_stored(stored), event), "answer_code": code}


def _page_device(actor: Account) -> str:
    """What stands for the device when a form was sent without scripts."""
    return f"page-{actor.id}"
