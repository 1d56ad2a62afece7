"""The manager's home: what needs me today, what is coming, how we are doing."""

from __future__ import annotations

from flask import render_template

from organizer.communities.models import Community
from organizer.core.slots import fills

from . import queries

blueprints = ()


@fills("manage_main", order=10)
def home(community: Community) -> str:
    """The three parts of the page at `/c/<slug>/manage`; who may see it is checked there."""
    return render_template(
        "insights/_home.html",
        community=community,
        todos=queries.to_do(community),
        coming=queries.coming(community),
        numbers=queries.numbers(community),
    )
