"""Reading what was said: for hosts in sums, in lists and as columns of a table; for others what is shown to them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events.models import Event
from organizer.web.paging import Page, cut, decode, encode

from .models import Answer, Kind, Listing, Question, Reply, Rsvp
from .queries import Face, face
from .replies import Value
from .rules import Rules

PAGE = 50
_PORTION = 500  # people whose replies are read at once
NOBODY = Face("", "", None)
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


def sums(event: Event, question: Question | None = None) -> dict[int, Sum]:
    """Return, by question (or of one), what those going said. One statement, over as many rows as there are replies."""
    which = Question.event_id == event.id if question is None else Question.id == question.id
    said = sa.case((Question.kind == Kind.TEXT, ""), else_=sa.cast(Reply.value, sa.Text))
    asked = sa.case((Question.kind == Kind.TEXT, ""), else_=Reply.asked)
    rows = db.session.execute(
        sa.select(Reply.question_id, asked, said, sa.func.count())
        .join(Question, Question.id == Reply.question_id)
        .join(Rsvp, Rsvp.id == Reply.rsvp_id)
        .where(which, Rsvp.event_id == event.id, Rsvp.answer == Answer.GOING, _COME_ALONG)
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
    return _page(wanted, cursor, _for_hosts)


def shown(event: Event, question: Question, cursor: str = "") -> Page[Line]:
    """Return a page of what those going may see of each other: said by those going, and under the promise to show it.

    Names as each is listed; none where the hosts keep to themselves who comes.
    """
    wanted = _said(question).where(Rsvp.answer == Answer.GOING, Reply.shown)
    return _page(wanted, cursor, _by_nobody if Rules.of(event).hides_counts else _for_others)


def columns(event: Event) -> list[Column]:
    """Return the columns for what is asked at `event` and what was said: one more for each guest somebody answered for."""
    rows = db.session.execute(
        sa.select(Question.id, Question.label, sa.func.max(Reply.guest))
        .outerjoin(Reply, Reply.question_id == Question.id)
        .where(Question.event_id == event.id)
        .group_by(Question.id)
        .having(sa.or_(Question.retired_at.is_(None), sa.func.max(Reply.guest).is_not(None)))
        .order_by(Question.retired_at.is_not(None), Question.position, Question.id)
    )
    return [Column(id_, label, guest) for id_, label, most in rows for guest in range((most or 0) + 1)]


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


def _said(question: Question) -> Any:
    return (
        sa.select(Reply, Rsvp.name, Rsvp.listing, Rsvp.key, Account.key, Account.picture)
        .join(Rsvp, Rsvp.id == Reply.rsvp_id)
        .outerjoin(Account, Account.id == Rsvp.account_id)
        .where(Reply.question_id == question.id, _COME_ALONG)
    )


def _page(wanted: sa.Select[Any], cursor: str, line_of: Callable[..., Line]) -> Page[Line]:
    after = decode(cursor, datetime.fromisoformat, int)
    if after:
        same = sa.and_(Reply.answered_at == after[0], Reply.id < after[1])
        wanted = wanted.where(sa.or_(Reply.answered_at < after[0], same))
    newest = wanted.order_by(Reply.answered_at.desc(), Reply.id.desc()).limit(PAGE + 1)
    page = cut(
        db.session.execute(newest).all(),
        PAGE,
        lambda row: encode(row[0].answered_at, row[0].id),
        backwards=False,
        has_cursor=after is not None,
    )
    return Page([line_of(*row) for row in page.items], page.newer, page.older)


def _for_hosts(reply: Reply, name: str, listing: Listing, rsvp_key: str, key: str | None, picture: str | None) -> Line:
    return Line(reply.value, reply.asked, reply.guest, Face(name, key or name, picture), rsvp_key)


def _for_others(reply: Reply, name: str, listing: Listing, rsvp_key: str, key: str | None, picture: str | None) -> Line:
    seen = NOBODY if listing == Listing.HIDDEN else face(name, listing, key, picture)
    return Line(reply.value, reply.asked, reply.guest, seen)


def _by_nobody(reply: Reply, *_who: object) -> Line:
    return Line(reply.value, reply.asked, reply.guest, NOBODY)
