"""Venues: where a typed place lies, and who may move its pin."""

import pytest
from sqlalchemy.orm import Session, scoped_session

from organizer.core.db import save
from organizer.core.errors import Invalid
from organizer.places import queries, service
from organizer.places.models import PinBy, Precision
from organizer.places.service import AmbiguousCity, UnknownCity, VenueDraft, venue_for
from tests.factories import make_community, make_venue

pytestmark = pytest.mark.usefixtures("session")


def test_a_typed_city_gives_coordinates_and_zone() -> None:
    venue = venue_for(make_community(), VenueDraft(name="Deck", city="Dallas, TX", country="U.S.A."))
    assert venue is not None
    assert (venue.city, venue.country, venue.zone) == ("Dallas", "US", "America/Chicago")
    assert (venue.precision, venue.pin_by) == (Precision.CITY, PinBy.MACHINE)
    assert venue.latitude == pytest.approx(32.78, abs=0.05)


def test_no_place_is_no_venue() -> None:
    assert venue_for(make_community(), VenueDraft(zone="Europe/Sofia")) is None


def test_a_name_alone_lies_nowhere_in_the_zone_of_the_community() -> None:
    venue = venue_for(make_community(), VenueDraft(name="To be told"))
    assert venue is not None
    assert (venue.precision, venue.latitude, venue.zone) == (Precision.NONE, None, "Europe/Sofia")


def test_an_unknown_city_is_refused_at_its_field() -> None:
    with pytest.raises(UnknownCity) as refused:
        venue_for(make_community(), VenueDraft(city="Xqzzville"))
    assert refused.value.field == "city"


def test_namesakes_are_asked_about() -> None:
    with pytest.raises(AmbiguousCity) as refused:
        venue_for(make_community(), VenueDraft(city="Springfield"))
    assert "Illinois" in str(refused.value)
    assert len(refused.value.cities) >= 3


def test_a_pin_tells_zone_and_city() -> None:
    venue = venue_for(make_community(), VenueDraft(name="Temple", latitude=27.71, longitude=85.32))
    assert venue is not None
    assert (venue.city, venue.zone, venue.pin_by) == ("Kathmandu", "Asia/Kathmandu", PinBy.HUMAN)
    assert venue.precision == Precision.EXACT


def test_a_pin_decides_between_namesakes_and_a_village_keeps_its_name() -> None:
    community = make_community()
    springfield = venue_for(community, VenueDraft(city="Springfield", latitude=39.80, longitude=-89.65))
    village = venue_for(community, VenueDraft(city="Zheravna", latitude=42.83, longitude=26.46))
    assert springfield is not None
    assert village is not None
    assert springfield.zone == "America/Chicago"
    assert (village.city, village.zone, village.pin_by) == ("Zheravna", "Europe/Sofia", PinBy.HUMAN)


def test_the_same_place_is_one_venue_and_keeps_a_humans_pin() -> None:
    community = make_community()
    pinned = venue_for(community, VenueDraft(name="Gate", city="Sofia", latitude=42.6950, longitude=23.3330))
    again = venue_for(community, VenueDraft(name="Gate", city="Sofia", note="By the lion"))
    assert pinned is not None
    assert again is pinned
    assert (again.latitude, again.pin_by, again.note) == (42.6950, PinBy.HUMAN, "By the lion")


def test_a_human_moves_any_pin() -> None:
    community = make_community()
    venue = venue_for(community, VenueDraft(name="Gate", city="Sofia"))
    moved = venue_for(community, VenueDraft(name="Gate", city="Sofia", latitude=42.70, longitude=23.34))
    assert moved is venue
    assert moved is not None
    assert (moved.latitude, moved.pin_by) == (42.70, PinBy.HUMAN)


def test_a_machine_never_moves_a_humans_pin() -> None:
    community = make_community()
    venue = make_venue(community)
    spot = service.spot_of(VenueDraft(city="Plovdiv"), "Europe/Sofia")
    assert not service.place(venue, spot)
    assert venue.latitude == 42.6934


def test_a_zone_chosen_by_hand_wins() -> None:
    venue = venue_for(make_community(), VenueDraft(city="Plovdiv", zone="Europe/Athens"))
    assert venue is not None
    assert venue.zone == "Europe/Athens"


@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (0, 0), (0, 181), (float("nan"), 1), (float("inf"), 1)])
def test_a_pin_off_the_map_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(Invalid) as refused:
        venue_for(make_community(), VenueDraft(latitude=latitude, longitude=longitude))
    assert refused.value.field == "latitude"


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        venue_for(make_community(), VenueDraft(city="Sofia", zone="../etc/passwd"))
    assert refused.value.field == "zone"


def test_venues_of_another_community_are_not_offered(session: scoped_session[Session]) -> None:
    mine, other = make_community(), make_community()
    save(make_venue(mine, name="Кафене Рила"))
    make_venue(other, name="Кафене Пирин")
    assert [venue.name for venue in queries.venues_like(mine.id, "кафене")] == ["Кафене Рила"]
    assert [venue.name for venue in queries.venues_like(mine.id, "РИЛА")] == ["Кафене Рила"]
    assert queries.venues_like(mine.id, " ") == []


def test_a_city_with_a_pin_or_a_note_is_a_venue_of_its_own() -> None:
    community = make_community()
    plain = venue_for(community, VenueDraft(city="Sofia"))
    oak = venue_for(community, VenueDraft(city="Sofia", latitude=42.70, longitude=23.34))
    gate = venue_for(community, VenueDraft(city="Sofia", note="By the gate"))
    assert plain is not None
    assert oak is not None
    assert len({id(venue) for venue in (plain, oak, gate)}) == 3
    assert venue_for(community, VenueDraft(city="Sofia")) is plain
    assert (plain.note, plain.pin_by) == ("", PinBy.MACHINE)
    moved = venue_for(community, VenueDraft(city="Sofia", latitude=42.71, longitude=23.34), held=oak)
    assert moved is oak
    assert oak.latitude == 42.71
    assert venue_for(community, VenueDraft(city="Sofia", note="By the oak"), held=plain) is not plain


def test_a_copy_is_the_same_place_and_changes_alone() -> None:
    venue = make_venue(make_community(), note="Ring twice")
    copy = service.copy_of(venue)
    assert (copy.name, copy.note, copy.latitude, copy.pin_by) == (venue.name, "Ring twice", venue.latitude, PinBy.HUMAN)
    assert (copy.id, copy.key) != (venue.id, venue.key)
