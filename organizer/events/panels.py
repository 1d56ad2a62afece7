"""What events put on the pages of communities."""

from __future__ import annotations

from typing import Any

from flask import render_template

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
