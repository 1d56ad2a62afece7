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
from typing import Any, Generic, NamedTuple, TypeVar

from flask import Flask, Response, current_app, g, make_response, request

from organizer import settings
from organizer._version import __version__
from organizer.core.db import version_of
from organizer.core.time import now
from organizer.web.chrome import has_session
from organizer.web.compression import Stencil, takes_gzip
from organizer.web.frontdesk import offer
from organizer.web.i18n import locale_of_visitor
from organizer.web.security import PagePolicy, csp_nonce

# While templates are being written, pages of an earlier start are not worth keeping.
_START = secrets.token_hex(4)


Thing = TypeVar("Thing")


class Kept(NamedTuple):
    """A rendered page with places for the nonce, and what it may do."""

    page: Stencil
    policy: PagePolicy


class Shelf(Generic[Thing]):
    """What was asked for last, at most `room` of it (pages: some 20 kB each)."""

    def __init__(self, room: int = 500) -> None:
        self.room = room
        self._things: OrderedDict[tuple[str, str], Thing] = OrderedDict()
        self._guard = threading.Lock()

    def find(self, key: tuple[str, str]) -> Thing | None:
        """Return the thing kept under `key`, which makes it the last to go."""
        with self._guard:
            found = self._things.get(key)
            if found is not None:
                self._things.move_to_end(key)
            return found

    def keep(self, key: tuple[str, str], thing: Thing) -> None:
        """Keep a thing; the one that nobody asked for longest makes room."""
        with self._guard:
            self._things[key] = thing
            while len(self._things) > self.room:
                self._things.popitem(last=False)


def init_app(app: Flask) -> None:
    """Give `app` shelves of its own. While templates may change under us, nothing is put on them."""
    production = app.extensions["settings"].production
    app.extensions["pages"] = Shelf[Kept](room=200 if production else 0)
    app.extensions["parts"] = Shelf[Any](room=1000 if production else 0)


def kept(what: Callable[[], object], render: Callable[[], str]) -> Response:
    """Answer with what `render` gives; to a visitor without a session 304, or the kept page, while `what()` is the same."""
    if has_session():
        return make_response(render())
    tag = tag_of(what())
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
        offer(tag)
    else:
        response = _from_shelf(tag, render)
    response.set_etag(tag, weak=True)
    return response


def _from_shelf(tag: str, render: Callable[[], str]) -> Response:
    shelf: Shelf[Kept] = current_app.extensions["pages"]
    key = (tag, request.full_path)  # the whole address stands in the form for languages
    found = shelf.find(key)
    if found is None:
        html = render()
        if shelf.room:
            page = Stencil(html, csp_nonce())
            shelf.keep(key, Kept(page, g.get("page_policy", PagePolicy())))
            offer(tag, page)
        return Response(html, mimetype="text/html")
    g.page_policy = found.policy
    offer(tag, found.page)
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
        return Response(found.page.plain(csp_nonce()), mimetype="text/html")
    return Response(found.page.gzip(csp_nonce()), mimetype="text/html", headers={"Content-Encoding": "gzip"})


def tag_of(what: object) -> str:
    """Return an entity tag's text for `what`, the language, the settings and the program that shows it."""
    build = current_app.extensions["assets"].current_build()
    chosen = settings.current()
    version = __version__ if chosen.production else _START
    made = (version, build, chosen.site_name, request.script_root, locale_of_visitor(), what)
    return hashlib.blake2b(repr(made).encode(), digest_size=12).hexdigest()


def lists_stamp() -> object:
    """What lists of public events stand on: their version and the minute, since events end and places fill meanwhile."""
    return version_of("events")[0], now().replace(second=0, microsecond=0)
