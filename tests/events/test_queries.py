"""Which events are found, in which order, and at which cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from organizer.core.db import db
from organizer.core.time import now
from organizer.events.cards import cards, of_community, upcoming
from organizer.events.indexing import index
from organizer.events.models import Event, State, Visibility
from organizer.events.queries import EventFilter, When
from tests.factories import make_community, make_event, make_venue

FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


def asked(**args: str) -> EventFilter:
    return EventFilter.from_args(MultiDict({name.rstrip("_"): value for name, value in args.items()}), "Europe/Sofia")


def found(**args: str) -> list[str]:
    return [card.title for card in upcoming(asked(**args)).items]


@pytest.fixture
def community(session: Session) -> Any:
    return make_community(name="Светлинни разходки")


def planned(community: Any, title: str, tags: tuple[str, ...] = (), **given: Any) -> Event:
    event = make_event(community, title=title, **given)
    index(event, community.name, tags)
    return event


def test_only_what_strangers_may_find_and_is_not_over(session: Session, community: Any) -> None:
    planned(community, "later", starts_at=now() + timedelta(days=9))
    planned(community, "soon", starts_at=now() + timedelta(days=2))
    planned(community, "on now", starts_at=now() - timedelta(hours=1))
    planned(community, "off", starts_at=now() + timedelta(days=3), state=State.CANCELLED)
    planned(community, "over", starts_at=now() - timedelta(days=2))
    planned(community, "draft", state=State.DRAFT)
    planned(community, "unlisted", visibility=Visibility.UNLISTED)
    planned(community, "members", visibility=Visibility.MEMBERS)
    assert found() == ["on now", "soon", "off", "later"]


def test_words_are_found_in_latin_and_cyrillic_whatever_the_case(session: Session, community: Any) -> None:
    plovdiv = make_venue(community, name="Галерия Аспект", city="Plovdiv")
    planned(community, "Вечерна ФОТОразходка", ("Улица",), venue=plovdiv)
    planned(community, "Café crawl in Zürich", venue=make_venue(community, name="Bar", city="Zürich", country="CH"))
    first, second = ["Вечерна ФОТОразходка"], ["Café crawl in Zürich"]
    for text in (
        "фотораз",
        "ВЕЧЕРНА",
        "fotorazhodka",
        "plov",
        "Пловдив",
        "аспект",
        "улица",
        "българия",
        "вечерна plovdiv",
    ):
        assert found(q=text) == first, text
    for text in ("cafe", "CAFÉ craw", "zurich", "ZÜRICH", "switz"):
        assert found(q=text) == second, text
    assert found(q="светлинни") == first + second
    assert found(q="вечерна zurich") == found(q="разходка") == found(q="'; DROP") == []


def test_any_part_of_a_word_without_spaces_is_found(session: Session, community: Any) -> None:
    planned(community, "東京写真散歩")
    assert found(q="写真") == found(q="東京") == ["東京写真散歩"]


@time_machine.travel(FRIDAY, tick=False)
def test_days_are_those_of_the_visitors_zone(session: Session, community: Any) -> None:
    for title, days, _hours in (
        ("fri", 0, 8),
        ("sat", 1, 8),
        ("sun night", 2, 11.9),
        ("mon", 3, 3),
        ("in 20", 20, 0),
        ("in 40", 40, 0),
    ):
        planned(community, title, starts_at=FRIDAY + timedelta(days=days))
    planned(community, "week long", starts_at=FRIDAY - timedelta(days=2), ends_wall=datetime(2026, 12, 2))
    assert found(when="today") == ["week long", "fri"]
    assert found(when="weekend") == ["week long", "sat", "sun night"]
    assert found(when="week") == ["week long", "fri", "sat", "sun night", "mon"]
    assert found(when="month")[-1] == "in 20"
    assert found(from_="2026-11-29", to="2026-11-29") == ["week long", "sun night"]
    assert found(from_="2026-12-10") == ["in 20", "in 40"]
    assert found(to="2026-11-27") == ["week long", "fri"]
    assert found(when="someday") == found()


def test_city_tag_online_and_community(session: Session, community: Any) -> None:
    planned(community, "here", ("night",))
    planned(community, "there", venue=make_venue(community, city="Plovdiv"))
    planned(community, "web", is_online=True)
    planned(make_community(slug="others"), "theirs")
    assert found(city="plovdiv") == found(city="Пловдив, България") == ["there"]
    assert found(tag="#Night") == ["here"]
    assert found(online="1") == ["web"]
    assert found(community="others") == ["theirs"]
    assert found(community="nobody") == []


def test_pages_hold_every_event_once_both_ways(session: Session, community: Any) -> None:
    same = now().replace(microsecond=0) + timedelta(days=1)
    titles = [planned(community, f"e{n}", starts_at=same + timedelta(hours=n // 3)).title for n in range(20)]
    seen, after = [], ""
    pages = []
    while True:
        page = upcoming(EventFilter(), after=after, size=6)
        pages.append([card.title for card in page.items])
        seen += pages[-1]
        assert (page.newer is None) == (not after)
        if page.older is None:
            break
        after = page.older
    assert seen == titles
    assert [card.title for card in upcoming(EventFilter(), before=page.newer or "", size=6).items] == pages[-2]
    assert [card.title for card in upcoming(EventFilter(), after="nonsense", size=6).items] == pages[0]


def test_a_filter_survives_its_own_address(session: Session) -> None:
    full = asked(
        q="foto", tag="night", city="Sofia", online="1", community="walks", from_="2026-12-24", to="2026-12-01"
    )
    assert full.when == When.RANGE
    assert full.first is not None
    assert full.last is not None
    assert full.first < full.last
    assert EventFilter.from_args(full.args(), "Europe/Sofia") == full
    assert full.args(when=When.TODAY) == {
        "q": "foto",
        "when": "today",
        "tag": "night",
        "city": "Sofia",
        "online": "1",
        "community": "walks",
    }
    assert not asked(from_="yesterday", when="range")
    assert bool(asked(q="x"))
    assert EventFilter.from_args({}, "Not/AZone").zone == ""


def test_a_communitys_events_are_told_by_membership(session: Session, community: Any) -> None:
    planned(community, "all")
    planned(community, "members", visibility=Visibility.MEMBERS)
    planned(community, "gone", starts_at=now() - timedelta(days=3))
    planned(community, "draft", state=State.DRAFT)
    assert [card.title for card in of_community(community.id, is_member=False)] == ["all"]
    assert {card.title for card in of_community(community.id, is_member=True)} == {"all", "members"}
    assert [card.title for card in of_community(community.id, is_member=False, past=True)] == ["gone"]


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"q": "foto plov"},
        {"when": "weekend"},
        {"city": "Sofia"},
        {"tag": "night"},
        {"community": "walks"},
        {"q": "foto", "city": "Sofia", "when": "month", "online": "1"},
    ],
)
def test_no_list_reads_the_whole_table(session: Session, args: dict[str, str]) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("plans of PostgreSQL depend on its statistics")
    statement = asked(**args).apply(cards()).order_by(Event.starts_at, Event.id).limit(31)
    text = statement.compile(db.engine, compile_kwargs={"render_postcompile": True})
    plan = [
        row[3]
        for row in session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {text}", tuple(text.params[name] for name in text.positiontup or ())
        )
    ]
    assert not [step for step in plan if step.startswith("SCAN event")], plan
    assert [step for step in plan if "event USING" in step or "event_word" in step], plan
    if not args:
        assert any("ix_event_public_start" in step for step in plan)
        assert not any("TEMP B-TREE" in step for step in plan)


def test_counts_cost_one_statement_for_all_cards(session: Session, community: Any) -> None:
    for n in range(12):
        planned(community, f"e{n}", capacity=3)
    session.flush()
    seen: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    assert len(upcoming(EventFilter()).items) == 12
    assert len(seen) <= 2, seen
