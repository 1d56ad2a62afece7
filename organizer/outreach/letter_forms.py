"""What organizers and hosts type for letters."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from organizer.web.forms import Form

from .models import Audience
from .wording import Words

AUDIENCES = {
    Audience.GOING: _l("Those who are going"),
    Audience.WAITING: _l("Those on the waitlist"),
    Audience.PENDING: _l("Those who asked and wait for a host"),
    Audience.INVITED: _l("Those invited who have not answered"),
}


class OwnWordsForm(Form):
    """Subject and opening; `wording.checked` says what may be in them."""

    subject = StringField(_l("Subject"), description=_l("Empty: ours."))
    opening = TextAreaField(
        _l("Opening"), description=_l("Plain text, empty: ours. A blank line makes a new paragraph.")
    )

    def words(self) -> Words:
        """Return what was typed."""
        return Words(self.subject.data or "", self.opening.data or "")


class MessageForm(Form):
    """A message from a host; `messages.write` says what may be in it."""

    audience = RadioField(_l("To whom?"), choices=[], validate_choice=False)
    subject = StringField(_l("Subject"), [InputRequired()])
    text = TextAreaField(
        _l("Message"),
        [InputRequired()],
        description=_l("Plain text. A blank line makes a new paragraph; links are shown in full."),
    )
    message = HiddenField()

    def __init__(self, counts: dict[Audience, int], **more: Any) -> None:
        super().__init__(**more)
        self.audience.choices = [SelectChoice(each, label) for each, label in AUDIENCES.items()]
        self.counts = {
            str(each): ngettext("%(num)s letter", "%(num)s letters", count) for each, count in counts.items()
        }

    @property
    def to(self) -> Audience | None:
        """The chosen audience, None if it is none of ours."""
        chosen = self.audience.data
        return Audience(chosen) if chosen in set(Audience) else None
