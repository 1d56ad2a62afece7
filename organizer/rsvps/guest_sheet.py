"""The hosts' list as a table for spreadsheets: a person a row, what was said to each question in columns of its own."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from organizer.core.time import to_wall
from organizer.events.models import Event
from organizer.web.spreadsheets import Cell

from . import queries, reply_queries
from .models import Rsvp
from .replies import Value
from .reply_queries import Column
from .words import answer_word, reply_words, source_word


def of(event: Event) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return the header, and the rows as they are read."""
    asked = reply_queries.columns(event)
    header = [_("Name"), _("Mail address"), _("Answer"), _("Guests"), _("Places"), _("How"), _("Answered"), _("Note")]
    return [*header, *map(_title, asked)], _rows(event, asked)


def _rows(event: Event, asked: list[Column]) -> Iterator[list[Cell]]:
    for rsvp, said in reply_queries.with_replies(queries.all_guests(event), asked):
        cells = (said.get((column.question_id, column.guest)) for column in asked)
        yield [
            *_person(event, rsvp),
            *(_cell(column, found) for column, found in zip(asked, cells, strict=True)),
        ]


def _person(event: Event, rsvp: Rsvp) -> list[Cell]:
    answered = to_wall(rsvp.answered_at, event.zone).strftime("%Y-%m-%d %H:%M")
    words = (answer_word(rsvp.answer), source_word(rsvp.source))
    return [rsvp.name, rsvp.email, words[0], rsvp.guests, rsvp.places, words[1], answered, rsvp.note]


def _title(column: Column) -> str:
    return (
        _("%(question)s (guest %(number)s)", question=column.label, number=column.guest)
        if column.guest
        else column.label
    )


def _cell(column: Column, found: tuple[str, Value] | None) -> Cell:
    """What was said; with the words that were asked, where they were others."""
    if found is None:
        return None
    asked, value = found
    said = reply_words(value)
    return said if asked == column.label else _("%(said)s (asked: %(words)s)", said=said, words=asked)
