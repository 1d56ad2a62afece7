"""The application factory: settings, extensions, features, and a unit of work around every view that may write."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask, Response, make_response, request, session
from werkzeug.middleware.proxy_fix import ProxyFix

from organizer import features
from organizer.core import db as database
from organizer.core import files, jobs, logs
from organizer.core.db import db
from organizer.settings import Settings
from organizer.web import (
    assets,
    chrome,
    compression,
    errors,
    filters,
    frontdesk,
    health,
    i18n,
    intake,
    markdown,
    patterns,
    pictures,
    replay,
    security,
    words,
)
from organizer.web.application import Application

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """Return the application. `settings` default to the environment; `overrides` are Flask's own configuration."""
    settings = settings or Settings.from_env()
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Static files are served by web.assets under one hashed prefix, not by Flask.
    app = Application("organizer", instance_path=str(settings.folder), static_folder=None)
    app.extensions["settings"] = settings
    app.config.update(
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_DATABASE_URI=settings.database(),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 2**20,
        MAX_FORM_MEMORY_SIZE=2 * 2**20,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.url.startswith("https:"),
        TEMPLATES_AUTO_RELOAD=not settings.production,
    )
    app.config.update(overrides)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    logs.init_app(app, settings)
    intake.init_app(app)
    db.init_app(app)
    app.extensions.later("migrate", lambda: _migrations(app))
    with app.app_context():
        database.tune(db.engine)
    files.init_app(app, settings.folder / "files")
    jobs.init_app(app, settings, app.extensions)
    for part in (
        i18n,
        words,
        security,
        errors,
        filters,
        markdown,
        frontdesk,
        assets,
        chrome,
        compression,
        health,
        pictures,
    ):
        part.init_app(app)
    if not settings.production:
        patterns.init_app(app)
    features.init_app(app)
    _wrap_views(app)
    if settings.proxy_count:
        n = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    return app


def _migrations(app: Application) -> Any:
    """What Flask-Migrate's commands ask for; Alembic is not imported by processes that only serve."""
    from flask_migrate import Migrate

    Migrate(app, db, directory=str(migrations_folder()), render_as_batch=True, compare_type=True)
    return app.extensions["migrate"]


def migrations_folder() -> Path:
    """Return the folder of migrations: beside the package in a checkout, inside it once installed."""
    beside = Path(__file__).parent.parent / "migrations"
    return beside if beside.is_dir() else Path(__file__).parent / "_migrations"


def _engine_options(settings: Settings) -> dict[str, Any]:
    # What was typed, and codes that sign in, must not stand in the message of an error: messages are logged.
    quiet: dict[str, Any] = {"hide_parameters": True}
    if settings.database().startswith("sqlite"):
        return quiet | {"connect_args": {"timeout": database.BUSY_SECONDS, "check_same_thread": False}}
    return quiet | {"pool_size": 10, "max_overflow": 10, "pool_timeout": 10}


def _wrap_views(app: Flask) -> None:
    """Put a unit of work around every view; wrapping `view_functions` survives Flask's changes of dispatch_request."""

    @app.before_request
    def say_what_we_do() -> None:
        database.set_reading(request.method in SAFE_METHODS)

    @app.teardown_request
    def forget_it(_error: BaseException | None) -> None:
        database.set_reading(False)

    for endpoint, view in list(app.view_functions.items()):
        app.view_functions[endpoint] = _unit_around(app, view)


def _unit_around(app: Flask, view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def wrapped(**arguments: Any) -> Any:
        if request.method in SAFE_METHODS:
            return view(**arguments)  # never committed: the session is rolled back at the end of the request

        before, content = deepcopy(dict(session)), replay.content_of(view)

        def work() -> Response:
            replay.restore_session(before)  # a second try: messages of the first were never shown
            response = make_response(app.ensure_sync(view)(**arguments))
            if response.status_code >= 400 and not security.keeps_changes():
                raise database.Discard(response)
            if content is not None and response.status_code < 400:
                replay.keep(content, response, before)
            return response

        if content is None:
            return database.retried(work)
        try:
            response = database.retried(work)
        except Exception:
            # Whatever this one came upon: if the same was done meanwhile, or long ago, it is answered as it was then.
            if (said := replay.again(content, before)) is None:
                raise
            return said
        return response if response.status_code < 400 else replay.again(content, before) or response

    return wrapped
