"""What people type to sign in and about themselves."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from organizer.core.time import zone_of
from organizer.web.forms import Form
from organizer.web.i18n import LOCALES

from .addresses import BadAddress, normalised
from .models import Account
from .service import ProfileDraft

MOST_INTERESTS = 12
LONGEST_INTEREST = 40


def one_line(text: str | None) -> str:
    """Return `text` with every run of white space as one space, without control and direction characters."""
    visible = (" " if c.isspace() else c for c in unicodedata.normalize("NFC", text or ""))
    kept = "".join(c for c in visible if unicodedata.category(c) not in {"Cc", "Cs"} and c not in _DIRECTIONS)
    return re.sub(r" +", " ", kept).strip()


# Overrides that would turn the rest of a line around (Unicode UAX 9); the joiners of Indic scripts and emoji stay.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Return the zones that people choose from: continents and oceans, without the historic aliases of countries."""
    continents = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    return (*sorted(z for z in available_timezones() if z.split("/")[0] in continents), "UTC")


@lru_cache(maxsize=16)
def _countries(language: str) -> tuple[SelectChoice, ...]:
    names = Locale.parse(language).territories
    real = (
        (code, name)
        for code, name in names.items()
        if len(code) == 2 and code not in {"EU", "EZ", "UN", "XA", "XB", "ZZ"}
    )
    return tuple(SelectChoice(code, name) for code, name in sorted(real, key=lambda pair: pair[1].casefold()))


def countries() -> list[SelectChoice]:
    """Return all countries by their names in the visitor's language, none first."""
    return [SelectChoice("", _("Not said")), *_countries(str(get_locale() or "en"))]


def _check_zone(_form: object, field: StringField) -> None:
    try:
        zone_of(field.data)
    except ValueError as error:
        raise ValidationError(_("We do not know this time zone. An example is Europe/Sofia.")) from error


class AddressForm(Form):
    """Whom to write to."""

    email = StringField(_l("Your mail address"), [InputRequired(_l("Tell us where to send the code."))])

    def validate_email(self, field: StringField) -> None:
        """Refuse what no letter could reach."""
        try:
            normalised(field.data)
        except BadAddress as error:
            raise ValidationError(_(error.message)) from error


class CodeForm(Form):
    """The six digits from the letter."""

    code = StringField(_l("Code from the letter"), [InputRequired(_l("Type the six digits from the letter."))])


class NameForm(Form):
    """The one question at the first sign-in; the browser adds its time zone."""

    name = StringField(_l("Your name"), [Length(max=80, message=_l("At most 80 characters."))], [one_line])
    zone = StringField(_l("Time zone"), filters=[one_line])

    def known_zone(self) -> str:
        """Return the browser's time zone, or "" if it is none."""
        try:
            return self.zone.data if self.zone.data and zone_of(self.zone.data) else ""
        except ValueError:
            return ""


class ProfileForm(Form):
    """What a person says about themselves; nothing is required."""

    name = StringField(_l("Name"), [Length(max=80, message=_l("At most 80 characters."))], [one_line])
    picture = FileField(_l("Picture"))
    remove_picture = BooleanField(_l("Show my initials instead"))
    locale = SelectField(_l("Language"), choices=[SelectChoice(code, name) for code, name in LOCALES.items()])
    zone = StringField(_l("Time zone"), [Optional(), _check_zone], [one_line])
    city = StringField(_l("Home city"), [Length(max=120, message=_l("At most 120 characters."))], [one_line])
    country = SelectField(_l("Country"), choices=countries)
    about = TextAreaField(
        _l("About you"), [Length(max=400, message=_l("At most 400 characters."))], [lambda text: (text or "").strip()]
    )
    interests = StringField(_l("Interests"), filters=[one_line])
    listed = BooleanField(_l("Show me among the members of my communities"))

    def __init__(self, account: Account) -> None:
        plain = ("name", "locale", "zone", "city", "country", "about", "listed")
        known = {name: getattr(account, name) for name in plain}
        super().__init__(data=known | {"interests": ", ".join(account.interests or ())})

    def interests_list(self) -> tuple[str, ...]:
        """Return the typed interests, each once."""
        typed = (part.strip() for part in re.split(r"[,;،、]", self.interests.data or ""))
        return tuple({part.casefold(): part for part in typed if part}.values())

    def validate_interests(self, _field: StringField) -> None:
        """Keep the list short enough to be read."""
        if len(self.interests_list()) > MOST_INTERESTS:
            raise ValidationError(_("At most %(count)s interests, please.", count=MOST_INTERESTS))
        if any(len(part) > LONGEST_INTEREST for part in self.interests_list()):
            raise ValidationError(_("Put commas between your interests; each has at most 40 characters."))

    def draft(self) -> ProfileDraft:
        """Return what was typed, checked."""
        return ProfileDraft(
            name=self.name.data,
            locale=self.locale.data,
            zone=self.zone.data,
            city=self.city.data,
            country=self.country.data,
            about=self.about.data,
            interests=self.interests_list(),
            listed=self.listed.data,
        )
