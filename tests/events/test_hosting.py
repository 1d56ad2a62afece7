"""Several people run an event: members of its community, and never nobody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, scoped_session

from organizer.accounts.models import Account
from organizer.calendars import queries as calendars
from organizer.communities.models import Community, MemberRole, Membership, Standing
from organizer.core.access import Action, may
from organizer.core.db import db, retried
from organizer.core.errors import Forbidden, NotFound
from organizer.events import hosting, log, service
from organizer.events.models import Event, EventHost
from organizer.events.signals import HostAdded
from tests.factories import make_account, make_community, make_event, make_member, sign_in

Given = Callable[[Callable[[], Any]], Any]
Db = scoped_session[Session]


@pytest.fixture
def owner(session: Db) -> Account:
    return make_account(name="Mira")


@pytest.fixture
def community(owner: Account) -> Community:
    return make_community(owner)


@pytest.fixture
def event(community: Community, owner: Account) -> Event:
    return make_event(community, owner)


def member(community: Community, name: str) -> Account:
    return make_member(community, make_account(name=name, name_folded=name.casefold()))


def names(event: Event) -> list[str]:
    return [line.name for line in hosting.hosts(event)]


def test_a_member_becomes_a_host_once(owner: Account, community: Community, event: Event, facts: list[Any]) -> None:
    ana, version = member(community, "Ana"), event.version
    assert not may(ana, Action.EDIT_EVENT, event)
    for _ in range(2):
        assert hosting.add(owner, event, ana.key) is ana
    assert may(ana, Action.EDIT_EVENT, event)
    assert names(event) == ["Mira", "Ana"]
    line = hosting.hosts(event)[1]
    assert (line.added_by, line.added_at is not None) == ("Mira", True)
    assert facts == [HostAdded(event, ana, owner)]
    db.session.refresh(event, ["version"])
    assert event.version > version
    assert [log.sentence(line) for line in log.lines(event).items] == ["Mira made Ana a host"]


def test_the_event_is_in_a_cohosts_own_calendar(owner: Account, community: Community, event: Event) -> None:
    ana, window = member(community, "Ana"), calendars.Window.today()
    assert event.id not in calendars.personal(ana, window, include_waiting=False)
    hosting.add(owner, event, ana.key)
    assert event.id in calendars.personal(ana, window, include_waiting=False)


@pytest.mark.parametrize("who", ["stranger", "left", "nobody"])
def test_only_members_can_be_hosts(owner: Account, community: Community, event: Event, who: str) -> None:
    key = "0" * 10
    if who == "stranger":
        key = make_account().key
    if who == "left":
        gone = member(community, "Gone")
        db.session.execute(sa.update(Membership).where(Membership.account_id == gone.id).values(standing=Standing.LEFT))
        key = gone.key
    with pytest.raises(NotFound):
        hosting.add(owner, event, key)
    assert names(event) == ["Mira"]


def test_who_runs_the_event_changes_its_hosts(community: Community, event: Event, owner: Account) -> None:
    ana, ben = member(community, "Ana"), member(community, "Ben")
    for actor in (None, ana, make_account()):
        for deed in (lambda a: hosting.add(a, event, ben.key), lambda a: hosting.remove(a, event, owner.key)):
            with pytest.raises(Forbidden):
                deed(actor)
        with pytest.raises(Forbidden):
            hosting.find(actor, event, "ben")
    hosting.add(owner, event, ana.key)
    hosting.add(ana, event, ben.key)
    hosting.remove(ana, event, owner.key)
    assert names(event) == ["Ana", "Ben"]


def test_a_host_leaves(owner: Account, community: Community, event: Event) -> None:
    ana = member(community, "Ana")
    hosting.add(owner, event, ana.key)
    hosting.remove(ana, event, ana.key)
    assert names(event) == ["Mira"]
    assert not may(ana, Action.EDIT_EVENT, event)
    hosting.remove(owner, event, ana.key)
    assert [log.sentence(line) for line in log.lines(event).items] == [
        "Ana is no longer a host",
        "Mira made Ana a host",
    ]


def test_somebody_can_always_run_it(owner: Account, community: Community, event: Event) -> None:
    hosting.remove(owner, event, owner.key)  # still the owner of the community
    assert names(event) == []
    hosting.add(owner, event, owner.key)
    db.session.execute(sa.update(Membership).values(role=MemberRole.MEMBER))
    with pytest.raises(hosting.LastHost):
        hosting.remove(owner, event, owner.key)
    ana = member(community, "Ana")
    hosting.add(owner, event, ana.key)
    hosting.remove(owner, event, owner.key)
    assert names(event) == ["Ana"]


def test_there_are_at_most_twelve(owner: Account, community: Community, event: Event) -> None:
    for number in range(11):
        hosting.add(owner, event, member(community, f"Ana {number}").key)
    with pytest.raises(hosting.TooManyHosts):
        hosting.add(owner, event, member(community, "Ben").key)


def test_members_are_found_by_the_beginning_of_a_name(owner: Account, community: Community, event: Event) -> None:
    for name in ("Ana Petrova", "Петър Ана", "Joana", "Anastas", "50% An_a"):
        member(community, name)
    make_account(name="Ana Stranger", name_folded="ana stranger")
    assert [found.name for found in hosting.find(owner, event, " ANA ")] == ["Ana Petrova", "Anastas"]
    assert [found.name for found in hosting.find(owner, event, "ана")] == ["Петър Ана"]
    assert [found.name for found in hosting.find(owner, event, "50%")] == ["50% An_a"]
    assert hosting.find(owner, event, "a") == hosting.find(owner, event, "%%") == []
    hosting.add(owner, event, hosting.find(owner, event, "ana p")[0].key)
    assert [found.name for found in hosting.find(owner, event, "ana")] == ["Anastas"]
    for number in range(20):
        member(community, f"Zoe {number}")
    assert len(hosting.find(owner, event, "zoe")) == hosting.MOST_FOUND


def test_two_hosts_who_take_each_other_off_leave_one(app: Flask, given: Given) -> None:
    def arrange() -> tuple[str, list[tuple[int, str]]]:
        owner = make_account()
        community = make_community(owner)
        event = make_event(community, owner)
        other = make_member(community)
        hosting.add(owner, event, other.key)
        db.session.execute(sa.update(Membership).values(role=MemberRole.MEMBER))
        return event.key, [(owner.id, other.key), (other.id, owner.key)]

    key, pairs = given(arrange)
    gate, refused = threading.Barrier(2), list[Exception]()

    def run(actor_id: int, whom: str) -> None:
        def work() -> None:
            hosting.remove(db.session.get_one(Account, actor_id), service.get(key), whom)

        gate.wait()
        with app.app_context():
            try:
                retried(work)
            except (hosting.LastHost, Forbidden) as error:
                refused.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert given(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(EventHost))) == 1


def test_the_page(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, str]:
        owner = make_account(name="Mira", email="mira@example.org")
        community = make_community(owner)
        ana = make_account(name="Ana <b>", name_folded="ana <b>", email="ana@example.org")
        make_member(community, ana)
        return owner.id, make_event(community, owner).key

    owner_id, key = given(arrange)
    sign_in(client, owner_id)
    address = f"/events/{key}/hosts"
    assert address in client.get(f"/events/{key}", follow_redirects=True).text
    page = client.get(f"{address}?q=an")
    assert "ana@example.org" not in page.text
    add = BeautifulSoup(page.text, "html.parser").select_one("form[action$='/hosts'] input[name=account]")
    assert add is not None
    told = client.post(address, data={"account": add["value"]}, follow_redirects=True).text
    assert "Ana &lt;b&gt; is a host now" in told
    assert "Mira made Ana" in told
    assert "Ana &lt;b&gt;" in client.get(f"/events/{key}", follow_redirects=True).text
    (letter,) = given(lambda: db.session.execute(sa.text("SELECT kind, address FROM letter")).all())
    assert tuple(letter) == ("cohost", "ana@example.org")
    assert "Write at least two letters" in client.get(f"{address}?q=a").text
    assert "No member is called like" in client.get(f"{address}?q=zzz").text
    gone = client.post(f"{address}/{add['value']}/remove", follow_redirects=True)
    assert "No longer a host." in gone.text


def test_who_leaves_and_may_no_longer_look_is_led_to_the_event(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, str, str, str]:
        host = make_account()
        community = make_community()
        make_member(community, host)
        event = make_event(community, host)
        return host.id, host.key, event.key, event.slug

    host_id, host_key, key, slug = given(arrange)
    sign_in(client, host_id)
    answer = client.post(f"/events/{key}/hosts/{host_key}/remove")
    assert answer.location == f"/events/{key}/{slug}"
    assert client.get(f"/events/{key}/hosts").status_code == 403
