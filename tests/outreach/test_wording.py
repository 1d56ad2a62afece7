"""Own words: what may be in them, what is put in, and that nothing typed is more than text (T25)."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, scoped_session

from organizer.communities.models import MemberRole
from organizer.core.db import db, unit_of_work
from organizer.core.errors import Forbidden, Invalid, NotFound
from organizer.outreach import wording
from organizer.outreach.models import OwnWords
from organizer.outreach.wording import OURS, Words, as_html, fill, unknown
from tests.factories import make_account, make_member
from tests.outreach.reading import arranged, come, composed, outbox

Sess = scoped_session[Session]
HOSTILE = [
    "{event.__class__}",
    "{event.__class__.__mro__}",
    "{0.__init__.__globals__}",
    "{event!r}",
    "{event:>1000000000}",
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "%(name)s",
    "$name ${nome}",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "[Click](https://evil.example)",
    "javascript:alert(1)",
    'https://evil.example/"onmouseover="alert(1)',
    "https://bank.example@evil.example/",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_but_a_placeholder_stays_as_typed(text: str) -> None:
    values = dict.fromkeys(wording.PLACEHOLDERS, "VALUE")
    assert fill(text, values) == text
    page = BeautifulSoup(as_html(text), "html.parser")
    assert page.get_text() == text
    assert {tag.name for tag in page.find_all()} <= {"p", "br", "a"}
    for link in page.find_all("a"):
        assert link["href"] == link.get_text()
        assert str(link["href"]).startswith("https://")
        assert set(link.attrs) == {"href"}


def test_values_are_put_in_once_and_never_read_again() -> None:
    values = {"name": "{link}", "event": "Fog {name}", "link": "https://x.example"}
    assert fill("{name} at {event}: {link}{link} {place}", values) == (
        "{link} at Fog {name}: https://x.examplehttps://x.example {place}"
    )


@given(st.text(st.sampled_from(list("{}nameventlik .!%<>&\n")), max_size=60), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_filling_never_fails_and_never_makes_tags(text: str, value: str) -> None:
    filled = fill(text, dict.fromkeys(wording.PLACEHOLDERS, value))
    page = BeautifulSoup(as_html(filled), "html.parser")
    assert {tag.name for tag in page.find_all()} <= {"p", "br", "a"}


def test_what_is_no_placeholder_is_named() -> None:
    assert unknown("{name} {nam} {event.__class__} {nam} {Name} { name } {}") == [
        *("{nam}", "{event.__class__}", "{Name}", "{ name }", "{}"),
    ]
    assert unknown("Bring {two\nlines}") == []


def test_paragraphs_lines_and_links() -> None:
    assert as_html("One\ntwo\n\n\nSee https://x.example/a?b=1&c=2. Bye") == (
        '<p>One<br>two</p>\n<p>See <a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>. Bye</p>'
    )
    assert as_html("") == ""


def test_letters_say_the_communitys_words_in_the_readers_language(session: Sess) -> None:
    owner, event = arranged(title="Fog & <light>")
    community = event.community
    with unit_of_work():
        wording.keep(
            owner, community, "going", "en",
            Words("See you, {name}: {event}", "Dear {name},\nwe meet {when} at {place}.\n\nQuestions? {link} {event}"),
        )  # fmt: skip
        mira = make_account(email="mira@example.org", name="Mira <b>", locale="bg")
    come(event, "bo@example.org")
    come(event, "", actor=mira)
    english, bulgarian = map(composed, outbox("going"))
    assert english.subject == "See you, bo: Fog & <light>"
    assert "Dear bo,\nwe meet " in english.text
    assert "18:30" not in english.subject
    assert "EET at Café Kanatitsa, ul. Shishman 12, Sofia, Bulgaria." in english.text
    assert "Good that you come." not in english.text + english.html
    assert "Fog &amp; &lt;light&gt;</p>" in english.html
    assert f'href="{english.link}"' in english.html
    assert "See you, " not in bulgarian.subject
    with unit_of_work():
        wording.keep(owner, community, "going", "bg", Words("", "{name}!"))
    bulgarian = composed(outbox("going")[1])
    assert "Mira &lt;b&gt;!" in bulgarian.html
    assert bulgarian.subject.endswith("Fog & <light>")
    with unit_of_work():
        wording.forget(owner, community, "going", "en")
        wording.forget(owner, community, "going", "en")
    assert "Good that you come." in composed(outbox("going")[0]).text


def test_words_kept_before_a_placeholder_was_known_stay_as_typed(session: Sess) -> None:
    _, event = arranged()
    with unit_of_work():
        db.session.add(
            OwnWords(
                community_id=event.community_id,
                kind="going",
                locale="en",
                subject="{event.__class__} {{ 7*7 }}",
                opening="{event.__class__} <b>{event}</b>",
            )
        )
    come(event, "bo@example.org")
    mail = composed(outbox("going")[0])
    assert mail.subject == "{event.__class__} {{ 7*7 }}"
    assert "{event.__class__} <b>Photo walk</b>" in mail.text
    assert "{event.__class__} &lt;b&gt;Photo walk&lt;/b&gt;" in mail.html


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (Words("x" * 141), "subject"),
        (Words("", "x" * 1001), "opening"),
        (Words("{nmae}"), "subject"),
        (Words("", "{event.__class__}"), "opening"),
    ],
)
def test_what_cannot_be_kept_says_where(session: Sess, words: Words, field: str) -> None:
    owner, event = arranged()
    with pytest.raises(Invalid) as refused:
        wording.keep(owner, event.community, "going", "en", words)
    assert refused.value.field == field


def test_both_empty_is_ours(session: Sess) -> None:
    owner, event = arranged()
    wording.keep(owner, event.community, "going", "en", Words("Hi\r\nBcc: x@example.org", " \r\n "))
    assert wording.find(event.community_id, "going", "en") == Words("Hi Bcc: x@example.org", "")
    assert wording.of_community(event.community) == {"going": ["en"]}
    wording.keep(owner, event.community, "going", "en", Words("  ", "\n"))
    assert wording.find(event.community_id, "going", "en") == OURS
    assert wording.of_community(event.community) == {}


def test_only_who_runs_the_community_changes_its_letters(session: Sess) -> None:
    owner, event = arranged()
    host = make_member(event.community, role=MemberRole.HOST)
    deeds: list[Any] = [
        lambda who: wording.keep(who, event.community, "going", "en", Words("Hi")),
        lambda who: wording.forget(who, event.community, "going", "en"),
        lambda who: wording.switch(who, event.community, "thank_you", on=False),
    ]
    for deed in deeds:
        deed(owner)
        with pytest.raises(Forbidden):
            deed(host)
    with pytest.raises(NotFound):
        wording.switch(owner, event.community, "going", on=False)
    with pytest.raises(NotFound):
        wording.keep(owner, event.community, "sign_in", "en", Words("Hi"))
