"""What organizers type about their letters."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from organizer.web.forms import Form

from .wording import Words


class OwnWordsForm(Form):
    """Subject and opening; `wording.checked` says what may be in them."""

    subject = StringField(_l("Subject"), description=_l("Empty: ours."))
    opening = TextAreaField(
        _l("Opening"), description=_l("Plain text, empty: ours. A blank line makes a new paragraph.")
    )

    def words(self) -> Words:
        """Return what was typed."""
        return Words(self.subject.data or "", self.opening.data or "")
