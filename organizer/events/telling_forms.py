"""The fields by which a host says whether a move is told, and in which words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from organizer.web.forms import Form

from .telling import LONGEST_WORD, Telling


def _word() -> TextAreaField:
    return TextAreaField(
        _l("A word from you"),
        [Length(max=LONGEST_WORD, message=_l("At most 500 characters."))],
        description=_l("It stands in the letter, above the new time or place."),
    )


class TellingFields:
    """Mix into the form of an event; shown only where somebody would be told. Read with `telling()`."""

    tell = RadioField(
        _l("If time or place change"),
        choices=[SelectChoice("now", _l("Tell people now")), SelectChoice("later", _l("Do not tell them yet"))],
        default="now",
        validate_choice=False,
    )
    word = _word()

    def telling(self) -> Telling:
        """Return what was chosen."""
        return Telling(now=self.tell.data != "later", word=self.word.data or "")


class TellForm(Form):
    """Tell what was held back."""

    word = _word()
