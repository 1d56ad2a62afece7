"""Signing in by code and link; the profile."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session, scoped_session

from organizer.accounts import queries, service
from organizer.accounts import session as sessions
from organizer.accounts.addresses import BadAddress
from organizer.accounts.models import Account, SignIn, SignInSession
from organizer.accounts.service import ProfileDraft, SignInOver, WrongCode
from organizer.accounts.signals import AddressProven, SignInAsked, address_proven, sign_in_asked
from organizer.core.db import unit_of_work
from organizer.core.errors import Forbidden, NotFound
from organizer.core.time import now
from tests.accounts.asking import Asked, ask
from tests.factories import make_account

Sess = scoped_session[Session]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_code_signs_in_once(session: Sess) -> None:
    asked = ask("Mira@Example.org", "/events/abc?x=1")
    done = service.redeem_code(asked.handle, f" {asked.code[:3]} {asked.code[3:]} ", "bg")
    assert (done.account.email, done.goes_to, done.is_first) == ("mira@example.org", "/events/abc?x=1", True)
    assert done.account.proven_at is not None
    assert done.account.locale == "bg"
    with pytest.raises(SignInOver):
        service.redeem_code(asked.handle, asked.code)
    with pytest.raises(SignInOver):
        service.redeem_link(asked.token)


def test_digits_of_other_scripts_are_digits(session: Sess) -> None:
    asked = ask("mira@example.org")
    assert service.redeem_code(asked.handle, asked.code.translate({48 + n: 0x660 + n for n in range(10)})).is_first


def test_the_link_signs_in_once_and_looking_changes_nothing(session: Sess) -> None:
    asked = ask("mira@example.org")
    for _ in range(3):
        assert service.address_of_link(asked.token) == "mira@example.org"
    assert service.redeem_link(asked.token).account.email == "mira@example.org"
    assert service.address_of_link(asked.token) is None
    with pytest.raises(SignInOver):
        service.redeem_link(asked.token)


def test_only_the_newest_request_of_an_address_works(session: Sess) -> None:
    first, other, second = ask("mira@example.org"), ask("other@example.org"), ask("mira@example.org")
    with pytest.raises(SignInOver):
        service.redeem_code(first.handle, first.code)
    with pytest.raises(SignInOver):
        service.redeem_link(first.token)
    assert service.redeem_link(second.token)
    assert service.redeem_link(other.token)


def test_a_code_belongs_to_its_own_request(session: Sess) -> None:
    mine, theirs = ask("mira@example.org"), ask("other@example.org")
    if mine.code != theirs.code:
        with pytest.raises(WrongCode):
            service.redeem_code(theirs.handle, mine.code)


def test_five_wrong_codes_void_the_request(session: Sess) -> None:
    asked = ask("mira@example.org")
    for _ in range(service.WRONG_CODES):
        with pytest.raises(WrongCode):
            service.redeem_code(asked.handle, wrong(asked.code))
    with pytest.raises(SignInOver):
        service.redeem_code(asked.handle, asked.code)
    with pytest.raises(SignInOver):
        service.redeem_link(asked.token)


def test_after_a_quarter_of_an_hour_it_is_over(session: Sess) -> None:
    asked = ask("mira@example.org")
    with time_machine.travel(now() + timedelta(minutes=14, seconds=58)):
        assert service.address_of_link(asked.token)
    with time_machine.travel(now() + timedelta(minutes=15, seconds=1)):
        assert service.address_of_link(asked.token) is None
        with pytest.raises(SignInOver):
            service.redeem_code(asked.handle, asked.code)


def test_an_unknown_handle_is_over_not_wrong(session: Sess) -> None:
    with pytest.raises(SignInOver):
        service.redeem_code("0" * 64, "123456")


def test_asking_makes_no_account(session: Sess) -> None:
    ask("nobody@example.org")
    assert service.account_for("nobody@example.org") is None


def test_a_known_person_comes_back(session: Sess) -> None:
    known = make_account(email="mira@example.org", name="Mira", locale="bg")
    done = service.redeem_link(ask("mira@example.org").token, "en")
    assert (done.account, done.is_first, done.account.locale) == (known, False, "bg")


def test_five_letters_an_hour_then_silence(session: Sess) -> None:
    facts: list[SignInAsked] = []
    sign_in_asked.subscribe(facts.append)
    handles = [service.ask_sign_in("mira@example.org") for _ in range(5)]
    assert service.ask_sign_in("mira@example.org", handle=handles[-1]) == handles[-1]
    strange = service.ask_sign_in("mira@example.org")
    assert strange not in handles
    assert len(strange) == 64
    assert len(facts) == 5
    assert service.ask_sign_in("other@example.org")
    assert len(facts) == 6
    with time_machine.travel(now() + timedelta(minutes=61)):
        service.ask_sign_in("mira@example.org")
    assert len(facts) == 7


@pytest.mark.parametrize(
    "goes_to", ["//evil.example", "https://evil.example", "\\\\evil", "/\\evil", "javascript:1", "/a\nb"]
)
def test_only_local_paths_are_kept(session: Sess, goes_to: str) -> None:
    assert service.redeem_link(ask("mira@example.org", goes_to).token).goes_to == ""


def test_nothing_that_opens_is_stored(session: Sess) -> None:
    asked = ask("mira@example.org")
    row = session.scalars(sa.select(SignIn)).one()
    kept = " ".join(str(getattr(row, column.name)) for column in SignIn.__table__.columns)
    assert asked.code not in kept
    assert asked.token not in kept


def test_proving_is_announced(session: Sess) -> None:
    proven: list[AddressProven] = []
    address_proven.subscribe(proven.append)
    done = service.redeem_link(ask("mira@example.org").token)
    assert proven[-1].account is done.account


def test_the_same_address_proved_twice_is_one_account(session: Sess) -> None:
    assert service.prove("mira@example.org") is service.prove("mira@example.org")
    assert service._new_account("mira@example.org", "") is service.account_for("mira@example.org")


def test_bad_addresses_are_refused(session: Sess) -> None:
    with pytest.raises(BadAddress):
        service.ask_sign_in("mira")


def test_the_first_owner(session: Sess) -> None:
    assert not queries.has_owner()
    owner = service.make_owner(" Boss@Example.org ")
    assert (owner.email, owner.is_site_owner) == ("boss@example.org", True)
    assert queries.has_owner()
    assert service.make_owner("boss@example.org") is owner
    link = service.sign_in_link(owner)
    assert link.startswith("http://127.0.0.1:8000/sign-in/link/")
    done = service.redeem_link(link.rsplit("/", 1)[1])
    assert done.account is owner
    assert done.is_first


def test_a_printed_link_may_last_longer(session: Sess) -> None:
    link = service.sign_in_link(make_account(), minutes=600)
    with time_machine.travel(now() + timedelta(hours=9)):
        assert service.address_of_link(link.rsplit("/", 1)[1])


DRAFT = ProfileDraft("Mira", "bg", "Europe/Sofia", "Plovdiv", "BG", "Film.", ("film", "fog"), True)


def test_a_profile_is_changed_by_its_owner_only(session: Sess) -> None:
    mira, other = make_account(), make_account()
    service.update_profile(mira, mira, DRAFT)
    assert (mira.name, mira.locale, mira.zone, mira.city, mira.country) == (
        "Mira",
        "bg",
        "Europe/Sofia",
        "Plovdiv",
        "BG",
    )
    assert (mira.about, mira.interests, mira.listed) == ("Film.", ["film", "fog"], True)
    for attempt in (
        lambda: service.update_profile(other, mira, DRAFT),
        lambda: service.set_picture(other, mira, None),
        lambda: service.introduce(other, mira, "X", ""),
        lambda: service.choose_locale(other, mira, "en"),
        lambda: service.end_session(other, mira, 1),
        lambda: service.end_other_sessions(other, mira, "x"),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_introducing_keeps_what_was_chosen_before(session: Sess) -> None:
    mira = make_account(name="", zone="Europe/Sofia")
    service.introduce(mira, mira, "", "Asia/Tokyo")
    assert (mira.name, mira.zone) == ("", "Europe/Sofia")
    fresh = make_account(name="")
    service.introduce(fresh, fresh, "Bo", "Asia/Tokyo")
    assert (fresh.name, fresh.zone) == ("Bo", "Asia/Tokyo")


def test_sessions_end_one_by_one_and_all_others(session: Sess) -> None:
    mira, other = make_account(), make_account()
    here, there, elsewhere = (sessions.begin(mira, name) for name in ("a", "b", "c"))
    theirs = sessions.begin(other)
    assert [each.browser for each in queries.open_sessions(mira)] == ["c", "b", "a"]
    found = queries.session_of_secret(there)
    assert found is not None
    service.end_session(mira, mira, found.id)
    with pytest.raises(NotFound):
        service.end_session(mira, mira, found.id)
    foreign = queries.session_of_secret(theirs)
    assert foreign is not None
    with pytest.raises(NotFound):
        service.end_session(mira, mira, foreign.id)
    assert service.end_other_sessions(mira, mira, here) == 1
    session.expire_all()
    assert [each.browser for each in queries.open_sessions(mira)] == ["a"]
    assert session.scalars(sa.select(SignInSession).where(SignInSession.ended_at.is_(None))).all()
    assert elsewhere


def test_a_wrong_try_is_counted_even_by_two_at_once(session: Sess) -> None:
    asked: Asked = ask("mira@example.org")
    with unit_of_work(), pytest.raises(WrongCode):
        service.redeem_code(asked.handle, wrong(asked.code))
    assert session.scalars(sa.select(SignIn)).one().wrong_tries == 1
    assert session.scalars(sa.select(Account)).all() == []
