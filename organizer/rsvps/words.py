"""What answers and their moves are called on pages for hosts."""

from __future__ import annotations

from flask_babel import gettext as _

from . import moves
from .models import Answer, Source

_OURS = {value for name, value in vars(moves).items() if name.isupper() and isinstance(value, str)} - set(Answer)


def answer_word(answer: str) -> str:
    """Return the name of an answer, or "" for none."""
    known = {
        Answer.GOING: _("Going"),
        Answer.WAITLISTED: _("Waiting"),
        Answer.PENDING: _("To be approved"),
        Answer.OFFERED: _("Place held"),
        Answer.DECLINED: _("Declined"),
        Answer.CANCELLED: _("Cancelled"),
        Answer.REMOVED: _("Removed"),
    }
    return str(known[Answer(answer)]) if answer else ""


def source_word(source: str) -> str:
    """Return how somebody came on the list."""
    known = {Source.WEB: _("On the page"), Source.HOST: _("By a host"), Source.WALK_IN: _("At the door")}
    return str(known[Source(source)])


def reply_words(value: str | bool | list[str]) -> str:
    """Return what somebody said to a question."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "; ".join(value) if isinstance(value, list) else value


def why_word(why: str) -> str:
    """Return the reason of a move: our own words in the visitor's language, a host's (after a colon) as they were typed."""
    ours, colon, theirs = why.partition(": ")
    return f"{_(ours)}{colon}{theirs}" if ours in _OURS else why
