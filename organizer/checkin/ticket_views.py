"""A ticket at its private address: page, QR code as SVG and PNG, printable PDF."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from organizer.checkin import queries
from organizer.checkin.codes import show_typed
from organizer.checkin.paper import payload_of, pdf_name, pdf_of, place_of
from organizer.core.errors import N_, NotFound
from organizer.events.models import Event, State
from organizer.rsvps.links import rsvp_of_ticket
from organizer.rsvps.models import Answer, Rsvp
from organizer.web.assets import STATIC
from organizer.web.security import page_policy

bp = Blueprint("tickets", __name__, url_prefix="/tickets")

# The address holds the ticket's version, so what stands behind it never changes.
_NO_TICKET = N_("There is no ticket at this address. It may have been replaced by a newer one.")
_KEEP = "private, max-age=31536000, immutable"


@bp.get("/worker.js")
def worker() -> ResponseReturnValue:
    """The service worker that shows opened tickets without a network; its address makes /tickets/ its scope."""
    response = Response((STATIC / "js" / "ticket-worker.js").read_bytes(), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = "default-src 'none'; connect-src 'self'"
    return response


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """The ticket, to be shown at the door; without a QR code while it would not open it."""
    rsvp, event = _ticket(token)
    code = show_typed(rsvp.code)
    picture = Markup(_svg(rsvp, event)) if _is_good(rsvp, event) else None  # noqa: S704 - made by us, of modules only
    inside = queries.is_inside(rsvp) if picture else False
    place = place_of(rsvp, event)
    return render_template(
        "checkin/ticket.html", rsvp=rsvp, event=event, code=code, picture=picture, inside=inside, place=place
    )


@bp.get("/<token>/qr.svg")
def qr_svg(token: str) -> ResponseReturnValue:
    """The QR code as SVG."""
    rsvp, event = _good_ticket(token)
    return Response(_svg(rsvp, event), mimetype="image/svg+xml", headers={"Cache-Control": _KEEP})


@bp.get("/<token>/qr.png")
def qr_png(token: str) -> ResponseReturnValue:
    """The QR code as PNG, for mail programs that show no SVG."""
    from organizer.checkin.qr import png

    rsvp, event = _good_ticket(token)
    return Response(png(payload_of(rsvp, event)), mimetype="image/png", headers={"Cache-Control": _KEEP})


@bp.get("/<token>/ticket.pdf")
def pdf(token: str) -> ResponseReturnValue:
    """The ticket on an A5 page."""
    rsvp, event = _good_ticket(token)
    headers = {"Content-Disposition": f'inline; filename="{pdf_name(event)}"'}
    return Response(pdf_of(rsvp, event), mimetype="application/pdf", headers=headers)


def _ticket(token: str) -> tuple[Rsvp, Event]:
    """The RSVP behind a ticket's address, and its event. Raises NotFound for unknown, forged and revoked ones."""
    page_policy(secret_address=True)
    rsvp = rsvp_of_ticket(token)
    if rsvp is None:
        raise NotFound(_NO_TICKET)
    return rsvp, queries.event_of(rsvp)


def _good_ticket(token: str) -> tuple[Rsvp, Event]:
    rsvp, event = _ticket(token)
    if not _is_good(rsvp, event):
        raise NotFound(_NO_TICKET)
    return rsvp, event


def _is_good(rsvp: Rsvp, event: Event) -> bool:
    return rsvp.answer == Answer.GOING and event.state == State.PUBLISHED


def _svg(rsvp: Rsvp, event: Event) -> str:
    from organizer.checkin.qr import svg

    return svg(payload_of(rsvp, event), title=_("QR code of this ticket"))
