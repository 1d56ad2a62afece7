"""Structured logs: one line a request, with an id; no secrets, no mail addresses, no paths that hold a token."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any, Protocol

import structlog
from flask import Flask, Response, g, request

_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_TOKENS = re.compile(r"(/(?:tickets|rsvps|invitations|feeds|mail|sign-in/link)/)[^/?\s<]+")


class LogSettings(Protocol):
    """What logging needs to know."""

    @property
    def log_format(self) -> str:
        """`console` or `json`."""

    @property
    def log_level(self) -> str:
        """Least level that is logged."""


def init_app(app: Flask, settings: LogSettings) -> None:
    """Set the process up for structured logs and log every request of `app`."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [known for known in root.handlers if not getattr(known, "ours", False)] + [handler]
    handler.ours = True  # type: ignore[attr-defined]
    root.setLevel(settings.log_level.upper())
    for chatty in ("werkzeug", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("huey").setLevel(logging.WARNING)
    app.before_request(_begin)
    app.after_request(_end)


def scrub(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blot out mail addresses and private links in every text of a log line."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = _TOKENS.sub(r"\1…", _ADDRESS.sub("…@…", value))
    return line


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=g.request_id)


def _end(response: Response) -> Response:
    if "request_id" in g:
        response.headers.add("X-Request-Id", g.request_id)
        # The rule, not the path: a path may hold a token or a name.
        rule = request.url_rule.rule if request.url_rule else "-"
        note(request.method, rule, response.status_code, g.started, g.request_id)
    return response


def note(method: str, rule: str, status: int, started: float, number: str) -> None:
    """Log one request, begun at `started` of `time.perf_counter`. A line that nobody sees is not even written."""
    level = logging.WARNING if status >= 500 else logging.DEBUG if rule == "/healthz" else logging.INFO
    if logging.getLogger().isEnabledFor(level):
        ms = round((time.perf_counter() - started) * 1000, 1)
        structlog.get_logger().log(level, "request", method=method, rule=rule, status=status, ms=ms, request=number)
