"""The door page of an event, which works without scripts, and the endpoint that scanners talk to."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.checkin import answers, forms, panels, queries, service, ticket_views  # noqa: F401 - panels fill slots
from organizer.checkin.codes import show_typed
from organizer.checkin.models import Direction
from organizer.checkin.scans import SCAN_ID_LENGTHS, ScanIn
from organizer.core.access import Action, may, require
from organizer.core.errors import NotFound
from organizer.core.time import now
from organizer.events.models import Event
from organizer.rsvps.seats import Full
from organizer.web.filters import iso
from organizer.web.security import csrf, page_policy

bp = Blueprint("checkin", __name__)
blueprints = (bp, ticket_views.bp)


@bp.get("/events/<string(length=10):key>/door")
def door(key: str) -> ResponseReturnValue:
    """The door of an event: scanner, typed code, search, walk-in, who came last."""
    actor, event = _door_of(key)
    return _page(actor, event)


@bp.get("/events/<string(length=10):key>/door/live")
def live(key: str) -> ResponseReturnValue:
    """The count and the last scans, for pages that are open already."""
    _, event = _door_of(key)
    return render_template("checkin/_live.html", event=event, **_live(event))


@bp.get("/events/<string(length=10):key>/door/guests")
def guests(key: str) -> ResponseReturnValue:
    """The parties found by `q`, for pages that are open already."""
    _, event = _door_of(key)
    q = request.args.get("q", "")[:100]
    return render_template(
        "checkin/_guests.html", event=event, q=q, lines=queries.find_guests(event, q), new_id=forms.new_scan_id
    )


@bp.post("/events/<string(length=10):key>/door/check")
def check(key: str) -> ResponseReturnValue:
    """Let somebody in, or take it back, by a form."""
    actor, event = _door_of(key)
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
def walk_in(key: str) -> ResponseReturnValue:
    """Add somebody who came without an RSVP and let the party in."""
    actor, event = _door_of(key)
    form = forms.WalkInForm()
    if not form.validate_on_submit():
        return _page(actor, event, walk_in_form=form), 422
    scan_id = form.scan_id.data if len(form.scan_id.data or "") in SCAN_ID_LENGTHS else forms.new_scan_id()
    try:
        service.walk_in(actor, event, form.draft(), scan_id=scan_id, device_id=_page_device(actor))
    except Full:
        return _page(actor, event, walk_in_form=form, is_full=True), 422
    return redirect(url_for(".door", key=event.key, scan=scan_id, _anchor="answer"), 303)


@bp.post("/api/v1/events/<string(length=10):key>/scans")
def scans(key: str) -> ResponseReturnValue:
    """Answer a JSON list of 1 to 100 scans; needs the session cookie and the header X-CSRFToken.

    An item: `scan_id` (22–40 ASCII characters, at least 128 random bits, made by the scanner), `code` (text of the QR
    code, or as typed), `direction` ("in", "undo"), `device_id` (≤ 40), `counter` (rises within a device), `device_time`
    (ISO 8601 with offset), `offset_ms` (server clock minus device clock), `override` (let in outside the usual hours),
    `reason` (of an undo). Only `scan_id` and `code` are required.

    The answer: `server_time` and `results`, one per item in the same order: `scan_id`, `verdict` (ok, already_in,
    unknown, wrong_event, waitlisted, cancelled, not_going, revoked, not_yet, too_late, event_cancelled, undone,
    slow_down, error), `reason`, `replayed`, `tone` (ok, wait, stop), `icon`, `word`, `detail`, `person`, `party`,
    `can_override`, `first` (at, by, same_device), `event` (of a wrong event). A scan id that was answered before gets
    the same verdict and has no effect. A malformed item gets `error` and its `field`; the others are not held up, and
    it may be sent again. Problems of the whole request (400, 401, 403, 404, 422) are RFC 9457 problem JSON.
    """
    actor, event = _door_of(key)
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    items = forms.scans_of(request.get_json(silent=True))
    good = [item for item in items if isinstance(item, ScanIn)]
    said = iter(service.scan(actor, event, good))
    results = [
        answers.as_json(next(said), event) if isinstance(item, ScanIn) else answers.refused(item.scan_id, item.field)
        for item in items
    ]
    return {"server_time": iso(now()), "results": results}


csrf.exempt(scans)  # asked in the view, so that a scanner whose session has ended hears 401 and not 400


def _door_of(key: str) -> tuple[Account, Event]:
    """Who acts, at which door. A stranger learns of an event no more here than on its page."""
    actor = member()
    event = queries.event_by_key(key)
    if not may(actor, Action.SEE_EVENT, event):
        raise NotFound
    require(actor, Action.CHECK_IN, event)
    return actor, event


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
