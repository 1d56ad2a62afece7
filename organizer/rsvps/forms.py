"""What people type to answer an event, and hosts to add somebody."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from organizer.accounts.addresses import BadAddress, normalised
from organizer.accounts.models import Account
from organizer.core.errors import DomainError
from organizer.core.ids import new_secret
from organizer.events.models import Event
from organizer.web.errors import translated
from organizer.web.forms import Form
from organizer.web.replay import client_key

from .admission import Entry
from .models import Listing
from .opening import HOSTS_LIMIT
from .reply_forms import Asked
from .rules import LONGEST_WORD, Rules

LISTINGS = [
    SelectChoice(Listing.HIDDEN, _l("Nobody but the hosts")),
    SelectChoice(Listing.FIRST_NAME, _l("Everybody, by my first name")),
    SelectChoice(Listing.NAME, _l("Everybody, with name and picture")),
]
_MOST_CHOICES = 20


def _stripped(value: str | None) -> str:
    return " ".join((value or "").split())


def guest_choices(limit: int, present: int = 0) -> list[SelectChoice]:
    """Return how many guests may be chosen: up to the event's limit, and what a party has already."""
    numbers = sorted({*range(min(limit, _MOST_CHOICES) + 1), present})
    with_guests = [SelectChoice(n, ngettext("Me and %(num)s guest", "Me and %(num)s guests", n)) for n in numbers if n]
    return [SelectChoice(0, _("Just me")), *with_guests]


def blame(form: Form, error: DomainError) -> None:
    """Put a refusal of the service beside its field, or beside the first one."""
    name = getattr(error, "field", None)
    field = form[name] if name in form else next(iter(form))
    field.errors = [*field.errors, translated(error)]


class _AddressForm(Form):
    def validate_email(self, field: StringField) -> None:
        """Refuse what no letter could reach."""
        try:
            if field.data:
                normalised(field.data)
        except BadAddress as error:
            raise ValidationError(translated(error)) from error


class AnswerForm(_AddressForm):
    """Two fields for a visitor, none for who is signed in; guests and visibility are folded."""

    name = StringField(_l("Your name"), [InputRequired(_l("Please tell us your name.")), Length(max=80)], [_stripped])
    email = StringField(_l("Your mail address"), [InputRequired(_l("Tell us where to send the ticket."))])
    guests = SelectField(_l("Who comes?"), coerce=int, validate_choice=False, default=0)
    listing = RadioField(
        _l("Who may see that you come?"), [Optional()], choices=LISTINGS, default=Listing.HIDDEN, validate_choice=True
    )
    code = StringField(_l("The word"), [Optional(), Length(max=LONGEST_WORD)], [_stripped])
    of_age = BooleanField()
    once = HiddenField()
    invitation = HiddenField()
    asked: Asked | None = None

    def __init__(self, account: Account | None) -> None:
        super().__init__()
        self.usual = Listing.NAME if account is not None and account.listed else Listing.HIDDEN
        if account is not None:
            del self.email
            if account.name:
                del self.name
        if not self.is_submitted():
            self.once.data = new_secret()
            self.listing.data = self.usual

    def offer(self, event: Event) -> AnswerForm:
        """Let as many guests be chosen as the event takes, and say how old one must be; needed for showing only."""
        self.of_age.label.text = _("I am %(years)s or older", years=Rules.of(event).min_age)
        self.guests.choices = guest_choices(event.guests_limit)
        self.ask(event)
        return self

    def ask(self, event: Event) -> Asked:
        """Add what the event asks, once."""
        self.asked = self.asked or Asked.of(self, event, self.guests.data or 0)
        return self.asked

    def answer(self) -> dict[str, Any]:
        """Return what was typed as arguments of `service.answer`."""
        return {
            "name": self.name.data if "name" in self else "",
            "email": self.email.data if "email" in self else "",
            "guests": self.guests.data,
            "listing": Listing(self.listing.data or self.usual),
            "once": (self.once.data or client_key())[:64],
            "entry": self.entry(),
        }

    def entry(self) -> Entry:
        """Return what opens the event to whoever brings it."""
        return Entry((self.invitation.data or "")[:64], self.code.data or "", bool(self.of_age.data))


class PartyForm(Form):
    """How many come, changed later."""

    guests = SelectField(_l("Who comes?"), coerce=int, validate_choice=False)

    def __init__(self, event: Event, present: int) -> None:
        super().__init__(guests=present)
        self.guests.choices = guest_choices(event.guests_limit, present)


class ListingForm(Form):
    """Who may see that somebody comes."""

    listing = RadioField(_l("Who may see that you come?"), choices=LISTINGS)


class AddForm(_AddressForm):
    """A host puts somebody on the list."""

    name = StringField(_l("Name"), [InputRequired(_l("Whom do you want to add?")), Length(max=80)], [_stripped])
    email = StringField(_l("Mail address"), [Optional()], [_stripped])
    guests = IntegerField(_l("Guests"), [Optional(), NumberRange(0, HOSTS_LIMIT)], default=0)
    over_capacity = BooleanField(_l("Let in even if every place is taken"))
    quiet = BooleanField(_l("Do not write to them"))


class ReasonForm(Form):
    """A host decides past the order of the queue, or past the capacity."""

    why = StringField(
        _l("Reason"), [InputRequired(_l("Please say why, for the other hosts.")), Length(max=160)], [_stripped]
    )


class RemoveForm(Form):
    """A host takes somebody off the list."""

    why = StringField(
        _l("Reason"), [InputRequired(_l("Please say why, for the other hosts.")), Length(max=200)], [_stripped]
    )
    block = BooleanField(_l("They cannot answer this event again by themselves"))
    quiet = BooleanField(_l("Do not write to them"))
