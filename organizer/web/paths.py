"""Addresses: local paths to return to, absolute addresses for mails and feeds."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for

from organizer import settings


def local_path(wanted: str) -> str:
    """Return `wanted` if it is a path of this site, else "". Guards every redirect that a visitor can name (T9)."""
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in wanted):
        return ""
    parts = urlsplit(wanted)
    return "" if parts.scheme or parts.netloc else wanted[:500]


def public_url(endpoint: str, **values: Any) -> str:
    """Return the absolute address of a view on the configured host; a request's Host header is never believed."""
    path = current_app.url_map.bind("x").build(endpoint, values)
    return settings.current().url + path


def front_path() -> str:
    """Return the path of the front page: "/", or the prefix below which the site is published."""
    return f"{urlsplit(settings.current().url).path}/"


def url_or_none(endpoint: str, **values: Any) -> str | None:
    """Return the address of `endpoint`, or None if no feature offers it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
