"""Pages for visitors without a session: kept by the browser, and by this process, as long as what they show stays.

Both go by the same stamp. It must change with everything that the page shows; nothing on such a page depends on who
asks, but for the language and the nonce of its scripts.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, make_response, request

from organizer import settings
from organizer._version import __version__
from organizer.core.db import Version, db
from organizer.core.time import now
from organizer.web.chrome import has_session
from organizer.web.i18n import locale_code
from organizer.web.security import PagePolicy, csp_nonce

# While templates are being written, pages of an earlier start are not worth keeping.
_START = secrets.token_hex(4)
_VERSION = sa.select(Version.number).where(Version.scope == sa.bindparam("scope"))


class Kept(NamedTuple):
    """A rendered page, the nonce in it, and what it may do."""

    html: str
    nonce: str
    policy: PagePolicy


class Shelf:
    """The pages that were asked for last, at most `room` of them (some 15 kB each)."""

    def __init__(self, room: int = 500) -> None:
        self._room = room
        self._pages: OrderedDict[tuple[str, str], Kept] = OrderedDict()
        self._guard = threading.Lock()

    def find(self, key: tuple[str, str]) -> Kept | None:
        """Return the page kept under `key`, which makes it the last to go."""
        with self._guard:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def keep(self, key: tuple[str, str], page: Kept) -> None:
        """Keep a page; the one that nobody asked for longest makes room."""
        with self._guard:
            self._pages[key] = page
            while len(self._pages) > self._room:
                self._pages.popitem(last=False)


def init_app(app: Flask) -> None:
    """Give `app` a shelf of its own. While templates may change under us, nothing is put on it."""
    app.extensions["pages"] = Shelf(room=500 if app.extensions["settings"].production else 0)


def kept(what: Callable[[], object], render: Callable[[], str]) -> Response:
    """Answer with what `render` gives; to a visitor without a session 304, or the kept page, while `what()` is the same."""
    if has_session():
        return make_response(render())
    tag = _tag(what())
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = Response(_from_shelf(tag, render), mimetype="text/html")
    response.set_etag(tag, weak=True)
    return response


def _from_shelf(tag: str, render: Callable[[], str]) -> str:
    shelf: Shelf = current_app.extensions["pages"]
    key = (tag, request.full_path)  # the whole address stands in the form for languages
    page = shelf.find(key)
    if page is None:
        html = render()
        shelf.keep(key, Kept(html, csp_nonce(), g.get("page_policy", PagePolicy())))
        return html
    g.page_policy = page.policy
    return page.html.replace(page.nonce, csp_nonce())


def _tag(what: object) -> str:
    build = current_app.extensions["assets"].current_build()
    chosen = settings.current()
    version = __version__ if chosen.production else _START
    made = (version, build, chosen.site_name, request.script_root, locale_code(), what)
    return hashlib.blake2b(repr(made).encode(), digest_size=12).hexdigest()


def lists_stamp() -> object:
    """What lists of public events stand on: their version and the minute, since events end and places fill meanwhile."""
    number = db.session.connection().execute(_VERSION, {"scope": "events"}).scalar()
    return number, now().replace(second=0, microsecond=0)
