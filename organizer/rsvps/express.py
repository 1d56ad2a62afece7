"""A newcomer's answer in one statement, on PostgreSQL.

While an event's row is locked everybody else waits, and most of that time would be spent on the way to the database and
back. So what `seats.hold`, `seats.admit`, `parties.insert` and `moves.log` do one after another is one statement here. It does
all or nothing: whatever is not usual (rules that have just changed, no tally yet, somebody who has answered before) changes
nothing and is left to them. On SQLite there is no way to save.

What the statement has read before it was given the lock may be old, but PostgreSQL reads the rows that it changes anew, and
asks their conditions again. The turn of an answer follows from the one before it (`Tally.changed_at`), not from the clock
alone: the order of the queue is the order in which the lock was given.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm.attributes import set_committed_value

from organizer.core.db import Again, Model, db
from organizer.core.time import UtcDateTime, now
from organizer.events.models import Event

from . import moves, parties, seats
from .models import Answer, Rsvp
from .moves import By
from .rules import Rules

_EVENT, _TALLY, _RSVP, _MOVE = (Model.metadata.tables[name] for name in ("event", "tally", "rsvp", "rsvp_move"))
_PROMISED = ("capacity", "state", "starts_at", "ends_at")


def _given(column: sa.Column[Any]) -> sa.BindParameter[Any]:
    """A value for `column`. Not by the column's name alone: SQLAlchemy would set every column that is called so."""
    return sa.bindparam(f"given_{column.name}", type_=column.type)


def _held() -> sa.CTE:
    """The event, if it is as it was read, and the person is new."""
    same = [_EVENT.c[name].is_not_distinct_from(_given(_EVENT.c[name])) for name in _PROMISED]
    # Two looks into two indexes: an OR may end in reading all answers of the event.
    new = [
        sa.not_(sa.exists().where(_RSVP.c.event_id == _given(_RSVP.c.event_id), whose == _given(whose)))
        for whose in (_RSVP.c.email, _RSVP.c.account_id)
    ]
    rules = sa.cast(_EVENT.c.rsvp_rules, sa.Text) == sa.bindparam("given_rules", type_=sa.Text)
    return (
        sa.update(_EVENT)
        .where(_EVENT.c.id == _given(_RSVP.c.event_id), *same, rules, *new)
        .values(version=_EVENT.c.version + 1)
        .returning(_EVENT.c.id, _EVENT.c.version)
        .cte("held")
    )


def _statement(room: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """Hold the event; give a place if there is `room`, else the next position; write the answer and its line in the log."""
    held, places = _held(), sa.bindparam("places", type_=sa.Integer)  # the name that `room` has for it
    after_the_last = _TALLY.c.changed_at + sa.literal_column("INTERVAL '1 microsecond'")
    # Locked once more, and so read anew: joined, since a subquery would not be asked again.
    turn = (
        sa.select(
            _TALLY.c.event_id,
            sa.case((room, Answer.GOING), else_=Answer.WAITLISTED).label("answer"),
            sa.func.greatest(_given(_RSVP.c.queued_at), after_the_last, type_=UtcDateTime).label("moment"),
        )
        .join(held, held.c.id == _TALLY.c.event_id)
        .with_for_update(of=_TALLY)
        .cte("turn")
    )
    going = turn.c.answer == Answer.GOING
    taken = (
        sa.update(_TALLY)
        .where(_TALLY.c.event_id == turn.c.event_id)
        .values(
            taken=_TALLY.c.taken + sa.case((going, places), else_=0),
            going=_TALLY.c.going + sa.case((going, 1), else_=0),
            waiting=_TALLY.c.waiting + sa.case((going, 0), else_=1),
            changed_at=turn.c.moment,
        )
        .cte("taken")
    )
    found = {"answer": turn.c.answer, "queued_at": turn.c.moment, "answered_at": turn.c.moment}
    row = {column.name: found.get(column.name, _given(column)) for column in _RSVP.c if column.name != "id"}
    party = (
        postgresql.insert(_RSVP)
        .from_select(list(row), sa.select(*row.values()).select_from(turn), include_defaults=False)
        .on_conflict_do_nothing()
        .returning(_RSVP.c.id, _RSVP.c.answer, _RSVP.c.queued_at)
        .cte("party")
    )
    told = {"rsvp_id": party.c.id, "before": sa.literal(""), "after": party.c.answer}
    told |= {name: _given(_MOVE.c[name]) for name in ("places", "why", "by", "by_id")} | {"moved_at": party.c.queued_at}
    logged = sa.insert(_MOVE).from_select(list(told), sa.select(*told.values()), include_defaults=False).cte("logged")
    return (
        sa.select(held.c.version, turn.c.moment, party.c.id, party.c.answer)
        .select_from(held.outerjoin(turn, sa.true()).outerjoin(party, sa.true()))
        .add_cte(taken, logged)
    )


# Built once. Which holds follows from the event (`Seats.have_room`): whether places go past those who wait.
_STATEMENTS = {True: _statement(seats.FITS), False: _statement(seats.FITS_FIRST)}


def join(event: Event, values: dict[str, Any], why: str, by_id: int | None) -> Rsvp | None:
    """Give a newcomer a place or a position and log it; None if it must be done step by step: nothing is changed then.

    Raises Again for somebody who sends two forms at once. Whether the event takes answers was asked before.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return None
    db.session.flush()
    held = seats.Seats(event, now(), Rules.of(event))
    row = parties.row_of(event, values)
    facts = {name: getattr(event, name) for name in _PROMISED} | {"rules": json.dumps(event.rsvp_rules)}
    move = {"places": 1 + row["guests"], "why": why, "by": By.PERSON, "by_id": by_id}
    given = {f"given_{name}": value for name, value in (row | facts | move).items()}
    asked = given | {"given_queued_at": held.moment, "places": move["places"]}
    done = db.session.execute(_STATEMENTS[held.queue_moves], asked).one_or_none()
    if done is None:
        return None
    version, turn, number, answer = done
    set_committed_value(event, "version", version)
    if turn is None:  # there is no tally yet
        return None
    if number is None:
        raise Again
    moves.check(None, answer, By.PERSON)
    return parties.written(event, number, row | {"answer": answer, "queued_at": turn, "answered_at": turn})
