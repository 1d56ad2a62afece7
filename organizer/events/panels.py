"""What events put on the pages of communities."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from organizer.accounts.session import actor
from organizer.communities.models import Community
from organizer.core.access import Action, Role, may
from organizer.core.slots import fills
from organizer.web.chrome import has_session

from .cards import of_community


@fills("community_main", order=10)
def community_events(community: Community, **_: Any) -> str:
    """The next events of a community, and the last ones that are over."""
    account = actor() if has_session() else None
    is_member = Role.MEMBER in community.roles_of(account)
    return render_template(
        "events/_community.html",
        community=community,
        coming=of_community(community.id, is_member=is_member, size=12),
        past=of_community(community.id, is_member=is_member, past=True, size=6),
        may_create=may(account, Action.CREATE_EVENT, community),
    )


@fills("ways_back", order=20)
def to_the_event(status: int) -> str:
    """From a page that went wrong to the event that its address names; nothing is said of it here."""
    named = request.url_rule is not None and request.url_rule.rule.startswith("/events/<")
    key = (request.view_args or {}).get("key", "") if named and status not in {401, 404} else ""
    if not key or request.endpoint == "events.show":
        return ""
    return render_template("events/_way_back.html", key=key)
