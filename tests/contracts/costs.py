"""What an answer costs, counted and not timed: statements, bytes, files. Used by the speed guards and by bench/pages.py."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

import brotli
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import db
from organizer.web.assets import STATIC, bundle

# What a browser fetches at once because the HTML names it; pictures below the fold are lazy.
_LINK = re.compile(r"<link\b[^>]*>")
_SCRIPT = re.compile(r"<script\b[^>]*\bsrc=\"([^\"]+)\"[^>]*>")
_PICTURE = re.compile(r"<img\b[^>]*>")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_IMPORT = re.compile(r"^\s*(?:import|export)\b[^;'\"]*?(?:from\s*)?[\"'](\.[^\"']+)[\"']", re.MULTILINE)
_USE = re.compile(r"<use href=\"([^\"#]+)#")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that reach the database inside the block, without BEGIN, COMMIT, ROLLBACK and pragmas."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
        if not text.lstrip().upper().startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")):
            seen.append(text)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class FirstView:
    """What a first look at a page moves, in bytes as sent (gzip for HTML, else the best stored form), and how many files."""

    html: int
    css: int
    js: int
    fonts: int
    pictures: int
    requests: int
    files: tuple[str, ...]

    @property
    def frame(self) -> int:
        """CSS, JavaScript and fonts together."""
        return self.css + self.js + self.fonts


def first_view(client: FlaskClient, path: str, language: str = "en") -> FirstView:
    """Measure the page at `path` as a new visitor's browser meets it, from what the HTML and its modules name."""
    answer = client.get(path, headers={"Accept-Encoding": "gzip", "Accept-Language": language})
    assert answer.status_code == 200, (path, answer.status_code)
    packed = answer.headers.get("Content-Encoding") == "gzip"
    html = gzip.decompress(answer.data).decode() if packed else answer.text
    names = dict.fromkeys(_named(html))
    for name in list(names):
        if name.endswith(".js"):
            names.update(dict.fromkeys(_modules(name)))
    sizes = {"css": 0, "js": 0, "fonts": 0, "pictures": 0}
    for name in names:
        sizes[_kind(name)] += _size(client, name)
    return FirstView(len(answer.data), **sizes, requests=1 + len(names), files=tuple(names))


def _named(html: str) -> Iterator[str]:
    for tag in _LINK.findall(html):
        facts = dict(_ATTRIBUTE.findall(tag))
        if set(facts.get("rel", "").split()) & {"stylesheet", "preload", "modulepreload", "icon"}:
            yield facts["href"]
    yield from _SCRIPT.findall(html)
    for tag in _PICTURE.findall(html):
        facts = dict(_ATTRIBUTE.findall(tag))
        if facts.get("loading") != "lazy":
            yield facts["src"]
    yield from _USE.findall(html)


def _modules(name: str, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The modules that a module imports, and theirs."""
    for wanted in _IMPORT.findall(_file(name).read_text()):
        address = normpath(join(dirname(name), wanted))
        if address not in known:
            yield address
            yield from _modules(address, known | {name, address})


def _kind(name: str) -> str:
    ending = name.partition("?")[0].rpartition(".")[2]
    return {"css": "css", "js": "js", "woff2": "fonts"}.get(ending, "pictures")


def _file(name: str) -> Path:
    return STATIC / re.sub(r"^/static/(?:[0-9a-f]{10}/)?", "", name)


def _size(client: FlaskClient, name: str) -> int:
    """Bytes of a file as a server with compressed copies sends it (what `make` writes beside the files)."""
    if not name.startswith("/static/"):
        return len(client.get(name, headers={"Accept-Encoding": "gzip"}).data)
    data = bundle() if name.endswith("css/organizer.css") else _file(name).read_bytes()
    if name.endswith((".woff2", ".png", ".jpg", ".webp")):
        return len(data)
    return min(len(gzip.compress(data, 9, mtime=0)), len(brotli.compress(data, quality=11)))
