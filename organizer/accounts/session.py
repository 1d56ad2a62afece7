"""Who is signed in: Flask-Login on top of our own revocable sessions.

The cookie carries a random secret, the table its hash, so that a session can be listed and ended from elsewhere.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import HTTPException

from organizer import settings
from organizer.core.db import db, save
from organizer.core.ids import hashed, new_secret
from organizer.core.time import UtcDateTime, now

from . import jobs
from .models import Account, SignInSession


class OwnSessions(LoginManager):  # type: ignore[misc]
    """Flask-Login without its remember cookie: our sessions last as long as they are meant to."""

    def _update_remember_cookie(self, response: Response) -> Response:
        """Leave the session alone: looking into it here would mark every answer as made for one cookie."""
        return response


login_manager = OwnSessions()
SEEN_EVERY = timedelta(hours=1)
COOKIE_KEY = "_user_id"  # where Flask-Login keeps what names the user: here the session's secret


# Built once: every request of somebody signed in begins with it.
_BY_SECRET = (
    sa.select(Account, SignInSession.id, SignInSession.seen_at)
    .join(SignInSession, SignInSession.account_id == Account.id)
    .where(
        SignInSession.secret_hash == sa.bindparam("secret_hash"),
        SignInSession.ended_at.is_(None),
        SignInSession.expires_at > sa.bindparam("present", type_=UtcDateTime),
    )
)


def init_app(app: Flask) -> None:
    """Load the signed-in account with each request that asks for it; one statement."""
    login_manager.init_app(app)
    login_manager.session_protection = None  # bound to an address it would sign out every phone that changes networks
    login_manager.user_loader(account_of_secret)
    login_manager.unauthorized_handler(ask_to_sign_in)
    # The cookie lives as long as an unused session may; which session still counts, the table knows.
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=app.extensions["settings"].session_days)
    app.after_request(_note_seen)


def account_of_secret(secret: str) -> Account | None:
    """Return whose session `secret` opens, if it has not ended."""
    present = now()
    found = db.session.execute(_BY_SECRET, {"secret_hash": hashed(secret), "present": present}).one_or_none()
    if found is None:
        return None
    account, session_id, seen_at = found
    if present - seen_at > SEEN_EVERY:
        g.unnoted_session = session_id
    return account


def _note_seen(response: Response) -> Response:
    """Have a worker note that a session is in use: a GET never writes itself."""
    if (session_id := g.pop("unnoted_session", None)) is not None:
        jobs.note_seen.wake_now(session_id)
    return response


def begin(account: Account, browser: str = "") -> str:
    """Open a session for `account` and return its secret. The caller puts it into the cookie (`remember`)."""
    secret = new_secret()
    expires = now() + timedelta(days=settings.current().session_days)
    save(SignInSession(secret_hash=hashed(secret), account_id=account.id, browser=browser[:120], expires_at=expires))
    return secret


def remember(secret: str) -> None:
    """Sign this browser in: a new session, nothing of the old one is kept (fixation)."""
    session.clear()
    session[COOKIE_KEY] = secret
    session.permanent = True


def end() -> None:
    """Sign this browser out: the session ends in the table too, so that a copied cookie is worth nothing."""
    secret = session.get(COOKIE_KEY)
    if secret:
        db.session.execute(
            sa.update(SignInSession)
            .where(SignInSession.secret_hash == hashed(secret), SignInSession.ended_at.is_(None))
            .values(ended_at=now())
        )
    session.clear()


def own_secret() -> str:
    """Return the secret of this browser's session, "" for a visitor."""
    return str(session.get(COOKIE_KEY, ""))


def actor() -> Account | None:
    """Return the signed-in account, or None for a visitor."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def member() -> Account:
    """Return the signed-in account; a visitor is sent to sign in and comes back."""
    account = actor()
    if account is None:
        answer = ask_to_sign_in()
        raise _Answered(answer)
    return account


class _Answered(HTTPException):
    """Stops a view with an answer that is ready."""

    def __init__(self, answer: ResponseReturnValue) -> None:
        super().__init__(response=answer)  # type: ignore[arg-type]


def ask_to_sign_in() -> ResponseReturnValue:
    """Send a page's visitor to sign in and back; tell a program 401."""
    if request.path.startswith("/api/") or request.headers.get("HX-Request"):
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("accounts.sign_in", next=back or None), 303)
