"""What answers add to pages of others."""

from __future__ import annotations

from flask import g, render_template
from flask_babel import gettext as _

from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.events.models import Event
from organizer.web.chrome import viewer

from . import opening, queries
from .forms import guest_choices
from .links import manage_token, ticket_token
from .queries import Overview


def _overview(event: Event) -> Overview:
    """Counts and faces, read once a request: two slots show them."""
    known: dict[int, Overview] = g.setdefault("rsvp_overviews", {})
    if event.id not in known:
        known[event.id] = queries.overview(event)
    return known[event.id]


@fills("event_main", order=10)
def rsvp_panel(event: Event, **_more: object) -> str:
    """Places left and the one thing to do; follows on a phone."""
    account = viewer()
    own, seen = queries.own(account, event), _overview(event)
    return render_template(
        "rsvps/_panel.html",
        event=event,
        account=account,
        own=own,
        seen=seen,
        left=seen.left(event.capacity),
        refused=opening.refusal(account, event),
        position=queries.position(own) if own else None,
        manage=manage_token(own) if own else None,
        ticket=ticket_token(own) if own else None,
        choices=guest_choices(event.guests_limit),
    )


@fills("event_people", order=10)
def people_panel(event: Event, **_more: object) -> str:
    """Who comes, as far as they agreed to be shown."""
    return render_template("rsvps/_people.html", event=event, seen=_overview(event))


@fills("event_host", order=20)
def host_link(event: Event, **_more: object) -> str:
    """The way to the guest list."""
    if not may(viewer(), Action.SEE_GUEST_LIST, event):
        return ""
    return render_template("rsvps/_host_link.html", event=event, seen=_overview(event))


@fills("me_links", order=10)
def own_events_link(**_more: object) -> str:
    """The way to one's own answers."""
    return render_template("rsvps/_me_link.html", label=_("My events and tickets"))
