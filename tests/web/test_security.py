"""Headers, policy, CSRF and limits on real requests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from organizer import create_app
from organizer.app import _unit_around
from organizer.core.db import Version, bump, db, reading
from organizer.core.errors import Busy, DomainError, TooMany
from organizer.web.security import keep_changes, limiter, page_policy
from tests.conftest import settings_for


@pytest.fixture
def strict(tmp_path: Path) -> Flask:
    """An application with every protection on and a few views of its own; it never asks the database."""
    app = create_app(settings_for(tmp_path, url="https://meet.example.org"), TESTING=True)
    app.add_url_rule("/page", "page", lambda: "<!doctype html><title>x</title>")
    app.add_url_rule("/post", "post", lambda: "done", methods=["POST"])

    def secret() -> str:
        page_policy(secret_address=True, camera=True, wasm=True)
        return "<p>"

    def refuse() -> str:
        raise DomainError("Not on a %(day)s.", day="Sunday")

    def slow() -> str:
        raise TooMany(retry_after=7)

    def busy() -> str:
        raise Busy

    def bug() -> str:
        raise ZeroDivisionError

    for view in (secret, refuse, slow, busy, bug):
        app.add_url_rule(f"/{view.__name__}", view.__name__, view)
        app.add_url_rule(f"/api/{view.__name__}", f"api_{view.__name__}", view)
    app.add_url_rule("/limited", "limited", limiter.limit("2 per minute")(lambda: "ok"))
    return app


def test_every_page_has_a_strict_policy_with_a_fresh_nonce(strict: Flask) -> None:
    client = strict.test_client()
    policies = [client.get("/page").headers["Content-Security-Policy"] for _ in range(2)]
    nonces = [re.findall(r"'nonce-([^']+)'", policy)[0] for policy in policies]
    assert nonces[0] != nonces[1]
    assert "unsafe-inline" not in policies[0]
    assert "unsafe-eval" not in policies[0]
    assert "default-src 'none'" in policies[0]
    headers = client.get("/page").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers


def test_a_page_with_a_secret_address_keeps_it(strict: Flask) -> None:
    headers = strict.test_client().get("/secret").headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in headers["Cache-Control"]
    assert "'wasm-unsafe-eval'" in headers["Content-Security-Policy"]
    assert "camera=(self)" in headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
    ],
)
def test_a_post_without_token_or_from_elsewhere_is_refused(strict: Flask, headers: dict[str, str]) -> None:
    assert strict.test_client().post("/post", headers=headers).status_code == 400


def test_limits_answer_429(strict: Flask) -> None:
    client = strict.test_client()
    assert [client.get("/limited").status_code for _ in range(3)] == [200, 200, 429]
    limiter.reset()


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [("refuse", 409, "Not on a Sunday."), ("slow", 429, "wait"), ("busy", 503, "again"), ("bug", 500, "our side")],
)
def test_errors_become_pages_toasts_and_problems(strict: Flask, path: str, status: int, words: str) -> None:
    client = strict.test_client()
    page = client.get(f"/{path}")
    assert page.status_code == status
    assert words in page.text
    assert page.text.count("<h1") == 1
    toast = client.get(f"/{path}", headers={"HX-Request": "true"})
    assert (toast.status_code, toast.headers["HX-Retarget"]) == (status, "#toasts")
    assert "<h1" not in toast.text
    problem = client.get(f"/api/{path}")
    assert problem.status_code == status
    assert problem.mimetype == "application/problem+json"
    assert problem.json
    assert problem.json["status"] == status


def test_waiting_times_are_told(strict: Flask) -> None:
    client = strict.test_client()
    assert client.get("/slow").headers["Retry-After"] == "7"
    assert client.get("/busy").headers["Retry-After"] == "5"


def test_unknown_paths_and_methods(strict: Flask) -> None:
    client = strict.test_client()
    assert client.get("/no-such-page").status_code == 404
    assert client.get("/api/nothing").mimetype == "application/problem+json"
    assert client.delete("/page").status_code == 405
    assert "GET" in client.delete("/page").headers["Allow"]


def test_an_error_takes_its_changes_back_unless_they_are_kept(app: Flask) -> None:
    def take() -> tuple[str, int]:
        keep_changes()
        bump("kept")
        return "no", 422

    def lose() -> tuple[str, int]:
        bump("lost")
        return "no", 422

    for view in (take, lose):
        app.add_url_rule(f"/{view.__name__}", view.__name__, _unit_around(app, view), methods=["POST"])
    client = app.test_client()
    assert client.post("/take").status_code == 422
    assert client.post("/lose").status_code == 422
    with app.app_context(), reading():
        assert db.session.scalars(sa.select(Version.scope)).all() == ["kept"]
