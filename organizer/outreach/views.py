"""`/dev/outbox`: the letters, for whoever develops or tries this out without a mail server. Absent in production.

The pages for real people are in `choice_views`, `letter_views` and `message_views`.
"""

from __future__ import annotations

from ipaddress import ip_address

import sqlalchemy as sa
from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from organizer import settings
from organizer.core.db import db
from organizer.core.errors import NotFound
from organizer.web.security import page_policy

from . import addressees, choice_views, letter_views, letters, message_views, panels, site_views
from .models import Letter
from .showing import as_page
from .transport import Composed

__all__ = ["blueprints", "panels"]
blueprints = (choice_views.bp, letter_views.bp, message_views.bp, site_views.bp)
SHOWN = 50
dev = Blueprint("outbox", __name__, url_prefix="/dev/outbox")


def init_app(app: Flask) -> None:
    """Offer the pages unless this serves real people."""
    if not app.extensions["settings"].production:
        app.register_blueprint(dev)


@dev.before_request
def only_from_here() -> None:
    """Answer to this machine and its own network only: letters hold codes that sign in.

    Guards who forgot ORGANIZER_ENV=production: a proxy in front names itself in a header.
    """
    page_policy(secret_address=True)
    proxied = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip"))
    if proxied or not ip_address(request.remote_addr or "192.0.2.0").is_private:
        raise NotFound


@dev.get("")
def index() -> ResponseReturnValue:
    """List the newest letters."""
    newest = db.session.scalars(sa.select(Letter).order_by(Letter.id.desc()).limit(SHOWN)).all()
    composed = [(letter, _composed(letter)) for letter in newest]
    return render_template("outreach/outbox.html", letters=composed, sends=bool(settings.current().smtp_host))


@dev.get("/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    """Show one letter as plain text, with its head and what comes with it."""
    letter = _letter(letter_id)
    return render_template("outreach/letter.html", letter=letter, composed=_composed(letter))


@dev.get("/<int:letter_id>/html")
def html(letter_id: int) -> ResponseReturnValue:
    """Show one letter as a mail program does."""
    composed = _composed(_letter(letter_id))
    if composed is None:
        raise NotFound
    return as_page(composed)


def _letter(letter_id: int) -> Letter:
    letter = db.session.get(Letter, letter_id)
    if letter is None:
        raise NotFound
    return letter


def _composed(letter: Letter) -> Composed | None:
    """The letter in words; None if its secret is deleted or what it is about is gone."""
    addressee = addressees.known([letter.address]).get(letter.address)
    try:
        return letters.compose(letters.Sheet.of(letter, addressee.key if addressee else ""))
    except KeyError:
        return None
