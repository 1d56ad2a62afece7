"""What letters add to pages of others."""

from __future__ import annotations

from typing import Any

from flask import render_template

from organizer.communities.models import Community
from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.web.chrome import viewer


@fills("me_links", order=30)
def choices_link(**_more: object) -> str:
    """The way to one's choices."""
    return render_template("outreach/_me_link.html")


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
