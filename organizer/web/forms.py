"""The base of all forms: files and JSON by Flask-WTF, and what WTForms itself says in our own words and languages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, ngettext
from flask_wtf import FlaskForm

from organizer.core.errors import N_

OURS = {
    "This field is required.": N_("Please fill this in."),
    "Invalid input.": N_("We cannot read this."),
    "Not a valid choice.": N_("Please choose one of the list."),
    "Invalid Choice: could not coerce.": N_("Please choose one of the list."),
    "Not a valid integer value.": N_("Please write a whole number."),
    "Not a valid decimal value.": N_("Please write a number."),
    "Not a valid float value.": N_("Please write a number."),
    "Not a valid date value.": N_("Please write a date, like 2026-12-24."),
    "Not a valid time value.": N_("Please write a time, like 18:30."),
    "Not a valid datetime value.": N_("Please write a date and a time, like 2026-12-24 18:30."),
    "Number must be at least %(min)s.": N_("At least %(min)s, please."),
    "Number must be at most %(max)s.": N_("At most %(max)s, please."),
    "Number must be between %(min)s and %(max)s.": N_("Between %(min)s and %(max)s, please."),
}


class OurWords:
    """What WTForms asks for a translation of its own messages."""

    def gettext(self, message: str) -> str:
        """Return our sentence for a message of WTForms. Placeholders stay: WTForms fills them."""
        return str(gettext(OURS.get(message, message)))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        """Return our sentence for a limit of length; the only messages that count are of this kind."""
        if "longer than" in singular:
            return str(ngettext("At most %(num)s character.", "At most %(num)s characters.", number))
        return str(ngettext("At least %(num)s character.", "At least %(num)s characters.", number))


class Form(FlaskForm):  # type: ignore[misc]
    """A form of ours."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        csrf = False  # every POST is looked at before its view is asked; a field here would sign one more token

        def get_translations(self, form: Any) -> OurWords:
            """Speak in our words."""
            return OurWords()
