"""Signing in, one's own profile and sessions."""

from __future__ import annotations

from flask import Blueprint, Flask

from . import session

bp = Blueprint("accounts", __name__)
blueprints = (bp,)


def init_app(app: Flask) -> None:
    """Know who is signed in."""
    session.init_app(app)
