"""How a calendar goes out over HTTP: validators first, the text only if it has changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import http_date

from organizer.core.time import now

from .bodies import Body

GZIPPED = "-gzip"  # each form of a text has a strong validator of its own, RFC 9110 section 8.8.3.3


@dataclass(frozen=True, slots=True)
class Validators:
    """What tells one state of a calendar from another."""

    tag: str
    changed_at: datetime | None = None

    @property
    def last_modified(self) -> datetime | None:
        """The end of the second of the last change; None while this second runs, as another change may follow in it."""
        if self.changed_at is None:
            return None
        second = self.changed_at.replace(microsecond=0) + timedelta(seconds=1)
        return second if second <= now() else None

    def met(self) -> bool:
        """Whether the asking program already has this state. Its date counts only if it is the very one we gave."""
        if "If-None-Match" in request.headers:
            known = request.if_none_match
            return known.contains_weak(self.tag) or known.contains_weak(self.tag + GZIPPED)
        since, ours = request.headers.get("If-Modified-Since"), self.last_modified
        return since is not None and ours is not None and since == http_date(ours)


def answer(validators: Validators, body_of: Callable[[bool], Body], *, private: bool) -> Response:
    """A 304 without calling `body_of`, or the calendar; `body_of` learns whether gzip is welcome."""
    if validators.met():
        response = Response(status=304)
        response.set_etag(validators.tag)
    else:
        body = body_of(bool(request.accept_encodings["gzip"]))
        # As a stream: what is not compressed here must not be compressed while somebody waits.
        response = Response(iter([body.data]), content_type="text/calendar; charset=utf-8")
        response.content_length = len(body.data)
        response.set_etag(validators.tag + GZIPPED if body.gzipped else validators.tag)
        if body.gzipped:
            response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = "private, no-cache" if private else "public, no-cache"
    if validators.last_modified is not None:
        response.last_modified = validators.last_modified
    return response


def named(response: Response, name: str, *, attachment: bool = False) -> Response:
    """Say which file name to save under (RFC 6266)."""
    kind = "attachment" if attachment else "inline"
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "-" for c in name) or "calendar"
    more = "" if plain == name else f"; filename*=UTF-8''{quote(name)}.ics"
    response.headers["Content-Disposition"] = f'{kind}; filename="{plain}.ics"{more}'
    return response
