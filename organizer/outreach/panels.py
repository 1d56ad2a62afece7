"""What letters add to pages of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import g, render_template

from organizer.communities.models import Community
from organizer.communities.site import SITE
from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.web.chrome import viewer

from . import addressees


@fills("me_links", order=30)
def choices_link(account: Any, **_more: object) -> str:
    """The way to one's choices, and for the site's owner to all letters."""
    return render_template("outreach/_me_links.html", operates=may(account, Action.OPERATE_SITE, SITE))


@fills("manage_links", order=60)
def letters_link(community: Community, **_more: object) -> str:
    """The way to a community's letters, for those who may change them."""
    if not may(viewer(), Action.EDIT_LETTERS, community):
        return ""
    return render_template("outreach/_manage_link.html", community=community)


@fills("event_host", order=30)
@fills("guest_list_tools", order=30)
def messages_link(event: Any, **_more: object) -> str:
    """The way to messages, for those who run the event."""
    if not may(viewer(), Action.MESSAGE_GUESTS, event):
        return ""
    return render_template("outreach/_messages_link.html", event=event)


@fills("guest_notes")
def unreachable(rsvp: Any, rsvps: Iterable[Any] = (), **more: object) -> str:
    """That letters do not reach a guest: a mark in the list of `rsvps` (asked for once), a sentence on the own page."""
    if "unreachable" not in g:
        g.unreachable = addressees.refused(one.email for one in [*rsvps, rsvp] if one.email)
    if rsvp.email not in g.unreachable:
        return ""
    return render_template("outreach/_unreachable.html", in_list=bool(rsvps))
