"""Pages that a visitor's browser may keep: an unchanged one is answered 304 before anything is rendered."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import sqlalchemy as sa
from flask import Response, current_app, make_response, request

from organizer import settings
from organizer._version import __version__
from organizer.core.db import Version, db
from organizer.core.time import now
from organizer.web.chrome import has_session
from organizer.web.i18n import locale_code

# While templates are being written, pages of an earlier start are not worth keeping.
_START = secrets.token_hex(4)


def kept(what: Callable[[], object], render: Callable[[], str]) -> Response:
    """Answer with what `render` gives; to a visitor without a session, 304 if the browser holds what `what` stands for.

    `what` is asked only where it matters, and must change with everything that the page shows.
    """
    if has_session():
        return make_response(render())
    tag = _tag(what())
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = make_response(render())
    response.set_etag(tag, weak=True)
    return response


def _tag(what: object) -> str:
    build = current_app.extensions["assets"].current_build()
    chosen = settings.current()
    made = (__version__ if chosen.production else _START, build, chosen.site_name, locale_code(), what)
    return hashlib.blake2b(repr(made).encode(), digest_size=12).hexdigest()


def lists_stamp() -> object:
    """What lists of public events stand on: their version and the minute, since events end and places fill meanwhile."""
    number = db.session.scalar(sa.select(Version.number).where(Version.scope == "events"))
    return number, now().replace(second=0, microsecond=0)
