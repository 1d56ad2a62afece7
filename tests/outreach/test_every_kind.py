"""Each kind of letter, made up: in both languages, with nothing optional, with everything long, with hostile text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.orm import Session, scoped_session

from organizer import settings
from organizer.communities.models import Community
from organizer.outreach import letters, samples, transport, wording
from organizer.outreach.topics import TOPIC_OF
from organizer.outreach.transport import Composed
from tests.factories import make_community

Sess = scoped_session[Session]
NOT_ABOUT_EVENTS = {"sign_in", "digest", "test"}
OWN_TEXT = {"host_message"}  # written by hand
HOSTILE = "</p><script>alert(1)</script>\r\nBcc: x@example.org\u202e{{ 7*7 }} {event.__class__} %(x)s"
LANGUAGES = ["en", "bg"]


def every_kind(community: Community, locale: str) -> Iterator[letters.Sheet]:
    for kind in wording.KINDS:
        print(kind)  # shown if the test fails
        yield samples.sheet_of(kind, community, locale)


def written(sheet: letters.Sheet) -> Composed:
    mail = letters.compose(sheet)
    assert mail is not None
    return mail


def seen(mail: Composed) -> str:
    return BeautifulSoup(mail.html, "html.parser").get_text(" ")


def check(mail: Composed) -> None:
    """What holds for every letter."""
    page = BeautifulSoup(mail.html, "html.parser")
    assert len(page.find_all("h1")) == 1
    assert mail.subject
    assert mail.gist
    for tag, attribute in (("img", "src"), ("link", "href"), ("script", "src"), ("iframe", "src")):
        for found in page.find_all(tag):
            assert tag == "img", tag
            assert str(found[attribute]).startswith("cid:"), "remote pictures are not shown, and tell on the reader"
            assert str(found[attribute])[4:] in mail.pictures
            assert found["alt"]
    for link in page.find_all("a"):
        assert str(link["href"]).startswith("http://127.0.0.1:8000/"), link
        assert link.get_text(strip=True) or link.find("img")
        if "button" in link.get("class", []):
            assert link["href"] in mail.text, "the plain part leads to the same"
    assert 'name="color-scheme"' in mail.html
    assert "prefers-color-scheme: dark" in mail.html
    assert "\n\n\n" not in mail.text
    assert not any(mark in mail.text for mark in ("{#", "{%", "&#39;", "&lt;"))


@pytest.fixture
def community(session: Sess) -> Community:
    return make_community(name="Light Walks", slug="light-walks")


def test_organizers_see_every_kind_that_goes_to_guests_by_itself(app: Flask) -> None:
    hidden = {"your_link", "cohost"}
    assert set(wording.KINDS) == set(letters.kinds()) - NOT_ABOUT_EVENTS - OWN_TEXT - hidden
    assert set(letters.kinds()) <= set(TOPIC_OF)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_each_reads_well(community: Community, locale: str) -> None:
    for sheet in every_kind(community, locale):
        mail = written(sheet)
        check(mail)
        assert f'<html lang="{locale}"' in mail.html
        assert "Light Walks" in mail.text
        assert "Light Walks" in seen(mail)
        own = letters.compose(sheet, wording.Words("S {event}", "O {name}\n\n{link}"))
        assert own is not None
        check(own)
        assert own.subject.startswith("S ")
        for words in (own.text, seen(own)):
            assert words.count(f"O {sheet.person}") == 1
            assert own.link in words


@pytest.mark.parametrize("locale", LANGUAGES)
def test_without_anything_optional(community: Community, locale: str) -> None:
    for sheet in every_kind(community, locale):
        assert sheet.sample is not None
        sample = replace(sheet.sample, host="")
        event = sample.rsvp.event
        event.venue, event.city, event.country, event.cancel_reason = None, "", "", ""
        event.is_online, event.all_day = True, True
        sample.rsvp.guests, sample.invitation.words = 0, ""
        mail = written(replace(sheet, person="", sample=sample, about={}))
        check(mail)
        assert "None" not in mail.text + seen(mail)


def test_with_everything_long(community: Community) -> None:
    community.name = ("Клуб " * 16)[:80].strip()
    for sheet in every_kind(community, "bg"):
        assert sheet.sample is not None
        event = sheet.sample.rsvp.event
        event.title = "Ж" * 140
        assert event.venue is not None
        event.venue.name = event.venue.address = event.venue.note = event.cancel_reason = "Ш" * 300
        sheet.sample.invitation.words = "Щ" * 500
        mail = written(replace(sheet, person="Ю" * 80))
        check(mail)
        raw = transport.message(mail, sheet.address, "Ю" * 80, "once", sheet.created_at, settings.current()).as_bytes()
        assert max(map(len, raw.split(b"\r\n"))) <= 998  # RFC 5322 section 2.1.1


def test_with_hostile_text(community: Community) -> None:
    community.name = HOSTILE[:80]
    for sheet in every_kind(community, "en"):
        assert sheet.sample is not None
        sample, event = replace(sheet.sample, host=HOSTILE), sheet.sample.rsvp.event
        event.title = event.city = event.cancel_reason = sample.rsvp.name = HOSTILE
        assert event.venue is not None
        event.venue.name = event.venue.address = event.venue.note = sample.move.old_place = sample.move.word = HOSTILE
        sample.invitation.words = HOSTILE
        mail = written(replace(sheet, person=HOSTILE, sample=sample))
        assert BeautifulSoup(mail.html, "html.parser").find("script") is None
        assert "{{ 7*7 }} {event.__class__} %(x)s" in mail.text
        assert "<class" not in mail.text + seen(mail)
        raw = transport.message(mail, sheet.address, HOSTILE, "once", sheet.created_at, settings.current())
        assert "Bcc" not in raw
        for name, value in raw.items():
            assert len(str(value).splitlines()) <= 1, name
