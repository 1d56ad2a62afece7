"""What answers add to pages of others."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.events.parts import kept_part
from organizer.web.chrome import viewer
from organizer.web.security import page_policy

from . import opening, queries
from .forms import guest_choices
from .links import manage_token, ticket_token
from .queries import Overview


def _overview(event: Any) -> Overview:
    """Counts and faces, read once a request: several slots show them. Each change of them raises the event's version."""
    known: dict[int, Overview] = g.setdefault("rsvp_overviews", {})
    if event.id not in known:
        known[event.id] = kept_part(event, "overview", lambda: queries.overview(event))
    return known[event.id]


@fills("event_side", order=10)
def seats_panel(event: Any, **_more: object) -> str:
    """Places taken and how the queue works."""
    return kept_part(
        event,
        "seats",
        lambda: render_template("rsvps/_side.html", event=event, seen=_overview(event), closed=opening.closed(event)),
    )


@fills("event_main", order=10)
def rsvp_bar(event: Any, **_more: object) -> str:
    """What is true for this visitor and the one thing to do."""
    account = viewer()
    if opening.refusal(account, event) is not None:
        return ""
    own, seen = queries.own(account, event), _overview(event)
    return render_template(
        "rsvps/_bar.html",
        event=event,
        account=account,
        own=own,
        seen=seen,
        left=seen.left(event.capacity),
        position=queries.position(own) if own else None,
        manage=url_for("rsvps.manage", token=manage_token(own)) if own else None,
        ticket=ticket_token(own) if own else None,
        choices=guest_choices(event.guests_limit),
    )


@fills("event_counts", order=10)
def card_counts(event_ids: list[int], **_more: object) -> Any:
    """Parties and places of many events at once, for their cards: event id → (going, taken)."""
    return queries.counts_of(event_ids)


@fills("event_people", order=10)
def people_panel(event: Any, **_more: object) -> str:
    """Who comes, as far as they agreed to be shown."""
    return kept_part(event, "people", lambda: render_template("rsvps/_people.html", event=event, seen=_overview(event)))


@fills("event_host", order=20)
def host_link(event: Any, **_more: object) -> str:
    """The way to the guest list."""
    if not may(viewer(), Action.SEE_GUEST_LIST, event):
        return ""
    return render_template("rsvps/_host_link.html", event=event, seen=_overview(event))


@fills("me_links", order=10)
def own_events_link(**_more: object) -> str:
    """The way to one's own answers."""
    return render_template("rsvps/_me_link.html", label=_("My events and tickets"))


@fills("ways_back", order=10)
def to_the_answer(status: int) -> str:
    """From a change of an answer that was refused to what is true now."""
    token = (request.view_args or {}).get("token", "") if (request.endpoint or "").startswith("rsvps.") else ""
    if not token or status == 404:
        return ""
    page_policy(secret_address=True)
    return render_template("rsvps/_way_back.html", token=token)
