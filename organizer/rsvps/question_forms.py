"""What a host writes to ask something."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from organizer.events.models import Event
from organizer.web.forms import Form

from .models import Kind, Question
from .questions import KEEP, LONGEST_HELP, LONGEST_LABEL, LONGEST_OPTION, MOST_OPTIONS, QuestionDraft


class QuestionForm(Form):
    """What a host asks."""

    label = StringField(_l("Question"), [InputRequired(_l("What do you want to ask?")), Length(max=LONGEST_LABEL)])
    help = StringField(_l("A word of help"), [Length(max=LONGEST_HELP)])
    kind = SelectField(_l("How is it answered?"), default=Kind.TEXT)
    options = TextAreaField(_l("To choose from"), [Length(max=MOST_OPTIONS * (LONGEST_OPTION + 2))])
    required = BooleanField(_l("Must be answered"))
    per_guest = BooleanField(_l("About each guest, too"))
    shown = BooleanField(_l("Those who come see each other’s answers"))
    keep_days = SelectField(_l("Delete the answers"), coerce=int, default=30)

    def __init__(self, question: Question | None = None, **more: Any) -> None:
        values = {} if question is None else {name: getattr(question, name) for name in _SAME}
        if question is not None:
            values["options"] = "\n".join(question.options)
        super().__init__(data=values, **more)
        self.kind.choices = [SelectChoice(kind, kind_word(kind)) for kind in Kind]
        self.keep_days.choices = [SelectChoice(days, _keep_word(days)) for days in KEEP]

    def draft(self) -> QuestionDraft:
        """Return what was typed."""
        return QuestionDraft(
            kind=Kind(self.kind.data),
            label=self.label.data or "",
            help=self.help.data or "",
            options=tuple((self.options.data or "").splitlines()),
            required=bool(self.required.data),
            per_guest=bool(self.per_guest.data),
            shown=bool(self.shown.data),
            keep_days=self.keep_days.data,
        )


_SAME = ("label", "help", "kind", "required", "per_guest", "shown", "keep_days")


def kind_word(kind: Kind) -> str:
    """Return how a question is answered."""
    known = {
        Kind.TEXT: _("In own words"),
        Kind.CHOICE: _("One of several"),
        Kind.SEVERAL: _("Any of several"),
        Kind.YES_NO: _("Yes or no"),
    }
    return str(known[kind])


def suggestions(event: Event) -> dict[str, QuestionDraft]:
    """Return what many hosts ask, by a name for the form, in the language of who looks."""
    guests = event.guests_limit > 0
    friends = (
        _("A friend told me"),
        _("I found it here"),
        _("Social media"),
        _("A poster or flyer"),
        _("Something else"),
    )
    return {
        "food": QuestionDraft(Kind.TEXT, _("Is there anything you cannot eat?"), per_guest=guests, keep_days=14),
        "access": QuestionDraft(Kind.YES_NO, _("Do you need step-free access?"), per_guest=guests, keep_days=14),
        "bring": QuestionDraft(Kind.TEXT, _("What do you bring?"), shown=True),
        "heard": QuestionDraft(Kind.CHOICE, _("How did you hear of us?"), options=friends),
        "phone": QuestionDraft(Kind.TEXT, _("A phone number, in case we lose each other"), keep_days=1),
    }


def _keep_word(days: int) -> str:
    return str(ngettext("%(num)s day after the event", "%(num)s days after the event", days))
