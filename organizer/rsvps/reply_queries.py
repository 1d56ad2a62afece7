"""Reading what was said: for hosts in sums, in lists and as columns of a table; for others what is shown to them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event
from organizer.web.paging import Page, cut, decode, encode

from .models import Answer, Kind, Listing, Question, Reply, Rsvp
from .queries import Face, face
from .replies import Value

PAGE = 50
_PORTION = 500  # people whose replies are read at once
_COME_ALONG = Reply.guest <= Rsvp.guests  # guests who were left at home are counted no more


@dataclass
class Sum:
    """How often something was said to a question, by the words in which it was asked."""

    replies: int = 0
    counts: dict[str, Counter[str | bool]] = field(default_factory=lambda: defaultdict(Counter))


@dataclass(frozen=True)
class Line:
    """What one person, or a guest of theirs, said; `face` as far as whoever looks may see."""

    value: Value
    asked: str
    guest: int
    face: Face
    key: str = ""  # of the RSVP, for hosts


@dataclass(frozen=True)
class Column:
    """A column of the hosts' table: one question about the person (0), or about one of the guests."""

    question_id: int
    label: str
    guest: int


def sums(event: Event) -> dict[int, Sum]:
    """Return, by question, what those who are going said. One statement, over as many rows as there are replies."""
    said = sa.case((Question.kind == Kind.TEXT, ""), else_=sa.cast(Reply.value, sa.Text))
    asked = sa.case((Question.kind == Kind.TEXT, ""), else_=Reply.asked)
    rows = db.session.execute(
        sa.select(Reply.question_id, asked, said, sa.func.count())
        .join(Question, Question.id == Reply.question_id)
        .join(Rsvp, Rsvp.id == Reply.rsvp_id)
        .where(Question.event_id == event.id, Rsvp.answer == Answer.GOING, _COME_ALONG)
        .group_by(sa.literal_column("1"), sa.literal_column("2"), sa.literal_column("3"))
    )
    found: dict[int, Sum] = defaultdict(Sum)
    for question_id, words, text, count in rows:
        found[question_id].replies += count
        if text:
            value = json.loads(text)
            for part in value if isinstance(value, list) else [value]:
                found[question_id].counts[words][part] += count
    return found


def lines(question: Question, *, everybody: bool, cursor: str = "") -> Page[Line]:
    """Return a page of what was said to `question`, the latest first: by those going, or by everybody who answered."""
    wanted = _said(question)
    if not everybody:
        wanted = wanted.where(Rsvp.answer == Answer.GOING)
    return _page(wanted, cursor, lambda name, listing, key, picture: Face(name, key or name, picture))


def shown(question: Question, cursor: str = "") -> Page[Line]:
    """Return a page of what those going may see of each other: said by those going, and under the promise to show it."""
    wanted = _said(question).where(Rsvp.answer == Answer.GOING, Reply.shown)
    return _page(wanted, cursor, _as_listed)


def _as_listed(name: str, listing: Listing, key: str | None, picture: str | None) -> Face:
    return Face("", "", None) if listing == Listing.HIDDEN else face(name, listing, key, picture)


def columns(event: Event) -> list[Column]:
    """Return the columns for all that was said at `event`, or is asked: a column for each guest that somebody answered for."""
    most = sa.select(Reply.question_id, sa.func.max(Reply.guest).label("guest")).group_by(Reply.question_id).subquery()
    rows = db.session.execute(
        sa.select(Question.id, Question.label, most.c.guest)
        .outerjoin(most, most.c.question_id == Question.id)
        .where(Question.event_id == event.id, sa.or_(Question.retired_at.is_(None), most.c.guest.is_not(None)))
        .order_by(Question.retired_at.is_not(None), Question.position, Question.id)
    )
    return [Column(id_, label, guest) for id_, label, most_guests in rows for guest in range((most_guests or 0) + 1)]


def with_replies(
    people: Iterable[Rsvp], asked: Sequence[Column]
) -> Iterator[tuple[Rsvp, dict[tuple[int, int], tuple[str, Value]]]]:
    """Walk through `people` with what they said, (asked, value) by question and guest. One statement for 500 of them."""
    everybody = iter(people)
    while portion := list(islice(everybody, _PORTION)):
        said: dict[int, dict[tuple[int, int], tuple[str, Value]]] = defaultdict(dict)
        if asked:
            numbers = [rsvp.id for rsvp in portion]
            rows = db.session.execute(
                sa.select(Reply.rsvp_id, Reply.question_id, Reply.guest, Reply.asked, Reply.value)
                .join(Rsvp, Rsvp.id == Reply.rsvp_id)
                .where(Reply.rsvp_id.in_(numbers), _COME_ALONG)
            )
            for rsvp_id, question_id, guest, words, value in rows:
                said[rsvp_id][question_id, guest] = (words, value)
        yield from ((rsvp, said[rsvp.id]) for rsvp in portion)


def _said(question: Question) -> sa.Select[tuple[Reply, str, Listing, str, str, str]]:
    return (
        sa.select(Reply, Rsvp.name, Rsvp.listing, Rsvp.key, Account.key, Account.picture)
        .join(Rsvp, Rsvp.id == Reply.rsvp_id)
        .outerjoin(Account, Account.id == Rsvp.account_id)
        .where(Reply.question_id == question.id, _COME_ALONG)
    )
