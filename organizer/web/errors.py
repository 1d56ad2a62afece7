"""Errors become answers here and nowhere else: a page, a toast for htmx, or problem JSON (RFC 9457) under /api/."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_limiter.errors import RateLimitExceeded
from werkzeug.exceptions import HTTPException

from organizer.core.db import db
from organizer.core.errors import N_, Busy, DomainError, NotFound, TooMany
from organizer.core.slots import slot
from organizer.web.paths import local_path

log = structlog.get_logger()

TITLES = {
    400: N_("That did not arrive as it should"),
    401: N_("Please sign in"),
    403: N_("Not for you"),
    404: N_("Nothing here"),
    405: N_("That did not arrive as it should"),
    409: N_("Not possible right now"),
    410: N_("Gone"),
    413: N_("Too large"),
    422: N_("Please look again"),
    429: N_("A little slower"),
    500: N_("Our mistake"),
    503: N_("Busy"),
}
SENTENCES = {
    400: N_("Please go back, reload the page and try again."),
    401: N_("You need to sign in for this."),
    403: N_("You may not see or do this. Perhaps you are signed in with another address."),
    404: N_("The address may be old or mistyped, or what was here is not public."),
    405: N_("Please go back, reload the page and try again."),
    410: N_("What was here has been removed."),
    413: N_("The file is larger than we accept."),
    429: N_("Too many tries. Please wait a little."),
    500: N_("Something broke on our side. Nothing you typed was saved twice; please try again."),
}


def init_app(app: Flask) -> None:
    """Answer for every error of `app`."""
    app.register_error_handler(DomainError, show)
    app.register_error_handler(RateLimitExceeded, lambda error: show(TooMany()))
    app.register_error_handler(HTTPException, show_http)
    app.register_error_handler(Exception, show_bug)


def translated(error: DomainError) -> str:
    """Return the error's sentence in the visitor's language."""
    return str(_(error.message, **error.params))


def show(error: DomainError) -> ResponseReturnValue:
    """Answer a refusal of our own rules."""
    response = _answer(error.status, translated(error), type(error).__name__)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = "5"
    return response


def show_http(error: HTTPException) -> ResponseReturnValue:
    """Answer what Flask or Werkzeug refused; redirects pass as they are."""
    status = error.code or 500
    if status < 400 or error.response is not None:
        return error
    response = _answer(status, _(SENTENCES.get(status, error.description or NotFound.message)), error.name)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After", "WWW-Authenticate"}:
            response.headers[name] = value
    return response


def show_bug(error: Exception) -> ResponseReturnValue:
    """Answer anything else: it is a bug of ours, logged with the request's id."""
    log.exception("bug")
    try:
        db.session.rollback()  # PostgreSQL answers nothing more in a transaction that has failed
        return _answer(500, _(SENTENCES[500]), "InternalServerError")
    except Exception:  # the page asks who is signed in, and the database may be what is broken
        log.exception("no page for a bug")
        return SENTENCES[500], 500, {"Content-Type": "text/plain; charset=utf-8"}


def _answer(status: int, message: str, kind: str) -> Response:
    title = _(TITLES.get(status, TITLES[409]))
    if (
        request.path.startswith("/api/")
        or request.path.endswith((".geojson", ".json"))
        or request.accept_mimetypes.best == "application/json"
    ):
        problem = {"type": "about:blank", "title": title, "status": status, "detail": message, "error": kind}
        response = make_response(problem, status)
        response.mimetype = "application/problem+json"
        return response
    if request.headers.get("HX-Request"):
        response = make_response(render_template("errors/_toast.html", message=message), status)
        response.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "beforeend"})
        return response
    page = render_template(
        "errors/error.html",
        status=status,
        title=title,
        message=message,
        request_id=g.get("request_id"),
        ways_back=slot("ways_back", status=status),
        came_from=_came_from(),
    )
    return make_response(page, status)


def _came_from() -> str:
    """The path of the page of ours whose form was refused, or ""."""
    parts = urlsplit(request.referrer or "")
    if request.method == "GET" or parts.netloc != request.host:
        return ""
    return local_path(parts.path + (f"?{parts.query}" if parts.query else ""))
