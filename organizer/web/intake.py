"""What may come in at all, told once for all views: numbers in addresses that the engines take, text that they keep.

PostgreSQL refuses NUL in text and numbers beyond 64 bits, SQLite the latter; neither is anything that a person types.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import BadRequest
from werkzeug.routing import IntegerConverter, Map

from organizer.core.ids import BIGGEST, is_storable


class Number(IntegerConverter):
    """A number in an address; one that no row can have is no address of ours."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **{"max": BIGGEST, **options})


def init_app(app: Flask) -> None:
    """Look at every request before anything else does. Call it before routes are registered."""
    app.url_map.converters["int"] = Number
    app.before_request(_readable)


def _readable() -> None:
    """Refuse text that cannot be kept, and JSON where a form belongs (form classes would read it as one)."""
    if request.mimetype.endswith("json") and not request.path.startswith("/api/"):
        raise BadRequest("Send a form, please.")
    if not all(map(is_storable, _texts())):
        raise BadRequest("The request holds a character that is none.")


def _texts() -> Iterator[str]:
    yield request.path
    for texts in (request.args, request.form) if request.method == "POST" else (request.args,):
        for name, values in texts.lists():
            yield name
            yield from values
    if request.method == "POST":
        yield from (upload.filename or "" for upload in request.files.values())
