"""Venues: where a typed place lies, and who may move its pin.

A pin that a human set is never moved by a machine, and a machine never guesses between namesakes: it asks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from organizer.core.db import db, save
from organizer.core.errors import N_, Invalid

from . import countries, gazetteer, queries
from .finding import look_up
from .gazetteer import City
from .models import PinBy, Precision, Venue
from .zones import is_zone, zone_at

_PLACED = ("city", "country", "city_id", "latitude", "longitude", "precision", "pin_by", "zone")


class Home(Protocol):
    """Whoever keeps venues: a community."""

    id: int
    zone: str


@dataclass(frozen=True)
class VenueDraft:
    """A place as typed. `latitude` and `longitude` (degrees) only if a human set the pin; `zone` only if chosen by hand."""

    name: str = ""
    address: str = ""
    city: str = ""
    country: str = ""  # ISO code, or as people write it
    latitude: float | None = None
    longitude: float | None = None
    zone: str = ""
    note: str = ""


class UnknownCity(Invalid):
    """The typed city is in no list of ours, and there is no pin to tell where it is."""


class AmbiguousCity(Invalid):
    """Several cities may be meant; `cities` are the likeliest."""

    def __init__(self, text: str, cities: tuple[City, ...]) -> None:
        self.cities = cities
        names = "; ".join(gazetteer.label(city) for city in cities)
        super().__init__(
            N_("There is more than one %(city)s. Please write which: %(names)s."), "city", city=text, names=names
        )


@dataclass(frozen=True)
class Spot:
    """Where a place is, as far as it is known. `city_id` is GeoNames' number."""

    city: str
    country: str
    city_id: int | None
    latitude: float | None
    longitude: float | None
    precision: Precision
    pin_by: PinBy
    zone: str


def city_named(text: str, country: str = "") -> City:
    """Return the city that `text` means. Raises UnknownCity or AmbiguousCity, both belonging to the field `city`."""
    found = look_up(text.strip(), country.strip())
    if found.city is None:
        raise UnknownCity(
            N_("We do not know “%(city)s”. Check the spelling, add the country, or set the pin on the map."),
            "city",
            city=text.strip()[:60],
        )
    if found.rivals:
        raise AmbiguousCity(text.strip()[:60], (found.city, *found.rivals))
    return found.city


def spot_of(draft: VenueDraft, home_zone: str) -> Spot:
    """Return where `draft` lies. Without city and pin it lies nowhere, in `home_zone`.

    Raises UnknownCity, AmbiguousCity, or Invalid for a pin off the Earth or a zone that there is not.
    """
    if draft.zone and not is_zone(draft.zone):
        raise Invalid(N_("There is no such time zone."), "zone")
    pinned = draft.latitude is not None and draft.longitude is not None
    if not pinned:
        if not draft.city.strip():
            country = countries.code_of(draft.country) or ""
            zone = draft.zone or home_zone
            return Spot("", country, None, None, None, Precision.NONE, PinBy.MACHINE, zone)
        city = city_named(draft.city, draft.country)
        return _spot_in(city, city.latitude, city.longitude, Precision.CITY, PinBy.MACHINE, draft.zone or city.zone)
    latitude, longitude = _checked_pin(draft.latitude or 0.0, draft.longitude or 0.0)
    zone = draft.zone or zone_at(latitude, longitude)
    near = _city_of_pin(draft, latitude, longitude)
    if near is not None:
        spot = _spot_in(near, latitude, longitude, Precision.EXACT, PinBy.HUMAN, zone)
        return spot if not draft.city.strip() else _renamed(spot, draft)
    code = countries.code_of(draft.country) or ""
    return Spot(draft.city.strip()[:120], code, None, latitude, longitude, Precision.EXACT, PinBy.HUMAN, zone)


def guessed_spot(draft: VenueDraft, home_zone: str) -> Spot:
    """As `spot_of`, for machines that cannot ask: the likeliest of namesakes, no coordinates for an unknown city.

    Raises Invalid for a pin off the Earth or a zone that there is not.
    """
    if draft.latitude is not None or not draft.city.strip():
        return spot_of(draft, home_zone)
    if draft.zone and not is_zone(draft.zone):
        raise Invalid(N_("There is no such time zone."), "zone")
    city = look_up(draft.city.strip(), draft.country.strip()).city
    if city is not None:
        return _spot_in(city, city.latitude, city.longitude, Precision.CITY, PinBy.MACHINE, draft.zone or city.zone)
    code, zone = countries.code_of(draft.country) or "", draft.zone or home_zone
    return Spot(draft.city.strip()[:120], code, None, None, None, Precision.NONE, PinBy.MACHINE, zone)


def new_venue(community_id: int, draft: VenueDraft, spot: Spot) -> Venue:
    """Return a venue at `spot` that is not saved yet."""
    return Venue(
        community_id=community_id,
        name=draft.name.strip()[:120],
        address=draft.address.strip()[:200],
        note=draft.note.strip()[:200],
        **_columns(spot),
    )


def _spot_in(city: City, latitude: float, longitude: float, precision: Precision, pin_by: PinBy, zone: str) -> Spot:
    return Spot(city.name, city.country, city.id, latitude, longitude, precision, pin_by, zone)


def _renamed(spot: Spot, draft: VenueDraft) -> Spot:
    """A human who sets the pin may call the place as they like: a village, a quarter."""
    found = look_up(draft.city.strip(), draft.country.strip()).city
    if found is not None and found.id == spot.city_id:
        return spot
    name = draft.city.partition(",")[0].strip()[:120]
    return Spot(name, spot.country, None, spot.latitude, spot.longitude, spot.precision, spot.pin_by, spot.zone)


def _city_of_pin(draft: VenueDraft, latitude: float, longitude: float) -> City | None:
    """The typed city if it has a namesake near the pin, else the city around the pin."""
    if draft.city.strip():
        found = look_up(draft.city.strip(), draft.country.strip())
        for city in (found.city, *found.rivals):
            if city is not None and gazetteer.is_near(city, latitude, longitude):
                return city
    return gazetteer.nearest(latitude, longitude)


def _checked_pin(latitude: float, longitude: float) -> tuple[float, float]:
    on_earth = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    if not on_earth or (latitude == 0 and longitude == 0):
        raise Invalid(N_("The pin is not on the map. Please set it again."), "latitude")
    return round(latitude, 6), round(longitude, 6)


def venue_for(
    community: Home, draft: VenueDraft, held: Venue | None = None, within: queries.Conditions = ()
) -> Venue | None:
    """Return the community's venue that `draft` describes, a known one or a new one; None if it describes no place.

    A draft without a pin that names a known venue keeps that venue's pin if a human set it. `held` is the venue so far,
    the one that is meant if it is still named so; of others only those `within` are taken. A city without more is
    everybody's: what gets a pin or a note becomes a venue of its own. The caller has asked `require`. Raises what
    `spot_of` raises.
    """
    if not any((draft.name.strip(), draft.address.strip(), draft.city.strip(), draft.latitude is not None)):
        return None
    spot = spot_of(draft, community.zone)
    known = _known(community, draft, spot, held, within)
    if known is None:
        return save(new_venue(community.id, draft, spot))
    if spot.pin_by == PinBy.HUMAN or known.pin_by == PinBy.MACHINE:
        place(known, spot)
    known.note = draft.note.strip()[:200] or known.note
    db.session.flush()
    return known


def _known(
    community: Home, draft: VenueDraft, spot: Spot, held: Venue | None, within: queries.Conditions
) -> Venue | None:
    named = (draft.name.strip(), draft.address.strip(), spot.city, spot.country)
    if held is not None and (held.name, held.address, held.city, held.country) != named:
        held = None
    if any(named[:2]):
        return held or queries.same_venue(community.id, *named, within=within)
    if spot.pin_by == PinBy.HUMAN or draft.note.strip():
        return held if held is not None and (held.pin_by == PinBy.HUMAN or held.note) else None
    plain = (Venue.pin_by == PinBy.MACHINE, Venue.note == "")
    return held or queries.same_venue(community.id, *named, within=(*within, *plain))


def copy_of(venue: Venue) -> Venue:
    """Return the same place once more, as a venue of its own: what is changed there does not change here."""
    names = ("community_id", "name", "address", "note", *_PLACED)
    return save(Venue(**{name: getattr(venue, name) for name in names}))


def place(venue: Venue, spot: Spot) -> bool:
    """Put `venue` at `spot` and return True; False, and nothing changes, if a machine would move a human's pin."""
    if venue.pin_by == PinBy.HUMAN and spot.pin_by == PinBy.MACHINE:
        return False
    for name, value in _columns(spot).items():
        setattr(venue, name, value)
    return True


def _columns(spot: Spot) -> dict[str, object]:
    return {name: getattr(spot, name) for name in _PLACED}
