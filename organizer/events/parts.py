"""Parts of an event's page that are the same for everybody, kept for those whose page as a whole is their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g

from . import pages
from .answers import Shelf, tag_of

Part = TypeVar("Part")


def kept_part(event: Any, name: str, make: Callable[[], Part]) -> Part:
    """Return what `make` gives for the page of `event`, as long as visitors' pages of it stay the same.

    Nothing in it may depend on who asks (but for the language), or hold a nonce or a form. An event that is not a row of
    `pages.event_row` is made anew: it may be under way to change. So is one that tells what only some may know.
    """
    shelf: Shelf[Any] = current_app.extensions["parts"]
    if not shelf.room or not isinstance(event, pages.EventRow) or event.is_confidential:
        return make()
    tags: dict[int, str] = g.setdefault("event_tags", {})
    if event.id not in tags:
        tags[event.id] = tag_of(("event", pages.stamp(event)))
    found: Part | None = shelf.find((name, tags[event.id]))
    if found is None:
        found = make()
        shelf.keep((name, tags[event.id]), found)
    return found
