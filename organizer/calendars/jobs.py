"""What feeds leave to a worker: nobody who polls a calendar waits for it."""

from __future__ import annotations

from organizer import settings
from organizer.core.db import db, reading, unit_of_work
from organizer.core.jobs import job

from . import feeds, queries, service
from .bodies import squeeze


@job(own_units=True)
def keep_ready(slug: str) -> None:
    """Write what is out of date in a community's feed (`slug`; "": of all events), then keep the feed compressed.

    Short transactions, so that nobody waits for them; a second run finds nothing to do.
    """
    with reading():
        feed = feeds.community_feed(slug) if slug else feeds.site_feed()
        if feeds.shelf_of(settings.current()).find(feed.identity, feed.tag) is not None:
            return
        _, stale = feeds.written(db.session.execute(feed.select(queries.lines())).all()[: queries.MOST])
    for start in range(0, len(stale), queries.AT_ONCE):
        with unit_of_work():
            service.keep_lines(stale[start : start + queries.AT_ONCE])
    with reading():
        feed = feeds.community_feed(slug) if slug else feeds.site_feed()
        built = feeds.build(feed)
    feeds.shelf_of(settings.current()).put(feed.identity, feed.tag, squeeze(built.data))


@job()
def note_use(feed_id: int) -> None:
    """Remember that a personal feed was asked for."""
    service.note_use(feed_id)
