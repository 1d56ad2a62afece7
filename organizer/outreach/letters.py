"""Letters in words: which kinds there are, and how one is written in its reader's language.

A kind is a function that turns what a letter is about into the values of its templates
`outreach/letters/<kind>.txt` and `.html`; the subject is a block of the former.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from organizer import settings
from organizer.events.models import EventMove
from organizer.rsvps.models import Invitation, Rsvp
from organizer.web.filters import when, zone_name
from organizer.web.i18n import LOCALES, locale_code

from . import links, wording
from .models import Letter
from .topics import topic_of
from .transport import Attachment, Composed
from .wording import Words

if TYPE_CHECKING:
    from css_inline import CSSInliner


@dataclass(frozen=True)
class Sample:
    """What a made-up letter is about, instead of rows of the database."""

    rsvp: Rsvp
    move: EventMove
    invitation: Invitation
    host: str


@dataclass(frozen=True)
class Sheet:
    """What is known of a letter when it is to be written."""

    id: int
    kind: str
    address: str
    person: str
    locale: str
    about: dict[str, Any]
    account_id: int | None
    created_at: datetime
    addressee: str = ""  # key of the Addressee; without it the letter has no links to choose and to stop
    sample: Sample | None = None  # none: a real letter

    @classmethod
    def of(cls, letter: Letter, addressee: str = "") -> Sheet:
        """Return a copy that outlives the transaction."""
        return cls(
            letter.id,
            letter.kind,
            letter.address,
            letter.person,
            letter.locale,
            dict(letter.about),
            letter.account_id,
            letter.created_at,
            addressee,
        )


@dataclass(frozen=True)
class Contents:
    """The values of a letter's templates, and what comes with it. `link` is where a daily letter leads to for more."""

    values: dict[str, Any]
    pictures: dict[str, bytes] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    calendar: Attachment | None = None
    list_name: str = ""
    list_id: str = ""
    link: str = ""
    community_id: int | None = None  # whose own words it may say


class Gone(Exception):
    """What the letter is about does not exist any more."""


@dataclass(frozen=True)
class Kind:
    """One sort of letter. `secret`: what it is about is deleted once it is sent. `holds`: whether it is still true."""

    build: Callable[[Sheet], Contents]
    holds: Callable[[Sheet], bool]
    secret: bool = False


_kinds: dict[str, Kind] = {}


def kind(
    name: str, *, secret: bool = False, holds: Callable[[Sheet], bool] = lambda sheet: True
) -> Callable[[Callable[[Sheet], Contents]], Callable[[Sheet], Contents]]:
    """Make the decorated function the builder of letters of this kind; it may raise Gone."""

    def register(build: Callable[[Sheet], Contents]) -> Callable[[Sheet], Contents]:
        _kinds[name] = Kind(build, holds, secret)
        return build

    return register


def kind_of(name: str) -> Kind:
    """Return the kind named so. Raises KeyError."""
    return _kinds[name]


def kinds() -> list[str]:
    """Return the names of all kinds."""
    return sorted(_kinds)


def is_secret(name: str) -> bool:
    """Whether letters of this kind hold what must not be kept."""
    return name in _kinds and _kinds[name].secret


def still_true(sheet: Sheet) -> bool:
    """Whether the letter may still be sent: nobody wants a ticket for what they have left, or yesterday's code."""
    try:
        return kind_of(sheet.kind).holds(sheet)
    except Gone:
        return False


def compose(sheet: Sheet, words: Words | None = None) -> Composed | None:
    """Write the letter in its reader's language; None if what it is about is gone. Reads the database, changes nothing.

    It says the community's own words where there are any, or `words`, to see how they would read.
    """
    with force_locale(sheet.locale if sheet.locale in LOCALES else settings.current().default_locale):
        try:
            contents = kind_of(sheet.kind).build(sheet)
        except Gone:
            return None
        choose, stop = _foot_links(sheet)
        values = {
            "person": sheet.person,
            "address": sheet.address,
            "site_url": settings.current().url,
            "choose_url": choose,
            "stop_url": stop,
            **contents.values,
        }
        own = wording.find(contents.community_id, sheet.kind, locale_code()) if words is None else words
        put_in = _placeholders(sheet, contents)
        opening = wording.fill(own.opening, put_in)
        subject = wording.fill(own.subject, put_in) or _block(f"outreach/letters/{sheet.kind}.txt", "subject", values)
        gist = _block(f"outreach/letters/{sheet.kind}.html", "preview", values)
        text = _rendered(f"outreach/letters/{sheet.kind}.txt", values | {"opening": opening})
        html_values = values | {"subject": subject, "opening": wording.as_html(opening)}
        html = _rendered(f"outreach/letters/{sheet.kind}.html", html_values)
    return Composed(
        subject=subject,
        text=re.sub(r"\n{3,}", "\n\n", text).strip() + "\n",
        html=_inliner().inline(html),
        pictures=contents.pictures,
        attachments=contents.attachments,
        calendar=contents.calendar,
        list_name=contents.list_name,
        list_id=contents.list_id,
        stop_url=stop,
        gist=unescape(gist),
        link=contents.link or settings.current().url,
    )


def _foot_links(sheet: Sheet) -> tuple[str, str]:
    """Addresses of the page of choices and of what stops letters of this sort, "" where there is none."""
    if not sheet.addressee:
        return "", ""
    topic = topic_of(sheet.kind)
    return links.choose_url(sheet.addressee), "" if topic.always else links.stop_url(sheet.addressee, topic)


def _placeholders(sheet: Sheet, contents: Contents) -> dict[str, str]:
    """What the placeholders of own words stand for (`wording.PLACEHOLDERS`)."""
    event = contents.values.get("event")
    if event is None:
        return {}
    zone = "" if event.all_day else f" {zone_name(event.zone, event.starts_wall)}"
    return {
        "name": sheet.person or _("there"),
        "event": event.title,
        "when": when(event) + zone,
        "place": ", ".join(contents.values["place"]),
        "community": contents.list_name,
        "link": contents.link,
    }


def _rendered(template: str, values: dict[str, Any]) -> str:
    return current_app.jinja_env.get_template(template).render(values)


def _block(template: str, name: str, values: dict[str, Any]) -> str:
    found = current_app.jinja_env.get_template(template)
    return " ".join("".join(found.blocks[name](found.new_context(values))).split())


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    from css_inline import CSSInliner  # only who sends letters needs it

    # The sheet stays in the head as well: dark mode and narrow windows need what no attribute can say.
    return CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
