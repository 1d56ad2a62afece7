"""What answers add to pages of others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _

from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.events.parts import kept_part
from organizer.web.chrome import viewer
from organizer.web.security import page_policy

from . import admission, opening, queries
from .forms import guest_choices
from .links import manage_token, ticket_token
from .models import Rsvp
from .queries import Overview
from .rules import Rules


def _overview(event: Any) -> Overview:
    """Counts and faces, read once a request: several slots show them. Each change of them raises the event's version."""
    known: dict[int, Overview] = g.setdefault("rsvp_overviews", {})
    if event.id not in known:
        known[event.id] = kept_part(event, "overview", lambda: queries.overview(event))
    return known[event.id]


@fills("event_instants", order=10)
def when_the_page_changes(event: Any, **_more: object) -> Any:
    """The instants at which answers open and close: what the page says changes then, though no row does."""
    rules = Rules.of(event)
    return [moment.at(event) for moment in (rules.opens, rules.closes) if moment is not None]


def _own(event: Any, account: Any) -> Rsvp | None:
    """The account's answer, read once a request."""
    known: dict[tuple[int, int], Rsvp | None] = g.setdefault("own_rsvps", {})
    asked = (event.id, account.id if account else 0)
    if asked not in known:
        known[asked] = queries.own(account, event)
    return known[asked]


@fills("knows_place", order=10)
def is_going(event: Any, account: Any, **_more: object) -> Any:
    """Who is going knows the place of an event that hides it."""
    own = _own(event, account)
    return own is not None and own.knows_place


@fills("event_side", order=10)
def seats_panel(event: Any, **_more: object) -> str:
    """Places taken, whom the rules let in, and how the queue works."""
    return kept_part(event, "seats", lambda: _seats(event))


def _seats(event: Any) -> str:
    seen, rules = _overview(event), Rules.of(event)
    return render_template(
        "rsvps/_side.html",
        event=event,
        seen=seen,
        rules=rules,
        limit=rules.limit(event.capacity),
        closed=opening.closed(event),
        opens=rules.opens.at(event) if rules.opens else None,
        closes=rules.closes.at(event) if rules.closes else None,
    )


@fills("event_main", order=10)
def rsvp_bar(event: Any, **_more: object) -> str:
    """What is true for this visitor and the one thing to do."""
    account = viewer()
    if (opening.hidden(account, event) or opening.closed(event)) is not None:
        return ""
    own, seen, rules = _own(event, account), _overview(event), Rules.of(event)
    way = admission.way_in(account, event) if own is None else admission.Way.OPEN
    shut = opening.window(event) if own is None else None
    return render_template(
        "rsvps/_bar.html",
        event=event,
        account=account,
        own=own,
        seen=seen,
        rules=rules,
        left=seen.left(event),
        full=seen.is_full(event),
        shut=shut,
        opens=rules.opens.at(event) if isinstance(shut, opening.NotYetOpen) and rules.opens else None,
        way=way,
        one_tap=way in admission.ONE_TAP and not (rules.asks or rules.min_age),
        position=queries.position(own) if own else None,
        manage=url_for("rsvps.manage", token=manage_token(own)) if own else None,
        ticket=ticket_token(own) if own else None,
        choices=guest_choices(event.guests_limit),
    )


@fills("event_counts", order=10)
def card_counts(event_ids: list[int], **_more: object) -> Any:
    """Parties and places of many events at once, for their cards: event id → (going, taken)."""
    return queries.counts_of(event_ids)


@fills("event_told", order=10)
def told(event: Any, before: datetime | None = None, **_more: object) -> Any:
    """How many hear of a change of the event; with `before` only of those who had answered by then."""
    return queries.told(event, before)


@fills("event_people", order=10)
def people_panel(event: Any, **_more: object) -> str:
    """Who comes, as far as they agreed to be shown."""
    if Rules.of(event).hides_counts:
        return ""
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
