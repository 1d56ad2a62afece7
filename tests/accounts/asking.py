"""Asking for a sign-in, and reading the letter over the sender's shoulder."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from organizer.accounts import service
from organizer.core.db import db
from organizer.outreach.models import Letter


@dataclass(frozen=True)
class Asked:
    """What the browser keeps, and what the letter says."""

    handle: str
    code: str
    token: str


def ask(email: str, goes_to: str = "") -> Asked:
    handle = service.ask_sign_in(email, goes_to)
    about = letters_about()[-1]
    return Asked(handle, about["code"], about["link_token"])


def letters_about() -> list[dict[str, str]]:
    """What each letter that signs in says, oldest first."""
    return list(db.session.scalars(sa.select(Letter.about).where(Letter.kind == "sign_in").order_by(Letter.id)))


def mailed(app: Flask) -> list[dict[str, str]]:
    """The same for a view test."""
    with app.app_context():
        return letters_about()
