"""The time zone of a point on Earth, without a network."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NEWER_NAMES = {"Europe/Kyiv": "Europe/Kiev", "America/Ciudad_Juarez": "America/Ojinaga"}
"""Zones that an old time zone database does not know yet → what it calls them."""


@cache
def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_zone(zone: str) -> bool:
    """Whether `zone` is the IANA name of a zone that this computer can reckon with."""
    return _known(zone)


def zone_at(latitude: float, longitude: float) -> str:
    """The IANA zone at a point in degrees (WGS 84); at sea the zone of the nautical hours, "Etc/GMT…".

    Always a zone that `zoneinfo` knows. Raises ValueError for a point that is not on Earth.
    """
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValueError(f"not a point on Earth: {latitude}, {longitude}")
    from tzfpy import get_tz

    zone = get_tz(longitude, latitude)
    if zone and _known(zone):
        return zone
    older = _NEWER_NAMES.get(zone, "")
    if older and _known(older):
        return older
    hours = round(longitude / 15)
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"
