"""Access, errors, facts and slots."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from organizer.core.access import ALLOWED, Action, Role, may, require
from organizer.core.errors import DomainError, Forbidden, Invalid
from organizer.core.signals import Topic
from organizer.core.slots import fills, slot


@dataclass
class Thing:
    roles: frozenset[Role]

    def roles_of(self, actor: object) -> frozenset[Role]:
        return self.roles


def test_every_action_has_somebody_and_default_is_no() -> None:
    assert set(ALLOWED) == set(Action)
    assert all(ALLOWED.values())
    assert not may(None, Action.EDIT_EVENT, Thing(frozenset({Role.ANYONE, Role.MEMBER, Role.VIEWER})))
    require(None, Action.EDIT_EVENT, Thing(frozenset({Role.EVENT_HOST})))
    with pytest.raises(Forbidden):
        require(None, Action.EDIT_EVENT, Thing(frozenset()))


def test_errors_speak() -> None:
    assert str(DomainError("Only %(n)s left.", n=3)) == "Only 3 left."
    assert str(DomainError()) == DomainError.message
    assert Invalid("No.", "name").field == "name"


def test_facts_reach_all_and_the_first_error_stops() -> None:
    topic: Topic[Thing] = Topic(Thing)
    seen: list[Thing] = []
    topic.subscribe(seen.append)
    fact = Thing(frozenset())
    topic.publish(fact)
    assert seen == [fact]

    @topic.subscribe
    def refuse(_: Thing) -> None:
        raise Forbidden

    with pytest.raises(Forbidden):
        topic.publish(fact)


def test_slots_are_filled_in_order_and_only_once() -> None:
    @fills("test slot", order=20)
    def second(what: str) -> str:
        return f"<b>{what}</b>"

    @fills("test slot", order=10)
    def first(what: str) -> str:
        return "1"

    fills("test slot", order=20)(second)
    assert slot("test slot", what="2") == "1<b>2</b>"
    assert slot("nobody fills this") == ""
