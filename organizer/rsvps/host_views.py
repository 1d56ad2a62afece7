"""The hosts' list of an event: look, search, add, remove, note, export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.core.access import Action, require
from organizer.core.errors import Invalid, NotFound
from organizer.core.ids import KEY_PATTERN
from organizer.core.slots import fillers
from organizer.events import service as events
from organizer.events.models import Event
from organizer.web.spreadsheets import csv_response, xlsx_response

from . import asking, guest_sheet, hosting, opening, queries, replies, seats
from .blueprint import bp
from .forms import AddForm, ReasonForm, RemoveForm, blame
from .models import Answer, Rsvp, Source
from .rules import Rules
from .words import answer_word, reply_words, source_word, why_word


@bp.get("/events/<string(length=10):key>/guests")
def guests(key: str) -> ResponseReturnValue:
    """Everybody on the list, by answer and by a part of name or address."""
    return _list(hosted(key, member()), AddForm(formdata=None))


@bp.post("/events/<string(length=10):key>/guests")
def add_guest(key: str) -> ResponseReturnValue:
    """Put somebody on the list by hand."""
    account = member()
    event, form = hosted(key, account), AddForm()
    if form.validate_on_submit():
        try:
            rsvp = hosting.add_by_host(
                account,
                event,
                form.name.data,
                form.email.data or "",
                form.guests.data or 0,
                over_capacity=form.over_capacity.data,
                source=Source.HOST,
                quiet=form.quiet.data,
            )
        except (Invalid, seats.Full, opening.Closed) as error:
            blame(form, error)
        else:
            flash(_("%(name)s is on the list.", name=rsvp.name))
            return redirect(url_for("rsvps.guests", key=key), 303)
    return _list(event, form), 422


@bp.get("/events/<string(length=10):key>/guests/<guest>")
def guest(key: str, guest: str) -> ResponseReturnValue:
    """One person: what happened so far, a note, and the way off the list."""
    event, rsvp = guest_of(key, guest, member())
    return person_page(event, rsvp)


@bp.post("/events/<string(length=10):key>/guests/<guest>/note")
def note_guest(key: str, guest: str) -> ResponseReturnValue:
    """Keep a note for the hosts."""
    account = member()
    _event_found, rsvp = guest_of(key, guest, account)
    hosting.set_note(account, rsvp, request.form.get("note", ""))
    flash(_("Saved."))
    return redirect(url_for("rsvps.guest", key=key, guest=guest), 303)


@bp.post("/events/<string(length=10):key>/guests/<guest>/remove")
def remove_guest(key: str, guest: str) -> ResponseReturnValue:
    """Take somebody off the list, with a reason for the other hosts."""
    account = member()
    event, rsvp = guest_of(key, guest, account)
    form = RemoveForm()
    if not form.validate_on_submit():
        return person_page(event, rsvp, form), 422
    hosting.remove(account, rsvp, form.why.data, form.block.data, quiet=form.quiet.data)
    flash(_("%(name)s is off the list.", name=rsvp.name))
    return redirect(url_for("rsvps.guests", key=key), 303)


@bp.get("/events/<string(length=10):key>/guests.csv")
def guests_csv(key: str) -> ResponseReturnValue:
    """The list as CSV."""
    event = hosted(key, member())
    header, rows = guest_sheet.of(event)
    return csv_response(_file_name(event), header, rows)


@bp.get("/events/<string(length=10):key>/guests.xlsx")
def guests_xlsx(key: str) -> ResponseReturnValue:
    """The list for spreadsheet programs."""
    event = hosted(key, member())
    header, rows = guest_sheet.of(event)
    return xlsx_response(_file_name(event), header, rows, _("Guests"))


def hosted(key: str, account: Account) -> Event:
    """Return the event if `account` may see its guest list."""
    event = events.get(key)
    require(account, Action.SEE_GUEST_LIST, event)
    return event


def guest_of(key: str, guest_key: str, account: Account) -> tuple[Event, Rsvp]:
    """Return a person of the list with the event. Raises NotFound."""
    event = hosted(key, account)
    rsvp = queries.guest(event, guest_key) if KEY_PATTERN.fullmatch(guest_key) else None
    if rsvp is None:
        raise NotFound
    rsvp.event = event
    return event, rsvp


def _list(event: Event, form: AddForm) -> str:
    wanted, search = request.args.get("answer", ""), request.args.get("q", "")
    answer = Answer(wanted) if wanted in set(Answer) else None
    page = queries.guests(event, answer, search, request.args.get("after", ""))
    return render_template(
        "rsvps/guests.html",
        event=event,
        counts=queries.counts(event),
        limit=Rules.of(event).limit(event.capacity),
        silent=asking.silent_count(event),
        page=page,
        records=records_of(event, page.items),
        answer=answer,
        search=search,
        form=form,
        answer_word=answer_word,
    )


def records_of(event: Event, people: Sequence[Rsvp]) -> dict[int, str]:
    """What is known of how often these people come, in words, by the RSVP's number: told by higher features."""
    records: dict[int, str] = {}
    for filler in fillers("guest_records"):
        records |= cast(dict[int, str], filler(event=event, people=people))
    return records


def person_page(
    event: Event, rsvp: Rsvp, form: RemoveForm | None = None, reason: ReasonForm | None = None, opened: str = ""
) -> str:
    """The page of one person; `opened` names the deed whose form has errors."""
    return render_template(
        "rsvps/guest.html",
        event=event,
        rsvp=rsvp,
        moves=queries.moves_of(rsvp),
        position=queries.position(rsvp),
        form=form or RemoveForm(formdata=None, block=True),
        reason=reason or ReasonForm(formdata=None),
        opened=opened,
        rules=Rules.of(event),
        replied=replies.of(rsvp),
        reply_words=reply_words,
        answer_word=answer_word,
        source_word=source_word,
        why_word=why_word,
    )


def _file_name(event: Event) -> str:
    return f"guests-{event.slug}-{event.starts_wall:%Y-%m-%d}"
