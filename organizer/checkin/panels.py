"""What the door puts on the pages of lower features: the way to it, and what its record says of who will come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, g, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from organizer.checkin import records, turnout
from organizer.checkin.records import Outcome, Record
from organizer.checkin.turnout import Evening, Said
from organizer.core.access import Action, may
from organizer.core.slots import fills
from organizer.core.time import now
from organizer.events.answers import Shelf
from organizer.events.models import Event, State
from organizer.rsvps.models import Rsvp
from organizer.rsvps.rules import Rules
from organizer.web.chrome import viewer


@fills("event_host", order=10)
def door_link(event: Any, **_more: object) -> str:
    """The way to the door, for who may check people in."""
    if event.state != State.PUBLISHED or not may(viewer(), Action.CHECK_IN, event):
        return ""
    return render_template("checkin/_door_link.html", event=event)


@fills("guest_list", order=10)
def turnout_panel(event: Event, going: int, **_more: object) -> str:
    """How many of those `going` will come, and how many places more may be given. Of no use once the event has begun."""
    if not going or event.state is not State.PUBLISHED or event.starts_at <= now():
        return ""
    past = _evenings(event)
    parties, habits = records.going(event, going, list(past)), turnout.learn(past.values())
    expected = turnout.forecast(parties, habits)
    counted = {said: sum(party.count for party in parties if party.said is said) for said in Said}
    return render_template(
        "checkin/_turnout.html",
        event=event,
        habits=habits,
        expected=expected,
        asked=counted[Said.YES] + counted[Said.SILENT],
        confirmed=counted[Said.YES],
        silent=counted[Said.SILENT],
        needed=(turnout.EVENINGS_NEEDED, turnout.ANSWERS_NEEDED),
        overbooked=Rules.of(event).overbooking,
        advice=turnout.overbooking(parties, habits, event.capacity) if event.capacity else 0,
        risk=round(100 * turnout.RISK),
    )


@fills("guest_records", order=10)
def guest_records(event: Event, people: Sequence[Rsvp], **_more: object) -> Any:
    """How often these people came, in words."""
    known = records.records_of(event, people) if _evenings(event) else {}
    return {number: record_words(record) for number, record in known.items()}


@fills("guest_person", order=10)
def person_record(event: Event, rsvp: Rsvp, reason: Any, opened: str, **_more: object) -> str:
    """What one person did in the last twelve months, and what a host may say about this time."""
    pasts = records.history(event, rsvp)
    this_time = next((past.outcome for past in pasts if past.rsvp_id == rsvp.id), None)
    if this_time is None and rsvp.answer == "cancelled" and rsvp.late:
        this_time = Outcome.EXCUSED if rsvp.excused else Outcome.LATE  # of an event that is not over, or without a door
    return render_template(
        "checkin/_record.html",
        event=event,
        rsvp=rsvp,
        pasts=pasts,
        words=record_words(records.record_of(pasts)),
        outcome_word=outcome_word,
        linked={past.rsvp_id for past in pasts if may(viewer(), Action.SEE_GUEST_LIST, past.event)},
        this_time=this_time,
        reason=reason,
        opened=opened,
    )


def _evenings(event: Event) -> dict[int, Evening]:
    """What past events of the community showed, read once a request, in production once an hour: it changes rarely."""
    known: dict[int, dict[int, Evening]] = g.setdefault("evenings", {})
    if event.community_id not in known:
        shelf: Shelf[Any] = current_app.extensions["parts"]
        named = ("evenings", f"{event.community_id}:{now():%Y%m%d%H}")
        found = shelf.find(named) if shelf.room else None
        if found is None:
            found = records.evenings(event)
            shelf.keep(named, found)
        known[event.community_id] = found
    return known[event.community_id]


def record_words(record: Record) -> str:
    """Return "came to 4 of 5 · late twice", or "" for nothing."""
    said = []
    if record.of:
        said.append(_("came to %(came)s of %(of)s", came=record.came, of=record.of))
    if record.late:
        few = {1: _("withdrew late once"), 2: _("withdrew late twice")}
        many = ngettext("withdrew late %(num)s time", "withdrew late %(num)s times", record.late)
        said.append(few.get(record.late, many))
    return " · ".join(said)


def outcome_word(outcome: Outcome) -> str:
    """Return what a host calls it."""
    known = {
        Outcome.CAME: _("Came"),
        Outcome.ABSENT: _("Did not come"),
        Outcome.LATE: _("Withdrew late"),
        Outcome.EXCUSED: _("Excused"),
    }
    return str(known[outcome])
