"""What people type about communities."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from organizer.core.time import zone_of
from organizer.places import countries
from organizer.places.finding import find
from organizer.web.forms import Form
from organizer.web.i18n import LOCALES

from .models import Community
from .service import ACCENTS, CommunityDraft

ACCENT_NAMES = {
    "coral": _l("Coral"),
    "rose": _l("Rose"),
    "pink": _l("Pink"),
    "plum": _l("Plum"),
    "violet": _l("Violet"),
    "indigo": _l("Indigo"),
    "blue": _l("Blue"),
    "ocean": _l("Ocean"),
    "teal": _l("Teal"),
    "green": _l("Green"),
    "olive": _l("Olive"),
    "ochre": _l("Ochre"),
}


def _stripped(value: str | None) -> str:
    return (value or "").strip()


def _city_text(community: Community) -> str:
    """The community's city as one would type it, if that is understood as the same again; else with its country's code."""
    text = f"{community.city}, {countries.display_name(community.country, get_locale() or 'en')}"
    city = find(text)
    if city is not None and city.country == community.country:
        return text
    return ", ".join(part for part in (community.city, community.country) if part)


class CommunityForm(Form):
    """A community: two fields suffice, the rest has sensible defaults."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Give your community a name.")), Length(max=80, message=_l("At most 80 characters."))],
        filters=[_stripped],
    )
    city = StringField(
        _l("City"),
        [InputRequired(_l("Which city is it at home in?")), Length(max=120)],
        filters=[_stripped],
        description=_l("Where you usually meet. It sets the time zone and the place on the map."),
    )
    description = TextAreaField(
        _l("What is it about?"),
        [Length(max=5000, message=_l("At most 5,000 characters."))],
        filters=[_stripped],
        description=_l("Markdown works: **bold**, [links](https://example.org), lists."),
    )
    accent = SelectField(
        _l("Colour"), choices=[SelectChoice(code, ACCENT_NAMES[code]) for code in ACCENTS], default=ACCENTS[0]
    )
    locale = SelectField(
        _l("Language"), choices=[SelectChoice(code, name) for code, name in LOCALES.items()], default="en"
    )
    zone = StringField(
        _l("Time zone"), [Length(max=64)], filters=[_stripped], description=_l("Empty: that of the city.")
    )
    cover = FileField(_l("Cover picture"), description=_l("JPEG, PNG or WebP. Without one we draw a cover."))

    def validate_zone(self, field: StringField) -> None:
        """Refuse what is no IANA zone."""
        if field.data:
            try:
                zone_of(field.data)
            except ValueError as error:
                raise ValidationError(_l("We do not know this time zone. An example is Europe/Sofia.")) from error

    def draft(self) -> CommunityDraft:
        """Return what was typed, checked."""
        return CommunityDraft(
            name=self.name.data,
            city=self.city.data,
            description=self.description.data,
            accent=self.accent.data,
            locale=self.locale.data,
            zone=self.zone.data,
        )

    @classmethod
    def of(cls, community: Community) -> CommunityForm:
        """Return the form filled with what a community is now."""
        return cls(
            name=community.name,
            city=_city_text(community),
            description=community.description,
            accent=community.accent,
            locale=community.locale,
            zone=community.zone,
        )
