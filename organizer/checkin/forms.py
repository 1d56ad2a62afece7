"""Input at the door: JSON of phones and fields of forms, checked before anything else sees it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wtforms import BooleanField, EmailField, HiddenField, IntegerField, StringField
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional

from organizer.checkin.models import Direction
from organizer.checkin.scans import MOST_SCANS, SCAN_ID_LENGTHS, ScanIn, WalkIn
from organizer.core.errors import N_, Invalid
from organizer.core.ids import is_storable, storable, to_crockford
from organizer.web.forms import Form

_LONGEST_CODE: Final = 500
_BIGGEST: Final = 2**31 - 1


@dataclass(frozen=True)
class Refusal:
    """An item of a list that could not be read; the rest of the list is not held up by it."""

    scan_id: str
    field: str


def scans_of(body: Any) -> list[ScanIn | Refusal]:
    """The items of a posted JSON list, in order; what is malformed is a Refusal naming the field.

    Raises Invalid if the whole is not a list of 1 to 100 objects.
    """
    if not isinstance(body, list) or not 1 <= len(body) <= MOST_SCANS:
        raise Invalid(N_("Send a list of 1 to %(most)s scans."), most=MOST_SCANS)
    return [_scan_of(item) for item in body]


def _scan_of(item: Any) -> ScanIn | Refusal:
    if not isinstance(item, dict):
        return Refusal("", "scan_id")
    scan_id = item.get("scan_id")
    if not isinstance(scan_id, str) or len(scan_id) not in SCAN_ID_LENGTHS or not scan_id.isascii() or "\0" in scan_id:
        return Refusal(storable(scan_id)[:40] if isinstance(scan_id, str) else "", "scan_id")
    try:
        return ScanIn(
            scan_id,
            _text(item, "code", _LONGEST_CODE),
            _direction(item),
            _text(item, "device_id", 40),
            _number(item, "counter"),
            _moment(item),
            _number(item, "offset_ms"),
            _flag(item, "override"),
            _text(item, "reason", 200),
        )
    except _Bad as bad:
        return Refusal(scan_id, bad.field)


class _Bad(Exception):
    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def _text(item: dict[str, Any], field: str, longest: int) -> str:
    value = item.get(field, "")
    if not isinstance(value, str) or len(value) > longest or not is_storable(value):
        raise _Bad(field)
    return value


def _number(item: dict[str, Any], field: str) -> int:
    value = item.get(field, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not -_BIGGEST <= value <= _BIGGEST:
        raise _Bad(field)
    return value


def _flag(item: dict[str, Any], field: str) -> bool:
    value = item.get(field, False)
    if not isinstance(value, bool):
        raise _Bad(field)
    return value


def _direction(item: dict[str, Any]) -> Direction:
    try:
        return Direction(item.get("direction", Direction.IN))
    except ValueError:
        raise _Bad("direction") from None


def _moment(item: dict[str, Any]) -> datetime | None:
    """An ISO 8601 instant with its offset, or none."""
    value = item.get("device_time")
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise _Bad("device_time")
        return moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):  # the first and last hours of time are instants in some zones only
        raise _Bad("device_time") from None


def new_scan_id() -> str:
    """A fresh scan id for a form that works without scripts: 130 random bits, 26 characters."""
    return to_crockford(secrets.randbits(130), 26)


class CheckForm(Form):
    """One typed or listed code."""

    code = StringField(validators=[InputRequired(), Length(max=_LONGEST_CODE)])
    scan_id = HiddenField()
    direction = HiddenField(default=Direction.IN.value)
    override = HiddenField()
    reason = StringField(validators=[Length(max=200)])


class WalkInForm(Form):
    """Somebody who came without an RSVP."""

    name = StringField(validators=[InputRequired(N_("Please write the name.")), Length(max=80)])
    email = EmailField(validators=[Optional(), Email(N_("This does not look like a mail address.")), Length(max=254)])
    guests = IntegerField(validators=[Optional(), NumberRange(0, 20, N_("At most 20 guests."))], default=0)
    over_capacity = BooleanField(N_("Let in anyway"))
    scan_id = HiddenField()

    def draft(self) -> WalkIn:
        """What was typed, as the service takes it."""
        return WalkIn(
            self.name.data.strip(), self.email.data or "", self.guests.data or 0, bool(self.over_capacity.data)
        )
