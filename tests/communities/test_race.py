"""Two taps at once count once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask

from organizer.accounts.models import Account
from organizer.communities import service
from organizer.communities.models import Community
from organizer.core.db import db
from tests.factories import make_account, make_community
from tests.rsvps.test_race import at_once

Given = Callable[[Callable[[], Any]], Any]


def test_coming_back_and_leaving_by_many_taps_counts_once(app: Flask, given: Given) -> None:
    def arrange() -> tuple[int, int]:
        community, account = make_community(member_count=1), make_account()
        service.join(account, community)
        service.leave(account, community)
        return community.id, account.id

    community_id, account_id = given(arrange)

    def tap(what: Callable[[Account, Community], object]) -> Callable[[], object]:
        return lambda: what(db.session.get_one(Account, account_id), db.session.get_one(Community, community_id))

    def count() -> int:
        with app.app_context():
            return db.session.scalars(sa.select(Community.member_count)).one()

    before = count()
    assert at_once(app, [tap(service.join)] * 6) == []
    assert count() == before + 1
    left = at_once(app, [tap(service.leave)] * 6)
    assert (count(), {type(error).__name__ for error in left} <= {"Forbidden"}) == (before, True)
