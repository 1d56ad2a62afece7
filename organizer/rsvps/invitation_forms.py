"""What hosts type to invite."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from organizer.web.forms import Form

from .invitations import MOST_USES

_MINUTES = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]


class _WordsForm(Form):
    words = TextAreaField(
        _l("A word from you"),
        [Optional(), Length(max=500, message=_l("At most 500 characters."))],
        description=_l("Stands in the letter, before what and when."),
    )


class InviteForm(_WordsForm):
    """People by their mail addresses."""

    addresses = TextAreaField(
        _l("Mail addresses"),
        [InputRequired(_l("Whom do you want to invite?")), Length(max=20_000)],
        description=_l("One on a line, or with commas between; at most a hundred at once."),
    )


class MembersForm(_WordsForm):
    """Members of the community, ticked in a list."""

    q = StringField(_l("Part of a name"), [Optional(), Length(max=80)])


class LinkForm(Form):
    """A link for a number of people."""

    name = StringField(_l("What is it for?"), [Optional(), Length(max=80)], description=_l("Only hosts see this."))
    uses = IntegerField(
        _l("For how many people?"),
        [
            InputRequired(_l("For how many people?")),
            NumberRange(1, MOST_USES, _l("Between 1 and %(most)s people.", most=MOST_USES)),
        ],
        default=10,
    )
    ends = DateTimeLocalField(
        _l("Until"), [Optional()], format=_MINUTES, description=_l("Empty: until the event is over.")
    )
