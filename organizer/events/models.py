"""Tables of events and of what stands beside them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from organizer.communities.models import Community
from organizer.core.access import Actor, Role
from organizer.core.db import BigInt, Bytewise, Model, choice, created, db, key, pk, utc, wall
from organizer.core.time import UtcDateTime, now
from organizer.places.models import Venue


class State(StrEnum):
    """Where an event stands. Over is not a state: it follows from the clock."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    """Who finds and sees a published event."""

    PUBLIC = "public"
    UNLISTED = "unlisted"  # whoever has the address
    MEMBERS = "members"  # members of the community


def _public() -> dict[str, Any]:
    where = sa.text("state <> 'draft' AND visibility = 'public'")
    return {"sqlite_where": where, "postgresql_where": where}


def _published() -> dict[str, Any]:
    where = sa.text("state = 'published'")
    return {"sqlite_where": where, "postgresql_where": where}


class Event(Model):
    """One meeting from start to end in its own time zone.

    City, country, coordinates and cell repeat those of the venue, so that lists and maps read one table. Of an event that
    hides its address coordinates and cell are those of the middle of an area (`places.areas`), never of the place itself.
    """

    __tablename__ = "event"
    __table_args__ = (
        sa.UniqueConstraint("community_id", "source", "source_key"),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
        # The public list and map: small, and only what strangers may find.
        sa.Index("ix_event_public_start", "starts_at", "id", "ends_at", **_public()),
        sa.Index("ix_event_public_end", "ends_at", "id", **_public()),
        sa.Index("ix_event_public_city_start", "city_folded", "starts_at", "id", **_public()),
        # Covers the counting of coming events in cells, and the first ones of one cell.
        sa.Index("ix_event_public_cell", "cell", "ends_at", "starts_at", **_public()),
        # What is about to begin, or has just ended, of every visibility: for reminders and thanks.
        sa.Index("ix_event_published_start", "starts_at", "id", **_published()),
        sa.Index("ix_event_published_end", "ends_at", "id", **_published()),
        sa.Index("ix_event_community_start", "community_id", "starts_at", "id"),
    )

    id: Mapped[pk]
    key: Mapped[key]
    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"))
    venue_id: Mapped[int | None] = mapped_column(sa.ForeignKey("venue.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)

    title: Mapped[str] = mapped_column(sa.String(140))
    slug: Mapped[str] = mapped_column(sa.String(70))
    text: Mapped[str] = mapped_column(sa.Text, default="")  # Markdown
    cover: Mapped[str | None] = mapped_column(sa.String(64))  # blob hash; none: a drawn cover
    locale: Mapped[str] = mapped_column(sa.String(12), default="")  # language of the meeting; empty: not said
    online_url: Mapped[str] = mapped_column(sa.String(500), default="")
    is_online: Mapped[bool] = mapped_column(default=False)
    website: Mapped[str] = mapped_column(sa.String(500), default="")  # the event's own page elsewhere (imports)
    # Venue and online link are told only to who is going and to who runs it: `events.whereabouts`.
    hides_address: Mapped[bool] = mapped_column(default=False)

    starts_wall: Mapped[wall]  # what people were promised, in `zone`
    ends_wall: Mapped[wall]  # all-day: 00:00 of the day after the last
    zone: Mapped[str] = mapped_column(sa.String(64))
    all_day: Mapped[bool] = mapped_column(default=False)
    starts_at: Mapped[utc]  # derived from the wall time
    ends_at: Mapped[utc]

    city: Mapped[str] = mapped_column(sa.String(120), default="")
    city_folded: Mapped[str] = mapped_column(sa.String(120), default="")  # core.ids.folded(city)
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    cell: Mapped[int | None] = mapped_column(BigInt)  # places.grid.cell_of

    capacity: Mapped[int | None]  # places; none: no limit
    guests_limit: Mapped[int] = mapped_column(default=2)  # how many one person may bring
    # Who may answer, when, and how the queue moves: written and read by `rsvps.rules` alone. It stands here, so that
    # whatever reads an event knows its rules without another statement. Empty: the usual ones.
    rsvp_rules: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    visibility: Mapped[Visibility] = mapped_column(choice(Visibility), default=Visibility.PUBLIC)
    state: Mapped[State] = mapped_column(choice(State), default=State.DRAFT)
    cancel_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    sequence: Mapped[int] = mapped_column(
        default=0
    )  # RFC 5545 §3.8.7.4: +1 per change of time, place or status; never falls
    version: Mapped[int] = mapped_column(default=1)  # +1 with everything that its page shows, RSVPs included
    created_at: Mapped[created]
    changed_at: Mapped[created]  # of the event itself (not its RSVPs): DTSTAMP, LAST-MODIFIED

    source: Mapped[str | None] = mapped_column(sa.String(80))  # where it was imported from
    source_key: Mapped[str | None] = mapped_column(sa.String(200))  # what names it there
    # SHA-256 of what was imported last: an unchanged row leaves alone what people have edited here since.
    source_digest: Mapped[str | None] = mapped_column(sa.String(64))

    community: Mapped[Community] = relationship(lazy="raise_on_sql")
    venue: Mapped[Venue | None] = relationship(lazy="raise_on_sql")

    @property
    def is_over(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at <= now()

    @property
    def is_veiled(self) -> bool:
        """Whether its place may only be told to some: see `events.whereabouts`."""
        return self.hides_address

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Roles in its community, plus event host and viewer. Needs `community` loaded."""
        roles = self.community.roles_of(actor)
        if actor is not None and self.id in hosted_by(actor.id):
            roles |= {Role.EVENT_HOST}
        if self.state != State.DRAFT and (self.visibility != Visibility.MEMBERS or Role.MEMBER in roles):
            roles |= {Role.VIEWER}
        return roles


class EventHost(Model):
    """Somebody who runs an event: greets, changes it, checks people in."""

    __tablename__ = "event_host"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(
        sa.ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now)  # unknown of the first releases


class EventTag(Model):
    """One tag of an event: lower case, at most 30 characters."""

    __tablename__ = "event_tag"

    tag: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True)


class EventWord(Model):
    """One folded word under which an event is found: title, city, country, venue, community, tags.

    An index of our own, since FTS5 and tsvector differ; a prefix is a range of the primary key on both engines.
    """

    __tablename__ = "event_word"

    word: Mapped[str] = mapped_column(Bytewise, primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True, index=True)


class EventMove(Model):
    """An event was moved: what was promised before. Held while `told_at` is empty: those who come do not know yet."""

    __tablename__ = "event_move"

    id: Mapped[pk]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    old_starts_wall: Mapped[wall]
    old_ends_wall: Mapped[wall]
    old_zone: Mapped[str] = mapped_column(sa.String(64))
    old_place: Mapped[str] = mapped_column(
        sa.String(300), default=""
    )  # in full: `whereabouts.place_before` says to whom
    old_city: Mapped[str] = mapped_column(sa.String(120), default="")
    old_hid_address: Mapped[bool] = mapped_column(default=False)
    old_all_day: Mapped[bool] = mapped_column(default=False)
    old_online_url: Mapped[str] = mapped_column(sa.String(500), default="")
    moved_at: Mapped[created]
    moved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    word: Mapped[str] = mapped_column(sa.String(500), default="")  # the host's, in the letter that tells of it
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Deed(StrEnum):
    """What hosts do that other hosts will want to look up."""

    MOVE_HELD = "move held"
    MOVE_TOLD = "move told"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    HOST_ADDED = "host added"
    HOST_REMOVED = "host removed"
    HOST_LEFT = "host left"
    OVERBOOKED = "overbooked"  # `words`: how many places are given beyond the capacity


class EventLog(Model):
    """One thing that a host did, for the other hosts to read. Never changed afterwards."""

    __tablename__ = "event_log"
    __table_args__ = (sa.Index("ix_event_log_event_id", "event_id", "id"),)

    id: Mapped[pk]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    deed: Mapped[Deed] = mapped_column(choice(Deed))
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    # Whom it was done to, if anybody.
    about_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    words: Mapped[str] = mapped_column(sa.String(500), default="")  # a reason, a word to those who come
    done_at: Mapped[created]


class ImportMapping(Model):
    """Which column of an import file means what, remembered for files with the same headers."""

    __tablename__ = "import_mapping"
    __table_args__ = (sa.UniqueConstraint("community_id", "fingerprint"),)

    id: Mapped[pk]
    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))  # SHA-256 of the sorted headers
    columns: Mapped[dict[str, str]] = mapped_column(sa.JSON)  # our field → their header
    changed_at: Mapped[created]


class ImportRun(Model):
    """One import by page: its file, how far it is, and what came of it."""

    __tablename__ = "import_run"

    id: Mapped[pk]
    key: Mapped[key]
    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"), index=True)
    started_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    file_name: Mapped[str] = mapped_column(sa.String(120), default="")  # shown only, never a path
    blob: Mapped[str] = mapped_column(sa.String(64))  # the uploaded file's hash
    options: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    state: Mapped[str] = mapped_column(sa.String(12), default="preview")  # preview, queued, running, done, failed
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    report: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    created_at: Mapped[created]
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


# Of the plain table: what is asked with every request of somebody signed in goes past the ORM.
_HOSTS: sa.Table = EventHost.metadata.tables["event_host"]
_HOSTED = sa.select(_HOSTS.c.event_id).where(_HOSTS.c.account_id == sa.bindparam("account_id"))


def hosted_by(account_id: int) -> frozenset[int]:
    """Return the ids of the events that an account hosts; one statement a session, see `forget_hosts`."""
    known: dict[int, frozenset[int]] = db.session.info.setdefault("hosts", {})
    if account_id not in known:
        known[account_id] = frozenset(db.session.scalars(_HOSTED, {"account_id": account_id}))
    return known[account_id]


def forget_hosts() -> None:
    """Drop what `hosted_by` remembers in this session."""
    db.session.info.pop("hosts", None)
