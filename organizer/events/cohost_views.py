"""The hosts of an event: who they are, adding one, taking one off, and what hosts did so far."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.session import member
from organizer.core.access import Action, may
from organizer.web.chrome import event_url
from organizer.web.security import limiter

from . import hosting, log
from .host_views import hosted
from .routes import bp


@bp.get("/events/<string(length=10):key>/hosts")
@limiter.limit("60 per minute")
def hosts(key: str) -> ResponseReturnValue:
    """Who runs the event; members found by a part of a name."""
    event, account = hosted(key, Action.CHANGE_HOSTS), member()
    search = " ".join(request.args.get("q", "").split())[:80]
    return render_template(
        "events/hosts.html",
        event=event,
        community=event.community,
        account=account,
        hosts=hosting.hosts(event),
        search=search,
        found=hosting.find(account, event, search),
        shortest=hosting.SHORTEST_SEARCH,
        log=log.lines(event, request.args.get("after", "")),
        sentence=log.sentence,
    )


@bp.post("/events/<string(length=10):key>/hosts")
def add_host(key: str) -> ResponseReturnValue:
    """Make a member a host."""
    event = hosted(key, Action.CHANGE_HOSTS)
    added = hosting.add(member(), event, request.form.get("account", ""))
    flash(_("%(name)s is a host now and is being told.", name=added.name))
    return redirect(url_for(".hosts", key=key), 303)


@bp.post("/events/<string(length=10):key>/hosts/<string(length=10):person>/remove")
def remove_host(key: str, person: str) -> ResponseReturnValue:
    """Take a host off; who takes off themselves and could not come back here is led to the event."""
    event, account = hosted(key, Action.CHANGE_HOSTS), member()
    hosting.remove(account, event, person)
    if person == account.key:
        flash(_("You are no longer a host of this event."))
    else:
        flash(_("No longer a host."))
    stays = may(account, Action.CHANGE_HOSTS, event)
    return redirect(url_for(".hosts", key=key) if stays else event_url(event), 303)
