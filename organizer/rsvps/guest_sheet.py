"""The hosts' list as a table for spreadsheets: a person a row, what was said to each question in columns of its own."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from organizer.core.time import to_wall
from organizer.events.models import Event
from organizer.web.spreadsheets import Cell

from . import queries, reply_queries
from .models import Answer, Source
from .replies import Value
from .reply_queries import Column
from .words import answer_word, reply_words, source_word


class Words:
    """What is said in many rows, translated once: a translation costs more than a row."""

    def __init__(self) -> None:
        self.answers = {answer: answer_word(answer) for answer in Answer}
        self.sources = {source: source_word(source) for source in Source}
        self.yes_no = {truth: reply_words(truth) for truth in (True, False)}

    def said(self, value: Value) -> str:
        """Return what somebody said to a question."""
        return self.yes_no[value] if isinstance(value, bool) else reply_words(value)


def of(event: Event) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return the header, and the rows as they are read."""
    asked = reply_queries.columns(event)
    header = [_("Name"), _("Mail address"), _("Answer"), _("Guests"), _("Places"), _("How"), _("Answered"), _("Note")]
    return [*header, *map(_title, asked)], _rows(event, asked, Words())


def _rows(event: Event, asked: list[Column], words: Words) -> Iterator[list[Cell]]:
    for rsvp, said in reply_queries.with_replies(queries.all_guests(event), asked):
        answered = to_wall(rsvp.answered_at, event.zone).strftime("%Y-%m-%d %H:%M")
        person = [rsvp.name, rsvp.email, words.answers[rsvp.answer], rsvp.guests, rsvp.places]
        cells = (_cell(column, said.get((column.question_id, column.guest)), words) for column in asked)
        yield [*person, words.sources[rsvp.source], answered, rsvp.note, *cells]


def _title(column: Column) -> str:
    if not column.guest:
        return column.label
    return str(_("%(question)s (guest %(number)s)", question=column.label, number=column.guest))


def _cell(column: Column, found: tuple[str, Value] | None, words: Words) -> Cell:
    """What was said; with the words that were asked, where they were others."""
    if found is None:
        return None
    asked, value = found
    said = words.said(value)
    return said if asked == column.label else _("%(said)s (asked: %(words)s)", said=said, words=asked)
