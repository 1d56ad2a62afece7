"""Headers, content security policy, CSRF and rate limits.

Every page gets a strict policy with a fresh nonce; a page that needs more (camera, WebAssembly) or less (secrets in its
address) says so with `page_policy`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect, generate_csrf
from werkzeug.exceptions import BadRequest

from organizer import settings
from organizer.settings import Settings

csrf = CSRFProtect()
limiter = Limiter(key_func=get_remote_address, headers_enabled=False, default_limits=[])


@dataclass(frozen=True)
class PagePolicy:
    """What one page may do beyond the strict default."""

    camera: bool = False
    wasm: bool = False
    tiles: bool = False  # pictures from the tile server of the settings
    secret_address: bool = False  # no referrer, not indexed, not stored
    frame_ancestors: str = "'self'"


_STRICT = PagePolicy()
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)


def page_policy(**changes: Any) -> None:
    """Change the policy of the page that is being answered; see PagePolicy."""
    g.page_policy = replace(g.get("page_policy", PagePolicy()), **changes)


def csp_nonce() -> str:
    """Return this response's nonce for `<script nonce=…>` and `<style nonce=…>`."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def keep_changes() -> None:
    """Commit although the answer will be an error (a counted wrong try)."""
    g.keeps_changes = True


def keeps_changes() -> bool:
    """Whether `keep_changes` was called in this request."""
    return bool(g.get("keeps_changes"))


_open_to_others: set[str] = set()
View = TypeVar("View", bound=Callable[..., Any])


def from_anywhere(view: View) -> View:
    """Let programs of others POST to `view` without a token, whatever page they stand on: the address is the only right.

    For RFC 8058 only: such a view must not look at cookies and must not do more than its secret address says.
    """
    _open_to_others.add(f"{view.__module__}.{view.__name__}")
    csrf.exempt(view)
    return view


def _is_open_to_others() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return view is not None and f"{view.__module__}.{view.__name__}" in _open_to_others


def init_app(app: Flask) -> None:
    """Protect every request of `app`."""
    chosen: Settings = app.extensions["settings"]
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # as long as the session: nobody loses a long text
    app.config.setdefault("WTF_CSRF_SSL_STRICT", False)  # we compare Origin ourselves, below
    app.config.setdefault("RATELIMIT_ENABLED", chosen.rate_limits)
    app.config.setdefault("RATELIMIT_STORAGE_URI", chosen.redis_url or "memory://")
    app.config.setdefault("RATELIMIT_SWALLOW_ERRORS", True)
    app.config.setdefault("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", bool(chosen.redis_url))
    app.before_request(_same_origin)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_headers)
    app.jinja_env.globals.update(csp_nonce=csp_nonce, csrf_token=generate_csrf)


def _same_origin() -> None:
    """Refuse unsafe requests that a browser says come from elsewhere (T24); the token is checked after this."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or _is_open_to_others():
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise BadRequest("This form was sent from another site.")
    origin = request.headers.get("Origin", "null")
    # A page that sends no referrer (its address is a secret) makes its own forms say "null" as well.
    if origin != "null" and origin.partition("://")[2] != request.host:
        raise BadRequest("This form was sent from another site.")


def _policy_text(policy: PagePolicy) -> str:
    chosen = settings.current()
    scripts = f"'nonce-{csp_nonce()}' 'strict-dynamic'" + (" 'wasm-unsafe-eval'" if policy.wasm else "")
    images = "'self' data: blob:"
    if policy.tiles and chosen.tile_url:
        parts = urlsplit(chosen.tile_url.replace("{s}", "*"))
        images += f" {parts.scheme}://{parts.netloc}"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'nonce-{csp_nonce()}'; img-src {images}; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {policy.frame_ancestors}"
    )


def _headers(response: Response) -> Response:
    policy: PagePolicy = g.get("page_policy", _STRICT)
    html, unchanged = response.mimetype == "text/html", response.status_code == 304
    wanted = [
        *_ALWAYS,
        ("Permissions-Policy", f"camera=({'self' if policy.camera else ''}), geolocation=(self), microphone=()"),
    ]
    if settings.current().url.startswith("https:"):
        wanted.append(("Strict-Transport-Security", "max-age=31536000"))
    if policy.secret_address:
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        wanted.append(("Cache-Control", "private, no-store"))
    # A 304 must leave the stored policy alone: its nonce is the one in the stored page.
    if not unchanged:
        text = _policy_text(policy) if html else "default-src 'none'; frame-ancestors 'none'; sandbox"
        wanted.append(("Content-Security-Policy", text))
    if html and not policy.secret_address:
        wanted.append(("Cache-Control", "private, no-store" if session.get("_user_id") else "private, no-cache"))
    # In one go: `setdefault` walks through all headers for each.
    said = {name.lower() for name, _value in response.headers}
    response.headers.extend([(name, value) for name, value in wanted if name.lower() not in said])
    return response
