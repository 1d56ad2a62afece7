"""The manager's home: what needs me today, what is coming, how we are doing."""

from __future__ import annotations

from flask import render_template

from organizer.accounts.session import actor
from organizer.communities.models import Community
from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.events.models import hosted_by

from . import queries

blueprints = ()


@fills("manage_main", order=10)
def home(community: Community) -> str:
    """The three parts of the page at `/c/<slug>/manage`; who may see it is checked there. A host is asked for own events only."""
    me = actor()
    mine = None if me is None or may(me, Action.EDIT_COMMUNITY, community) else hosted_by(me.id)
    return render_template(
        "insights/_home.html",
        community=community,
        todos=queries.to_do(community, mine),
        coming=queries.coming(community, mine),
        numbers=queries.numbers(community),
    )
