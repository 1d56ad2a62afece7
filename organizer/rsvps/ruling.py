"""Changing the rules of an event."""

from __future__ import annotations

from dataclasses import replace

from organizer.accounts.models import Account
from organizer.core.access import Action, require
from organizer.core.db import db
from organizer.core.errors import N_, Invalid
from organizer.events import log
from organizer.events.models import Deed, Event

from . import opening, seats, waitlist
from .models import Rsvp
from .rules import Mode, Rules

LONGEST_HOURS, OLDEST = 24 * 30, 99


def change(actor: Account, event: Event, wanted: Rules) -> Rules:
    """Take answers by these rules from now on, and give on the places that they make free.

    What others keep (that there are questions, overbooking) stays. Who has a place keeps it, who asked still waits for a
    host, and places that are held stay held as long as was said. Raises Invalid with its field.
    """
    require(actor, Action.EDIT_EVENT, event)
    _check(event, wanted)
    held = seats.hold(event)
    before = Rules.of(event)
    event.rsvp_rules = replace(wanted, asks=before.asks, overbooking=before.overbooking).stored()
    db.session.flush()
    held.rules = Rules.of(event)
    waitlist.follow_rules(held)
    return held.rules


def overbook(actor: Account, event: Event, places: int) -> list[Rsvp]:
    """Give so many places more than there are, since some will not come; return whom that lets in.

    Fewer than before, or none, throw nobody out. Raises Invalid for an event without a limit, or more than it has places.
    """
    require(actor, Action.EDIT_EVENT, event)
    held = seats.hold(event)
    opening.check_open(event)
    if not 0 <= places <= (event.capacity or 0):
        raise Invalid(N_("That is more than this event has places."), field="places")
    if places == held.rules.overbooking:
        return []
    held.rules = replace(held.rules, overbooking=places)
    event.rsvp_rules = held.rules.stored()
    db.session.flush()
    log.note(event, Deed.OVERBOOKED, actor.id, words=str(places))
    return waitlist.follow_rules(held)


def _check(event: Event, wanted: Rules) -> None:
    if wanted.mode is Mode.CODE and not wanted.code.strip():
        raise Invalid(N_("Which word? People type it when they answer."), field="code")
    for name in ("opens", "closes", "edits"):
        moment = getattr(wanted, name)
        if moment is not None and moment.at(event) >= event.ends_at:
            raise Invalid(N_("That is after the end of the event."), field=f"{name}_wall")
    if wanted.opens is not None and wanted.closes is not None and wanted.closes.at(event) <= wanted.opens.at(event):
        raise Invalid(N_("Answers close before they open."), field="closes_wall")
    if not 1 <= wanted.offer_hours <= 72:
        raise Invalid(N_("Between %(least)s and %(most)s hours."), field="offer_hours", least=1, most=72)
    for name in ("late_hours", "ask_hours", "release_hours"):
        if not 0 <= getattr(wanted, name) <= LONGEST_HOURS:
            raise Invalid(N_("Between %(least)s and %(most)s hours."), field=name, least=0, most=LONGEST_HOURS)
    if wanted.release_hours and not wanted.release_hours < wanted.ask_hours:
        raise Invalid(N_("People need time to answer: give places on later than you ask."), field="release_hours")
    if not 0 <= wanted.min_age <= OLDEST:
        raise Invalid(N_("Between 0 and %(most)s."), field="min_age", most=OLDEST)
