"""Every module that makes kinds of letters known."""

from __future__ import annotations

from . import (
    account_letters,
    after_letters,
    answer_letters,
    digests,
    event_letters,
    host_letters,
    people_letters,
    ticket_letters,
)

MODULES = (
    account_letters,
    after_letters,
    answer_letters,
    digests,
    event_letters,
    host_letters,
    people_letters,
    ticket_letters,
)
