"""Signing in from the terminal."""

from __future__ import annotations

from flask import Flask

from organizer.accounts import service


def test_owner_and_link(app: Flask) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["owner", "Boss@Example.org"])
    assert made.exit_code == 0
    assert made.output.startswith("http://127.0.0.1:8000/sign-in/link/")
    client = app.test_client()
    address = made.output.strip().removeprefix("http://127.0.0.1:8000")
    assert client.get(address).status_code == 200
    assert client.post(address).location == "/me/welcome?next=/"
    again = runner.invoke(args=["sign-in-link", "boss@example.org"])
    assert client.post(again.output.strip().removeprefix("http://127.0.0.1:8000")).status_code == 303
    with app.app_context():
        account = service.account_for("boss@example.org")
        assert account is not None
        assert account.is_site_owner


def test_mistakes_are_said(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "mail address" in runner.invoke(args=["owner", "boss"]).output
    nobody = runner.invoke(args=["sign-in-link", "nobody@example.org"])
    assert nobody.exit_code == 1
    assert "Nobody here" in nobody.output
    assert runner.invoke(args=["sign-in-link", "nobody"]).exit_code == 1
