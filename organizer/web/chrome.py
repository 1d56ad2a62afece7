"""What every page's frame asks for, without touching the session of a visitor who has none."""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import Flask, current_app, get_flashed_messages, request
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from organizer.core.access import Action, may
from organizer.core.slots import slot
from organizer.web.paths import url_or_none

CLIENT_KEY: Final = "client_key"  # the field that makes a form the same when it is sent again: `web.replay`


def event_url(event: Any) -> str:
    """The address of an event's page. Written out, since a list asks for it fifty times."""
    key, slug = (event["key"], event["slug"]) if isinstance(event, dict) else (event.key, event.slug)
    return f"{request.script_root}/events/{key}/{slug}"


def has_session() -> bool:
    """Whether the browser sent a session cookie; asking does not open the session, so the page stays cacheable."""
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies or "remember_token" in request.cookies


def viewer() -> Any | None:
    """The signed-in account, or None."""
    if not has_session():
        return None
    user = current_user._get_current_object()  # the thing itself: each look through Flask-Login's proxy costs 3 µs
    return user if user.is_authenticated else None


def flashed() -> list[Any]:
    """Messages of the last action as (category, message)."""
    return list(get_flashed_messages(with_categories=True)) if has_session() else []


def csrf() -> Markup:
    """The hidden fields that every POST form carries: the session's token, and a key of this form as it is shown now."""
    field = Markup('<input type="hidden" name="{}" value="{}">')
    return field.format("csrf_token", generate_csrf()) + field.format(CLIENT_KEY, secrets.token_urlsafe(16))


def init_app(app: Flask) -> None:
    """Give templates the names above."""
    names = (url_or_none, slot, may, event_url, has_session, viewer, flashed, csrf)
    app.jinja_env.globals["site_name"] = app.extensions["settings"].site_name
    app.jinja_env.globals["Action"] = Action
    app.jinja_env.globals.update({function.__name__: function for function in names})
