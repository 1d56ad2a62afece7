"""Feeds, single files, and the page where a person looks after the own feed."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer import settings
from organizer.accounts.session import actor, member
from organizer.core.access import Action, may
from organizer.core.errors import N_, NotFound
from organizer.core.jobs import Job
from organizer.core.time import now
from organizer.events import service as events
from organizer.events.models import Event
from organizer.events.queries import EventFilter
from organizer.events.whereabouts import knows_place
from organizer.rsvps.links import rsvp_to_manage
from organizer.rsvps.models import Answer
from organizer.web.chrome import has_session
from organizer.web.frontdesk import offer
from organizer.web.security import limiter, page_policy

from . import feeds, jobs, parts, queries, service
from .answers import Validators, answer, named
from .bodies import SMALL, Body, squeeze
from .links import feed_links

__all__ = ["blueprints", "parts"]
bp = Blueprint("calendars", __name__)
blueprints = (bp,)
A_FEED = "120 per hour"  # polls of one personal address: several programs, each every quarter of an hour


@bp.get("/events.ics")
def site() -> Response:
    """All public events, under the filters of the list."""
    return _public(feeds.site_feed(EventFilter.from_args(request.args)), "")


@bp.get("/c/<slug>.ics")
def community(slug: str) -> Response:
    """The public events of a community."""
    return _public(feeds.community_feed(slug), slug)


@bp.get("/events/<key>.ics")
def event(key: str) -> Response:
    """One event as a file. Who may not see it learns nothing, and is not asked to sign in: a program asks."""
    found = events.get(key)
    private = not may(None, Action.SEE_EVENT, found)
    # The session is only looked at where it matters, so that most answers know no visitor.
    if private and not may(actor(), Action.SEE_EVENT, found):
        raise NotFound(N_("There is no such event."))
    knows = found.hides_address and has_session() and knows_place(actor(), found)
    return _single(found, knows=knows, private=private or knows)


@bp.get("/rsvps/<token>.ics")
def of_answer(token: str) -> Response:
    """The event of an answer as a file, for who has its private address: with what only those who are going may know."""
    page_policy(secret_address=True)
    rsvp = rsvp_to_manage(token)
    if rsvp is None:
        raise NotFound(N_("There is no such event."))
    return _single(rsvp.event, knows=rsvp.knows_place, private=True, answered=rsvp.answer)


@bp.get("/feeds/<token>.ics")
@limiter.limit(A_FEED, key_func=lambda: str((request.view_args or {}).get("token", ""))[:10])
def personal(token: str) -> Response:
    """A person's own events. The address is the only key to it."""
    page_policy(secret_address=True)
    feed, account = service.find(token)
    found = queries.personal(account, queries.Window.today(), feed.include_waiting)
    state = [feed.key, feed.version, account.locale, account.zone, found, feeds.writing(settings.current())]
    response = answer(
        Validators(_tag(state)), lambda gzip: _body(feeds.personal_feed(account, found), gzip), private=True
    )
    if feed.used_at is None or now() - feed.used_at > feeds.REFRESH:
        _afterwards(response, jobs.note_use, feed.id)
    return named(response, "my-events")


@bp.get("/me/calendars")
def mine() -> ResponseReturnValue:
    """The own feed: its address, when it was last used, and how to get rid of it."""
    page_policy(secret_address=True)
    feed = service.feed_of(member())
    links = None
    if feed is not None and feed.revoked_at is None:
        address = f"{settings.current().url}/feeds/{service.token_of(feed)}.ics"
        links = feed_links(address, settings.current().site_name)
    return render_template("calendars/mine.html", feed=feed, links=links)


@bp.post("/me/calendars")
def choose() -> ResponseReturnValue:
    """Say what is in the own feed."""
    service.choose(member(), member(), include_waiting="include_waiting" in request.form)
    flash(_("Saved. Your calendar follows with its next look."))
    return redirect(url_for(".mine"), 303)


@bp.post("/me/calendars/address")
def renew() -> ResponseReturnValue:
    """Make an address, or a new one in place of the old."""
    feed = service.open_feed(member(), member())
    flash(
        _("Here is your calendar's address.")
        if feed.version == 1
        else _("Here is the new address. The old one no longer works.")
    )
    return redirect(url_for(".mine"), 303)


@bp.post("/me/calendars/revoke")
def revoke() -> ResponseReturnValue:
    """Make the address void."""
    service.revoke_feed(member(), member())
    flash(_("The address no longer works. Remove the calendar from your programs, too."))
    return redirect(url_for(".mine"), 303)


def _single(event: Event, *, knows: bool, private: bool, answered: Answer | None = None) -> Response:
    """The answer with one event; of one that hides its address the validators tell apart who `knows` it."""
    state = [event.key, event.changed_at, event.community.name, feeds.writing(settings.current()), knows, answered]
    validators = Validators(_tag(state), None if event.hides_address else event.changed_at)
    written = lambda gzip: _body(feeds.single(event.id, own=knows, answer=answered), gzip)  # noqa: E731
    response = answer(validators, written, private=private)
    return named(response, event.slug, attachment=True)


def _public(feed: feeds.PublicFeed, slug: str) -> Response:
    """The answer for a feed of public events; a worker makes ready what was not."""
    unready: list[bool] = []

    def body_of(gzip: bool) -> Body:
        body, wanting = feeds.body(feed, gzip)
        unready.append(wanting)
        return body

    response = answer(Validators(feed.tag, feed.changed_at), body_of, private=False)
    if not any(unready):
        offer(feed.tag)
    elif not feed.query:
        _afterwards(response, jobs.keep_ready, slug)
    return named(response, feed.name)


def _body(data: bytes, gzip: bool) -> Body:
    return Body(squeeze(data), gzipped=True) if gzip and len(data) <= SMALL else Body(data)


def _tag(state: list[Any]) -> str:
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()


def _afterwards(response: Response, job: Job, *args: Any) -> None:
    """Have a worker run `job` once the answer is out: a GET itself writes nothing."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def wake() -> None:
        with app.app_context():
            job.wake_now(*args)

    response.call_on_close(wake)
