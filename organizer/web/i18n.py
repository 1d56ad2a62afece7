"""Language and time zone of the visitor: from the account, else a cookie, else Accept-Language, else the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from flask import Blueprint, Flask, g, has_request_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from flask_login import current_user
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from organizer import settings
from organizer.web import security
from organizer.web.chrome import has_session
from organizer.web.paths import local_path
from organizer.web.replay import no_replay

LOCALES = {"en": "English", "bg": "Български"}
COOKIE = "locale"
babel = Babel()
bp = Blueprint("i18n", __name__)
_locale_savers: list[Callable[[str], None]] = []


def init_app(app: Flask) -> None:
    """Translate `app`."""
    app.config.setdefault("BABEL_DEFAULT_LOCALE", app.extensions["settings"].default_locale)
    security.csrf.exempt(set_locale)  # visitors carry no session; the same-origin check of web.security still holds
    babel.init_app(app, locale_selector=locale_of_visitor, timezone_selector=lambda: zone_of_visitor() or "UTC")
    app.register_blueprint(bp)
    app.jinja_env.globals.update(locales=LOCALES, locale_code=locale_code, visitor_zone=zone_of_visitor)


def locale_of_visitor() -> str:
    """Return one of LOCALES."""
    if not has_request_context():
        return settings.current().default_locale
    if "locale" not in g:
        g.locale = _choose()
    chosen: str = g.locale
    return chosen


def locale_code() -> str:
    """Return the code of the language that this answer is written in."""
    locale = get_locale()
    return str(locale.language) if locale else settings.current().default_locale


def zone_of_visitor() -> str:
    """Return the account's IANA zone, or "" when we do not know one."""
    return current_user.zone if has_request_context() and has_session() and current_user.is_authenticated else ""


def on_locale_chosen(saver: Callable[[str], None]) -> Callable[[str], None]:
    """Have `saver` called with the language a visitor has chosen (accounts keep it for who is signed in)."""
    if saver not in _locale_savers:
        _locale_savers.append(saver)
    return saver


@bp.post("/locale")
@no_replay("its answer is a cookie; to choose a language twice is to choose it")
def set_locale() -> ResponseReturnValue:
    """Keep the chosen language in a cookie, and with the account of who is signed in."""
    chosen = request.form.get("locale", "")
    response = redirect(local_path(request.form.get("next", "")) or "/", 303)
    if chosen in LOCALES:
        for saver in _locale_savers:
            saver(chosen)
        response.set_cookie(
            COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True, secure=request.is_secure
        )
    return response


def _choose() -> str:
    if has_session() and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    if (kept := request.cookies.get(COOKIE)) in LOCALES:
        return str(kept)
    return best_locale(request.headers.get("Accept-Language", "")) or settings.current().default_locale


@lru_cache(maxsize=1024)
def best_locale(header: str) -> str | None:
    """Which of LOCALES an Accept-Language header asks for first. Browsers send few different ones."""
    return parse_accept_header(header, LanguageAccept).best_match(LOCALES)
