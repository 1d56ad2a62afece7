"""What letters add to pages of others."""

from __future__ import annotations

from flask import render_template

from organizer.core.slots import fills


@fills("me_links", order=30)
def choices_link(**_more: object) -> str:
    """The way to one's choices."""
    return render_template("outreach/_me_link.html")
