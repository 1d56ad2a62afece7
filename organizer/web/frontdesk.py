"""Answers for visitors without a cookie, given again before Flask is asked, as long as nothing at all has changed.

SQLite counts commits: `PRAGMA data_version` of one connection is the same only while no other connection, of whatever
process, has committed (it costs 3 µs). So an answer is given again only within the minute in which it was made, and
only if no row of any table has changed meanwhile; it needs no knowledge of what stands on the page. Otherwise the view
is asked, which may still find its page kept by a stamp of its own. On PostgreSQL the view is always asked.

A view offers its answer by `offer`. What was set a cookie for, or came by a request with one, is never kept.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask, request

from organizer.core import logs
from organizer.core.time import now
from organizer.web.compression import takes_gzip
from organizer.web.i18n import best_locale

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

OFFER = "organizer.offer"
MOST_ENTRIES, MOST_BYTES, LARGEST = 300, 16 * 2**20, 2**20
_PER_ANSWER = {"x-request-id", "content-security-policy", "content-length", "set-cookie"}
_ONLY_WITH_BODY = {"content-type", "content-encoding"}
_NONCE = re.compile(r"'nonce-([^']+)'")
Key = tuple[str, ...]


class Text(Protocol):
    """A page with places for a nonce: `web.compression.Stencil`."""

    def plain(self, word: str) -> bytes:
        """The page with `word` as its nonce."""

    def gzip(self, word: str) -> bytes:
        """The same, compressed."""


@dataclass(frozen=True)
class Offer:
    """What a view lets the desk keep: the tag that it compares, and the page if it has a nonce in it."""

    tag: str
    rule: str
    page: Text | None = None


@dataclass
class Entry:
    """One answer as it went out."""

    tag: str
    headers: list[tuple[str, str]]
    policy: str  # with "{}" for the nonce, "" for none
    page: Text | None
    body: bytes
    gzip: bool
    rule: str
    version: int  # of the database when it was asked for
    minute: datetime


def offer(tag: str, page: Text | None = None) -> None:
    """Let this answer be given again to others without a cookie; only for GET, with an ETag that begins with `tag`."""
    request.environ[OFFER] = Offer(tag, request.url_rule.rule if request.url_rule else "-", page)


class FrontDesk:
    """The WSGI wrapper that gives known answers again."""

    def __init__(self, application: Callable[..., Iterable[bytes]], database: str) -> None:
        self.application = application
        self._address = database
        self._connection: sqlite3.Connection | None = None
        self._guard = threading.Lock()
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._bytes = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Give a known answer, or ask the application and remember what it offers."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return self.application(environ, start_response)
        started = time.perf_counter()
        gzip = takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        key = (
            environ.get("SCRIPT_NAME", ""),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING", ""),
            best_locale(environ.get("HTTP_ACCEPT_LANGUAGE", "")) or "",
            "gzip" if gzip else "",
            environ.get("HTTP_HX_REQUEST", ""),
        )
        minute = now().replace(second=0, microsecond=0)
        version = self._version()
        entry = self._entries.get(key)
        if entry is None or entry.version != version or entry.minute != minute or "HTTP_RANGE" in environ:
            return self._ask(environ, start_response, key, version, minute)
        if "HTTP_IF_NONE_MATCH" not in environ and "HTTP_IF_MODIFIED_SINCE" in environ:
            return self.application(environ, start_response)
        return self._again(entry, environ, start_response, started)

    def _version(self) -> int:
        with self._guard:
            if self._connection is None:
                self._connection = sqlite3.connect(self._address, check_same_thread=False, isolation_level=None)
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
            return found

    def _again(
        self, entry: Entry, environ: WSGIEnvironment, start_response: StartResponse, started: float
    ) -> Iterable[bytes]:
        """The answer once more, with a number and a nonce of its own; 304 for who holds it already."""
        number = secrets.token_hex(8)
        held = environ.get("HTTP_IF_NONE_MATCH", "")
        headers = [*entry.headers, ("X-Request-Id", number)]
        if held and (f'"{entry.tag}' in held or held.strip() == "*"):
            start_response("304 NOT MODIFIED", [each for each in headers if each[0].lower() not in _ONLY_WITH_BODY])
            logs.note("GET", entry.rule, 304, started, number)
            return []
        body = entry.body
        if entry.page is not None:
            nonce = secrets.token_urlsafe(16)
            body = entry.page.gzip(nonce) if entry.gzip else entry.page.plain(nonce)
            headers.append(("Content-Security-Policy", entry.policy.replace("{}", nonce)))
        elif entry.policy:
            headers.append(("Content-Security-Policy", entry.policy))
        headers.append(("Content-Length", str(len(body))))
        start_response("200 OK", headers)
        logs.note("GET", entry.rule, 200, started, number)
        return [body]

    def _ask(
        self, environ: WSGIEnvironment, start_response: StartResponse, key: Key, version: int, minute: datetime
    ) -> Iterable[bytes]:
        said: list[Any] = []

        def heard(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            said[:] = status, headers
            return start_response(status, headers, *more)

        answer = self.application(environ, heard)
        offered: Offer | None = environ.get(OFFER)
        if offered is None or not said:
            return answer
        known = self._entries.get(key)
        if known is not None and known.tag == offered.tag:
            known.version, known.minute = version, minute
        elif said[0].startswith("200"):
            return self._keep(key, offered, said[1], answer, version, minute)
        return answer

    def _keep(
        self,
        key: Key,
        offered: Offer,
        headers: list[tuple[str, str]],
        answer: Iterable[bytes],
        version: int,
        minute: datetime,
    ) -> Iterable[bytes]:
        names = {name.lower(): value for name, value in headers}
        if "set-cookie" in names or int(names.get("content-length", LARGEST)) >= LARGEST:
            return answer
        policy = names.get("content-security-policy", "")
        if offered.page is None and _NONCE.search(policy):
            return answer
        gzip = names.get("content-encoding") == "gzip"
        try:
            body = b"".join(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        entry = Entry(
            offered.tag,
            [(name, value) for name, value in headers if name.lower() not in _PER_ANSWER],
            _NONCE.sub("'nonce-{}'", policy) if offered.page is not None else policy,
            offered.page,
            b"" if offered.page is not None else body,
            gzip,
            offered.rule,
            version,
            minute,
        )
        with self._guard:
            if (former := self._entries.pop(key, None)) is not None:
                self._bytes -= len(former.body)
            self._entries[key] = entry
            self._bytes += len(entry.body)
            while len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
                _, gone = self._entries.popitem(last=False)
                self._bytes -= len(gone.body)
        return [body]


def init_app(app: Flask) -> None:
    """Put a desk before `app`, in production and on SQLite. Call it before `web.assets`, which stands before the desk."""
    chosen = app.extensions["settings"]
    address = app.config["SQLALCHEMY_DATABASE_URI"]
    if chosen.production and address.startswith("sqlite:///"):
        desk = FrontDesk(app.wsgi_app, address.removeprefix("sqlite:///"))
        app.wsgi_app = desk  # type: ignore[method-assign]
        app.extensions["front_desk"] = desk
