"""The table of venues."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from organizer.core.db import BigInt, Model, choice, created, key, pk


class Precision(StrEnum):
    """How exactly a venue's coordinates are known."""

    EXACT = "exact"  # set by a human, or a house number
    STREET = "street"
    CITY = "city"  # the centre of its city, from the gazetteer
    NONE = "none"  # no coordinates


class PinBy(StrEnum):
    """Who set the coordinates. A human's pin is never moved by a machine."""

    HUMAN = "human"
    MACHINE = "machine"


class Venue(Model):
    """Where an event is held."""

    __tablename__ = "venue"

    id: Mapped[pk]
    key: Mapped[key]
    community_id: Mapped[int] = mapped_column(sa.ForeignKey("community.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(120), default="")
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    city: Mapped[str] = mapped_column(sa.String(120), default="")
    country: Mapped[str] = mapped_column(sa.String(2), default="")  # ISO 3166-1 alpha-2
    city_id: Mapped[int | None] = mapped_column(BigInt)  # GeoNames number, of the shipped gazetteer
    latitude: Mapped[float | None]  # degrees, WGS 84
    longitude: Mapped[float | None]
    precision: Mapped[Precision] = mapped_column(choice(Precision), default=Precision.NONE)
    pin_by: Mapped[PinBy] = mapped_column(choice(PinBy), default=PinBy.MACHINE)
    zone: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str] = mapped_column(sa.String(200), default="")  # "ring at B"; never part of a search for coordinates
    created_at: Mapped[created]
