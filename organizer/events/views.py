"""What everybody sees: the front page, the list, an event's page."""

from __future__ import annotations

from typing import Any

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from organizer.accounts.models import Account
from organizer.accounts.session import actor, member
from organizer.communities import queries as communities
from organizer.communities.site import SITE
from organizer.core.access import Action, may
from organizer.core.errors import N_, Forbidden, NotFound
from organizer.web.chrome import has_session
from organizer.web.i18n import zone_of_visitor

from . import (
    answers,
    change_views,
    cohost_views,
    host_views,
    import_views,
    pages,
    panels,
    sharing,
    telling,
    venue_views,
    whereabouts,
)
from .answers import kept, lists_stamp
from .cards import upcoming
from .models import Event, State
from .parts import kept_part
from .queries import EventFilter, when_labels
from .routes import bp

__all__ = ["blueprints", "change_views", "cohost_views", "host_views", "panels", "venue_views"]
blueprints = (bp, import_views.bp)
FRONT_EVENTS, FRONT_COMMUNITIES = 6, 6
HAPPENS = Event.state != State.CANCELLED


@bp.get("/")
def front() -> ResponseReturnValue:
    """What this is, what comes next, where to look; an empty installation explains itself."""
    found = communities.communities().items[:FRONT_COMMUNITIES]

    def page() -> str:
        return render_template(
            "events/front.html",
            events=upcoming(EventFilter(), size=FRONT_EVENTS, within=(HAPPENS,)).items,
            communities=found,
            labels=when_labels(),
            is_empty=not found,
            may_start=has_session() and may(actor(), Action.START_COMMUNITY, SITE),
        )

    return kept(lambda: ("front", lists_stamp(), [tuple(row) for row in found]), page)


@bp.get("/events")
def index() -> ResponseReturnValue:
    """The public events that a visitor asks for, the next first. The address says it all and can be shared."""
    asked = EventFilter.from_args(request.args, zone_of_visitor() if has_session() else "")
    after, before = request.args.get("after", "")[:200], request.args.get("before", "")[:200]

    def page() -> str:
        return render_template(
            "events/list.html",
            asked=asked,
            labels=when_labels(),
            page=upcoming(asked, after, before),
            is_first=not (after or before),
        )

    return kept(lambda: ("list", asked, after, before, lists_stamp()), page)


@bp.get("/events/<string(length=10):key>")
@bp.get("/events/<string(length=10):key>/<slug>")
def show(key: str, slug: str = "") -> ResponseReturnValue:
    """An event's page. Its slug is decoration: a wrong one leads to the right one."""
    event = visible(key)
    if slug != event.slug:
        return redirect(url_for(".show", key=event.key, slug=event.slug), 308)
    return kept(lambda: ("event", pages.stamp(event)), lambda: _rendered(event))


def visible(key: str) -> pages.EventRow:
    """Return the event if the visitor may see it. Raises NotFound, also for others' drafts."""
    event = pages.event_row(key)
    account = actor() if has_session() else None
    if event is None or (event.state == State.DRAFT and not may(account, Action.SEE_EVENT, event)):
        raise NotFound(N_("There is no such event."))
    if not may(account, Action.SEE_EVENT, event):
        member()  # a visitor is asked to sign in first
        raise Forbidden(N_("This event is for members of its community."))
    return event


def _rendered(event: pages.EventRow) -> str:
    account = actor() if has_session() else None
    runs = account is not None and may(account, Action.EDIT_EVENT, event)
    creates = account is not None and may(account, Action.CREATE_EVENT, event.community)
    told = _told(event, account)
    return render_template(
        "events/show.html",
        event=told,
        community=event.community,
        account=account,
        runs=runs,
        held=telling.held(told) if runs else None,
        may_repeat=creates and (runs or not event.hides_address),
        now_over=event.is_over,
        **kept_part(event, "facts", lambda: _facts(event)),
    )


def _told(event: pages.EventRow, account: Account | None) -> pages.EventRow:
    """The event, in full for who may know its place."""
    if event.hides_address and whereabouts.knows_place(account, event):
        return pages.event_row(event.key, in_full=True) or event
    return event


def _facts(event: pages.EventRow) -> dict[str, Any]:
    """What the page says to everybody: read and written once for a state of the event."""
    hosts, move = pages.hosts_of(event), pages.last_move(event)
    return {
        "hosts": hosts,
        "move": move,
        "structured": sharing.structured(event, move),
        "summary": sharing.summary(event),
        "page_address": sharing.page_address(event),
        "picture_address": sharing.picture_address(event),
    }


def init_app(app: Flask) -> None:
    """Keep rendered pages."""
    answers.init_app(app)
