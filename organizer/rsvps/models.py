"""Tables of answers to events, and the tally that guards capacity."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from organizer.accounts.models import Account
from organizer.core.access import Actor, Role
from organizer.core.db import Model, choice, created, key, pk, utc
from organizer.core.time import UtcDateTime
from organizer.events.models import Event


class Answer(StrEnum):
    """Where an RSVP stands. `rsvps.moves` holds the table of allowed moves."""

    GOING = "going"
    WAITLISTED = "waitlisted"
    PENDING = "pending"  # asked to come; a host must approve. Holds no place
    OFFERED = "offered"  # a free place is held for who waited, until `Rsvp.offer_until`
    DECLINED = "declined"  # a host said no to who had asked
    CANCELLED = "cancelled"  # by the attendee
    REMOVED = "removed"  # by a host


STANDING = frozenset({Answer.GOING, Answer.OFFERED, Answer.WAITLISTED, Answer.PENDING})
"""Answers of people who mean to come."""


class Source(StrEnum):
    """How an RSVP came about."""

    WEB = "web"
    HOST = "host"
    WALK_IN = "walk-in"


class Listing(StrEnum):
    """How a person wants to appear among those who come."""

    NAME = "name"
    FIRST_NAME = "first name"
    HIDDEN = "hidden"


def _only(where: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(where), "postgresql_where": sa.text(where)}


_SILENT: Final = "answer = 'going' AND asked_at IS NOT NULL AND confirmed_at IS NULL"


class Rsvp(Model):
    """What one person answered to one event. Takes 1 + guests places when going, and while a place is held for it.

    A person is an account or a mail address; the address of an account's RSVP is the account's own, so one constraint
    holds for both. A walk-in without an address has neither.
    """

    __tablename__ = "rsvp"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "account_id"),
        sa.UniqueConstraint("event_id", "email"),
        sa.CheckConstraint("guests >= 0", name="guests"),
        sa.CheckConstraint("answer <> 'offered' OR offer_until IS NOT NULL", name="offers_end"),
        sa.Index("ix_rsvp_event_answer_queue", "event_id", "answer", "queued_at", "id"),
        sa.Index("ix_rsvp_offer_until", "offer_until", **_only("answer = 'offered'")),
        sa.Index("ix_rsvp_event_name", "event_id", "name_folded", "id"),
        sa.Index("ix_rsvp_silent", "event_id", "name_folded", "id", **_only(_SILENT)),
        sa.Index("ix_rsvp_email", "email"),
    )

    id: Mapped[pk]
    key: Mapped[key]  # in private links, together with a derived secret
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)  # of the ticket, typed at the door: core.ids.new_key
    ticket_version: Mapped[int] = mapped_column(default=1)  # raising it revokes QR codes and links handed out before
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"), index=True)
    email: Mapped[str | None] = mapped_column(sa.String(254))  # normalised
    name: Mapped[str] = mapped_column(sa.String(80))
    name_folded: Mapped[str] = mapped_column(sa.String(80), default="")
    locale: Mapped[str] = mapped_column(sa.String(12), default="en")  # of letters to somebody without an account
    answer: Mapped[Answer] = mapped_column(choice(Answer))
    guests: Mapped[int] = mapped_column(default=0)
    listing: Mapped[Listing] = mapped_column(choice(Listing), default=Listing.HIDDEN)
    source: Mapped[Source] = mapped_column(choice(Source), default=Source.WEB)
    queued_at: Mapped[created]  # place in the waitlist: earlier first, then id; set anew when joining the queue again
    answered_at: Mapped[created]
    offer_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # of the last offer; past: it ran out
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # «still coming?», for the start as it then was
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # «yes, still coming», since asked last
    late: Mapped[bool] = mapped_column(default=False)  # withdrew when it was too late for others (`Rules.late_hours`)
    excused: Mapped[bool] = mapped_column(default=False)  # a host does not count the late withdrawal or the absence
    invitation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invitation.id", ondelete="SET NULL"), index=True)
    note: Mapped[str] = mapped_column(sa.String(300), default="")  # the host's, never shown to the person
    blocked: Mapped[bool] = mapped_column(default=False)  # removed by a host and not welcome to come back by oneself
    once_hash: Mapped[str | None] = mapped_column(
        sa.String(64)
    )  # of the form's one-time secret: who sent the form sees the answer

    event: Mapped[Event] = relationship(lazy="raise_on_sql")
    account: Mapped[Account | None] = relationship(lazy="raise_on_sql")

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Only the person whose answer it is has a role on it; hosts have theirs on the event."""
        if actor is not None and actor.id == self.account_id:
            return frozenset({Role.ANYONE, Role.ACCOUNT, Role.SELF})
        return frozenset({Role.ANYONE})

    @property
    def knows_place(self) -> bool:
        """Whether this answer lets one know where an event that hides its address is, and the online link."""
        return self.answer == Answer.GOING

    @property
    def places(self) -> int:
        """Places this party takes when going: the person and the guests."""
        return 1 + self.guests

    @property
    def is_silent(self) -> bool:
        """Whether the person has a place, was asked whether they still come, and has not answered."""
        return self.answer is Answer.GOING and self.asked_at is not None and self.confirmed_at is None


class Asking(Model):
    """Those going to an event were asked whether they still come. One start is asked for once; another one anew."""

    __tablename__ = "asking"

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    starts_at: Mapped[utc]  # the start that was asked for
    asked_at: Mapped[utc]
    released_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # places were given on by themselves, as rules say


class RsvpMove(Model):
    """One change of an RSVP: who did it, when, why. Never changed afterwards."""

    __tablename__ = "rsvp_move"

    id: Mapped[pk]
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvp.id", ondelete="CASCADE"), index=True)
    before: Mapped[str] = mapped_column(sa.String(20), default="")  # empty: there was no RSVP
    after: Mapped[str] = mapped_column(sa.String(20))
    places: Mapped[int]  # after the move
    why: Mapped[str] = mapped_column(sa.String(200), default="")
    by: Mapped[str] = mapped_column(sa.String(10), default="person")  # rsvps.moves.By
    # None: the person by private link, the queue or the system.
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    moved_at: Mapped[created]


class Invitation(Model):
    """Lets whoever holds its link answer an event: one person by mail or by account, or a number of them by a link.

    The link is derived (`rsvps.invitations.token_of`), so that it can be shown again; `revoked_at` makes it void.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        sa.UniqueConstraint("event_id", "email"),
        sa.CheckConstraint("used >= 0 AND used <= uses", name="not_used_up"),
        sa.Index("ix_invitation_event_created", "event_id", "created_at", "id"),
    )

    id: Mapped[pk]
    key: Mapped[key]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    email: Mapped[str | None] = mapped_column(sa.String(254), index=True)  # normalised; None: a link for several
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(80), default="")  # of the person, or what the hosts call the link
    words: Mapped[str] = mapped_column(sa.String(500), default="")  # from the host, in the letter
    uses: Mapped[int] = mapped_column(default=1)  # people that it lets in
    used: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[created]
    declined_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # «I can't come»
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account | None] = relationship(lazy="raise_on_sql", foreign_keys=[account_id])


class Kind(StrEnum):
    """How a question is answered."""

    TEXT = "text"  # in own words
    CHOICE = "choice"  # one of the options
    SEVERAL = "several"  # any of the options
    YES_NO = "yes-no"


class Question(Model):
    """Something that the hosts ask who answers an event. Not asked any more it is retired: what was said stays."""

    __tablename__ = "question"
    __table_args__ = (
        sa.CheckConstraint("keep_days BETWEEN 1 AND 365", name="keep_days"),
        sa.Index("ix_question_event_position", "event_id", "position", "id"),
    )

    id: Mapped[pk]
    key: Mapped[key]
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[Kind] = mapped_column(choice(Kind))
    label: Mapped[str] = mapped_column(sa.String(200))
    help: Mapped[str] = mapped_column(sa.String(300), default="")
    options: Mapped[list[str]] = mapped_column(sa.JSON, default=list)
    required: Mapped[bool] = mapped_column(default=False)
    per_guest: Mapped[bool] = mapped_column(default=False)  # asked about the person and about each guest
    shown: Mapped[bool] = mapped_column(default=False)  # to those going; else to hosts only
    keep_days: Mapped[int] = mapped_column(default=30)  # after the event's end: what was said is then deleted
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reply(Model):
    """What was said to a question, and the promise under which it was said: the words, who sees it, how long it is kept.

    `guest` is 0 for the person, 1 … for the guests. Those above `Rsvp.guests` are of guests who do not come any more.
    """

    __tablename__ = "reply"
    __table_args__ = (
        sa.UniqueConstraint("rsvp_id", "question_id", "guest"),
        sa.CheckConstraint("guest >= 0", name="guest"),
        sa.Index("ix_reply_question_answered", "question_id", "answered_at", "id"),
    )

    id: Mapped[pk]
    rsvp_id: Mapped[int] = mapped_column(sa.ForeignKey("rsvp.id", ondelete="CASCADE"))
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id", ondelete="CASCADE"))
    guest: Mapped[int] = mapped_column(default=0)
    asked: Mapped[str] = mapped_column(sa.String(200))
    value: Mapped[Any] = mapped_column(sa.JSON)  # text and choice: str; several: list[str]; yes or no: bool
    shown: Mapped[bool] = mapped_column(default=False)
    keep_days: Mapped[int]
    answered_at: Mapped[created]


class Tally(Model):
    """Places taken at one event: counts shown are counts enforced.

    `ceiling` is the capacity, or what was taken already when capacity was lowered below it: nobody is thrown out, nobody
    gets in. The check constraint is the last referee against overselling.
    """

    __tablename__ = "tally"
    __table_args__ = (
        sa.CheckConstraint("taken >= 0 AND waiting >= 0", name="not_negative"),
        sa.CheckConstraint("held >= 0 AND held <= taken", name="held_is_taken"),
        sa.CheckConstraint("ceiling IS NULL OR taken <= ceiling", name="never_oversold"),
    )

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    taken: Mapped[int] = mapped_column(default=0)  # places of those going, and those held by open offers
    held: Mapped[int] = mapped_column(default=0)  # of these, places that are offered and not yet accepted
    going: Mapped[int] = mapped_column(default=0)  # parties going
    waiting: Mapped[int] = mapped_column(default=0)  # parties waiting
    ceiling: Mapped[int | None]
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
