"""POST /api/v1/events/<key>/scans: what scanners talk to.

Answer a JSON list of 1 to 100 scans; needs the session cookie and the header X-CSRFToken.

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

from __future__ import annotations

from flask import current_app, request
from flask.typing import ResponseReturnValue

from organizer.checkin import answers, forms, service
from organizer.checkin.routes import bp, door_of
from organizer.checkin.scans import ScanIn
from organizer.core.time import now
from organizer.web.replay import no_replay
from organizer.web.security import csrf


@bp.post("/api/v1/events/<string(length=10):key>/scans")
@no_replay("each scan has an id of its own, for longer than a day")
def scans(key: str) -> ResponseReturnValue:
    """Answer a list of scans, item by item; see the docstring of this module."""
    actor, event = door_of(key)
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    try:
        items = forms.scans_of(request.get_json(silent=True))
    except RecursionError:  # lists in lists in lists
        items = forms.scans_of(None)
    good = [item for item in items if isinstance(item, ScanIn)]
    said = iter(service.scan(actor, event, good))
    results = [
        answers.as_json(next(said), event) if isinstance(item, ScanIn) else answers.refused(item.scan_id, item.field)
        for item in items
    ]
    server_time = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"server_time": server_time, "results": results}


csrf.exempt(scans)  # asked in the view, so that a scanner whose session has ended hears 401 and not 400
