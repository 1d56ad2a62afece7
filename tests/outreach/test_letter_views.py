"""Pages of a community's letters: how each reads, own words, and that nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.communities.models import MemberRole
from organizer.core.db import db
from organizer.outreach import wording
from organizer.outreach.models import MutedLetter, OwnWords
from tests.factories import make_account, make_community, make_member, sign_in

Given = Callable[[Callable[[], Any]], Any]
HOME = "/c/light-walks/letters"


@pytest.fixture
def owner(client: FlaskClient, given: Given) -> FlaskClient:
    """The browser of the owner of a community."""

    def arrange() -> int:
        account = make_account()
        make_community(account, name="Light Walks", slug="light-walks")
        return account.id

    sign_in(client, given(arrange))
    return client


def kept(given: Given) -> list[tuple[str, str, str, str]]:
    rows = given(lambda: [(w.kind, w.locale, w.subject, w.opening) for w in db.session.query(OwnWords)])
    return sorted(rows)


def errors(page: str) -> list[str]:
    return [found.get_text(" ", strip=True) for found in BeautifulSoup(page, "html.parser").select(".wrong")]


def test_the_way_from_the_communitys_home(owner: FlaskClient) -> None:
    assert f'href="{HOME}"' in owner.get("/c/light-walks/manage").text
    listed = owner.get(HOME).text
    for kind in wording.KINDS:
        assert f'href="{HOME}/{kind}"' in listed


def test_hosts_have_no_way_there(client: FlaskClient, given: Given) -> None:
    def arrange() -> int:
        return make_member(make_community(slug="light-walks"), role=MemberRole.HOST).id

    sign_in(client, given(arrange))
    assert HOME not in client.get("/c/light-walks/manage").text
    assert client.get(HOME).status_code == 403


def test_a_kind_is_shown_in_each_language_and_both_colours(owner: FlaskClient) -> None:
    english, bulgarian = (owner.get(f"{HOME}/remind_day?locale={code}").text for code in ("en", "bg"))
    assert "Tomorrow: Photo walk at dusk" in english
    assert '<div class="panel plain-letter" lang="bg"' in bulgarian
    for scheme, in_force in (("light", "not all"), ("dark", "all")):
        answer = owner.get(f"{HOME}/remind_day/html?scheme={scheme}&locale=en")
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
        assert "script-src" not in policy
        assert f'content="{scheme}"' in answer.text
        assert f"@media {in_force} {{" in answer.text
        assert 'src="data:image/png;base64,' in answer.text
    assert "prefers-color-scheme" in owner.get(f"{HOME}/remind_day/html?scheme=neon").text


def test_own_words_are_kept_shown_and_thrown_away(owner: FlaskClient, given: Given) -> None:
    typed = {"locale": "en", "subject": "See you, {name}", "opening": "Come to {place}.\r\n\r\n<b>Now</b>"}
    assert owner.post(f"{HOME}/going", data=typed).location == f"{HOME}/going?locale=en"
    assert kept(given) == [("going", "en", "See you, {name}", "Come to {place}.\n\n<b>Now</b>")]
    page = owner.get(f"{HOME}/going?locale=en").text
    assert "See you, Anna Ilieva" in page
    assert "Come to Café by the bridge, 1 River Street, Sofia, Bulgaria, The green door." in page
    assert "<b>Now</b>" not in page
    assert "Your words: EN" in owner.get(HOME).text
    assert "See you, Anna" not in owner.get(f"{HOME}/going?locale=bg").text
    owner.post(f"{HOME}/going/ours", data={"locale": "bg"})
    assert len(kept(given)) == 1
    owner.post(f"{HOME}/going/ours", data={"locale": "en"})
    assert kept(given) == []


def test_looking_keeps_nothing(owner: FlaskClient, given: Given) -> None:
    answer = owner.post(f"{HOME}/going", data={"locale": "en", "subject": "", "opening": "Dear {name}", "look": "1"})
    assert "Dear Anna Ilieva" in answer.text
    assert "not kept yet" in answer.text
    assert "Dear {name}</textarea>" in answer.text
    assert kept(given) == []


def test_a_wrong_placeholder_is_named_beside_its_field_and_nothing_typed_is_lost(
    owner: FlaskClient, given: Given
) -> None:
    typed = {"locale": "en", "subject": "Hi {nmae} & {event.__class__}", "opening": "Keep <i>this</i> text"}
    for more in ({}, {"look": "1"}):
        answer = owner.post(f"{HOME}/going", data=typed | more)
        assert answer.status_code == 422
        assert errors(answer.text) == ["Error: We do not know {nmae}, {event.__class__}. Please choose from the list."]
        assert 'value="Hi {nmae} &amp; {event.__class__}"' in answer.text
        assert "Keep &lt;i&gt;this&lt;/i&gt; text</textarea>" in answer.text
    assert kept(given) == []


def test_thanks_can_be_switched_off_and_on(owner: FlaskClient, given: Given) -> None:
    muted: Callable[[], int] = lambda: given(lambda: db.session.query(MutedLetter).count())  # noqa: E731
    assert "Switch these letters off" in owner.get(f"{HOME}/thank_you").text
    assert "Switch these letters" not in owner.get(f"{HOME}/going").text
    for _ in range(2):
        owner.post(f"{HOME}/thank_you/switch", data={"on": "0"})
        assert muted() == 1
    assert "Switched off" in owner.get(HOME).text
    assert "nobody gets them" in owner.get(f"{HOME}/thank_you").text
    owner.post(f"{HOME}/thank_you/switch", data={"on": "1"})
    assert muted() == 0
    assert owner.post(f"{HOME}/going/switch", data={"on": "0"}).status_code == 404


@pytest.mark.parametrize("kind", ["sign_in", "host_message", "no_such", "..", "%00"])
def test_other_kinds_have_no_page(owner: FlaskClient, kind: str) -> None:
    for path in ("", "/html"):
        assert owner.get(f"{HOME}/{kind}{path}").status_code in {400, 404}
    assert owner.post(f"{HOME}/{kind}", data={"subject": "x"}).status_code in {400, 404, 405}


def test_a_made_up_letter_leaves_nothing_behind(app: Flask, owner: FlaskClient, given: Given) -> None:
    from organizer.events.models import Event
    from organizer.rsvps.models import Rsvp

    for kind in wording.KINDS:
        assert owner.get(f"{HOME}/{kind}/html").status_code == 200
        owner.post(f"{HOME}/{kind}", data={"subject": "S", "opening": "", "look": "1"})
    assert given(lambda: (db.session.query(Event).count(), db.session.query(Rsvp).count())) == (0, 0)
