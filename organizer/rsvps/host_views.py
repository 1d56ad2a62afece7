"""The hosts' list of an event: look, search, add, remove, note, export."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from organizer.accounts.models import Account
from organizer.accounts.session import member
from organizer.core.access import Action, require
from organizer.core.errors import Invalid, NotFound
from organizer.core.ids import KEY_PATTERN
from organizer.core.time import to_wall
from organizer.events import service as events
from organizer.events.models import Event
from organizer.web.spreadsheets import Cell, csv_response, xlsx_response

from . import opening, queries, seats, service
from .blueprint import bp
from .forms import AddForm, RemoveForm, blame
from .models import Answer, Rsvp, Source
from .words import answer_word, source_word, why_word


@bp.get("/events/<string(length=10):key>/guests")
def guests(key: str) -> ResponseReturnValue:
    """Everybody on the list, by answer and by a part of name or address."""
    return _list(_event(key, member()), AddForm(formdata=None))


@bp.post("/events/<string(length=10):key>/guests")
def add_guest(key: str) -> ResponseReturnValue:
    """Put somebody on the list by hand."""
    account = member()
    event, form = _event(key, account), AddForm()
    if form.validate_on_submit():
        try:
            rsvp = service.add_by_host(
                account,
                event,
                form.name.data,
                form.email.data or "",
                form.guests.data or 0,
                over_capacity=form.over_capacity.data,
                source=Source.HOST,
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
    event, rsvp = _guest(key, guest, member())
    return _person(event, rsvp, RemoveForm(formdata=None, block=True))


@bp.post("/events/<string(length=10):key>/guests/<guest>/note")
def note_guest(key: str, guest: str) -> ResponseReturnValue:
    """Keep a note for the hosts."""
    account = member()
    _event_found, rsvp = _guest(key, guest, account)
    service.set_note(account, rsvp, request.form.get("note", ""))
    flash(_("Saved."))
    return redirect(url_for("rsvps.guest", key=key, guest=guest), 303)


@bp.post("/events/<string(length=10):key>/guests/<guest>/remove")
def remove_guest(key: str, guest: str) -> ResponseReturnValue:
    """Take somebody off the list, with a reason for the other hosts."""
    account = member()
    event, rsvp = _guest(key, guest, account)
    form = RemoveForm()
    if not form.validate_on_submit():
        return _person(event, rsvp, form), 422
    service.remove(account, rsvp, form.why.data, form.block.data)
    flash(_("%(name)s is off the list.", name=rsvp.name))
    return redirect(url_for("rsvps.guests", key=key), 303)


@bp.post("/events/<string(length=10):key>/guests/<guest>/let-in")
def let_in_guest(key: str, guest: str) -> ResponseReturnValue:
    """Give a place to who waits or had left, even past the capacity."""
    account = member()
    event, rsvp = _guest(key, guest, account)
    service.let_in(account, rsvp, over_capacity=True)
    flash(_("%(name)s is on the list.", name=rsvp.name))
    return redirect(url_for("rsvps.guest", key=event.key, guest=guest), 303)


@bp.get("/events/<string(length=10):key>/guests.csv")
def guests_csv(key: str) -> ResponseReturnValue:
    """The list as CSV."""
    event = _event(key, member())
    return csv_response(_file_name(event), _header(), _rows(event))


@bp.get("/events/<string(length=10):key>/guests.xlsx")
def guests_xlsx(key: str) -> ResponseReturnValue:
    """The list for spreadsheet programs."""
    event = _event(key, member())
    return xlsx_response(_file_name(event), _header(), _rows(event), _("Guests"))


def _event(key: str, account: Account) -> Event:
    event = events.get(key)
    require(account, Action.SEE_GUEST_LIST, event)
    return event


def _guest(key: str, guest_key: str, account: Account) -> tuple[Event, Rsvp]:
    event = _event(key, account)
    rsvp = queries.guest(event, guest_key) if KEY_PATTERN.fullmatch(guest_key) else None
    if rsvp is None:
        raise NotFound
    rsvp.event = event
    return event, rsvp


def _list(event: Event, form: AddForm) -> str:
    wanted, search = request.args.get("answer", ""), request.args.get("q", "")
    answer = Answer(wanted) if wanted in set(Answer) else None
    return render_template(
        "rsvps/guests.html",
        event=event,
        counts=queries.counts(event),
        page=queries.guests(event, answer, search, request.args.get("after", "")),
        answer=answer,
        search=search,
        form=form,
        answer_word=answer_word,
    )


def _person(event: Event, rsvp: Rsvp, form: RemoveForm) -> str:
    return render_template(
        "rsvps/guest.html",
        event=event,
        rsvp=rsvp,
        moves=queries.moves_of(rsvp),
        position=queries.position(rsvp),
        form=form,
        answer_word=answer_word,
        source_word=source_word,
        why_word=why_word,
    )


def _file_name(event: Event) -> str:
    return f"guests-{event.slug}-{event.starts_wall:%Y-%m-%d}"


def _header() -> list[str]:
    return [_("Name"), _("Mail address"), _("Answer"), _("Guests"), _("Places"), _("How"), _("Answered"), _("Note")]


def _rows(event: Event) -> Iterator[list[Cell]]:
    for rsvp in queries.all_guests(event):
        answered = to_wall(rsvp.answered_at, event.zone).strftime("%Y-%m-%d %H:%M")
        words = (answer_word(rsvp.answer), source_word(rsvp.source))
        yield [rsvp.name, rsvp.email, words[0], rsvp.guests, rsvp.places, words[1], answered, rsvp.note]
