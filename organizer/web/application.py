"""Flask without questions that it asks again and again and whose answer we know; together a third of a page's time."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from threading import RLock
from typing import Any

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.templating import Environment
from itsdangerous import URLSafeTimedSerializer


class PlainGlobals(Environment):
    """Templates see the environment's names in one dictionary.

    Jinja layers two, and compares all names of both at every import of macros (20 imports a page, 40 µs each). Hence
    names must be registered before the first template is loaded: all `init_app` do.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Return the names that a template sees."""
        return {**self.globals, **(d or {})}


class CookieSessions(SecureCookieSessionInterface):
    """Flask's sessions; whoever brings no cookie gets an empty one without a signer being made for it."""

    _signs_with: str | bytes | None = None
    _signer: URLSafeTimedSerializer | None = None

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the request's cookie says, or an empty session."""
        if app.secret_key and self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer of cookies: made once for a key, not once or twice a request."""
        if app.secret_key != self._signs_with:
            self._signer, self._signs_with = super().get_signing_serializer(app), app.secret_key
        return self._signer


class Extensions(dict[str, Any]):
    """What the parts of an application leave with it; some are made when they are first asked for.

    What only some processes need (migrations, the queue) costs a third of a start, and memory in every worker.
    """

    def __init__(self) -> None:
        super().__init__()
        self._makers: dict[str, Callable[[], Any]] = {}
        self._guard = RLock()

    def later(self, name: str, make: Callable[[], Any]) -> None:
        """Have `make` called when `name` is first asked for by its key."""
        self._makers[name] = make

    def __missing__(self, name: str) -> Any:
        """Make what is missing, once."""
        with self._guard:
            if name not in self:
                self[name] = self._makers[name]()
            return self[name]


class Application(Flask):
    """Flask for views that are all synchronous: asking each function of each request whether it is not costs 0.2 ms."""

    jinja_environment = PlainGlobals
    extensions: Extensions

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.extensions = Extensions()
        self.session_interface = CookieSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return `func`: no view of ours is a coroutine."""
        return func
