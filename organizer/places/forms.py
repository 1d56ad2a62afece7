"""The fields by which a place is typed, to be mixed into the forms of higher features."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import FloatField, HiddenField, StringField
from wtforms.validators import Length, Optional

from organizer.core.errors import Invalid
from organizer.web.errors import translated

from .service import VenueDraft


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class PlaceFields:
    """Mix into a form; show with `places/_fields.html`, read with `venue_draft()`.

    Latitude and longitude are empty unless a human set the pin (by the map's script, or typed).
    """

    venue_name = StringField(_l("Place"), [Length(max=120)], [_stripped])
    venue_address = StringField(_l("Address"), [Length(max=200)], [_stripped])
    city = StringField(_l("City"), [Length(max=120)], [_stripped])
    venue_note = StringField(_l("How to find it"), [Length(max=200)], [_stripped])
    latitude = FloatField(_l("Latitude"), [Optional()])
    longitude = FloatField(_l("Longitude"), [Optional()])
    venue_country = HiddenField(filters=[_stripped])

    def venue_draft(self, zone: str = "") -> VenueDraft:
        """Return what was typed; `zone` only if somebody chose it."""
        return VenueDraft(
            name=self.venue_name.data or "",
            address=self.venue_address.data or "",
            city=self.city.data or "",
            country=self.venue_country.data or "",
            latitude=self.latitude.data,
            longitude=self.longitude.data,
            zone=zone,
            note=self.venue_note.data or "",
        )

    def blame(self, error: Invalid) -> bool:
        """Put a refusal of `places.service` near the field it belongs to; False if it belongs to none of ours."""
        field = getattr(self, error.field or "", None)
        if field is None:
            return False
        field.errors = [*field.errors, translated(error)]
        return True
