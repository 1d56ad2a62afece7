"""A community's own words in letters: a subject and an opening, for each kind and language.

Placeholders come from a fixed list and are put in by plain replacement, in one pass: what a value says is never looked
at again, and anything else in braces stays as it was typed (T25). No template engine ever reads a person's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from markupsafe import Markup, escape

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core.access import Action, require
from organizer.core.db import changed, db
from organizer.core.errors import N_, Invalid, NotFound
from organizer.core.time import now

from .models import MutedLetter, OwnWords
from .reminders import THANKS

LONGEST_SUBJECT, LONGEST_OPENING = 140, 1000
PLACEHOLDERS: dict[str, str] = {
    "name": N_("the reader’s name"),
    "event": N_("the title of the event"),
    "when": N_("day, time and zone"),
    "place": N_("where it is"),
    "community": N_("the name of your community"),
    "link": N_("the address where the reader sees or changes the answer"),
}
MUTABLE = frozenset({THANKS})  # kinds that a community may do without


@dataclass(frozen=True)
class Told:
    """A kind of letter as organizers read of it."""

    title: str
    when: str


# In the order in which a guest may get them. Missing: letters of the site, and what hosts write by hand.
KINDS: dict[str, Told] = {
    "invitation": Told(N_("Invitation"), N_("A host invites somebody by mail.")),
    "requested": Told(N_("Asked to come"), N_("Somebody asks, where hosts decide who comes.")),
    "declined": Told(N_("Not this time"), N_("A host says no to somebody who asked.")),
    "approved": Told(N_("Said yes"), N_("A host says yes to somebody who asked; brings the ticket.")),
    "going": Told(N_("You are in"), N_("Somebody says that they are coming; brings the ticket.")),
    "waitlisted": Told(N_("On the waitlist"), N_("All places are taken.")),
    "offer": Told(N_("A place is held"), N_("A place became free and is offered to the next in the queue.")),
    "offer_expired": Told(N_("The offer has run out"), N_("An offered place was not taken in time.")),
    "promoted": Told(N_("A place is free"), N_("Somebody moves up from the waitlist; brings the ticket.")),
    "event_moved": Told(N_("New time or place"), N_("You move an event; says what was and what is.")),
    "event_cancelled": Told(N_("Called off"), N_("You cancel an event; gives your reason.")),
    "event_restored": Told(N_("After all"), N_("A cancelled event will happen after all.")),
    "still_coming": Told(N_("Are you still coming?"), N_("Some days before an event, to those who come.")),
    "remind_day": Told(N_("Reminder, the day before"), N_("At the hour of the start, with the ticket.")),
    "remind_morning": Told(N_("Reminder, the same morning"), N_("At 08:00, if it begins at 11:00 or later.")),
    "cancelled_by_you": Told(N_("See you another time"), N_("Somebody gives the place back.")),
    "released": Told(N_("The place went to others"), N_("Somebody did not say whether they still come.")),
    "removed": Told(N_("Off the list"), N_("A host takes somebody off the list.")),
    "thank_you": Told(N_("Thank you"), N_("At 10:00 of the day after, with what comes next.")),
}

_BRACED = re.compile(r"\{([^{}\n]{0,60})\}")
_LINK = re.compile(r"https?://[^\s<>\"']+")
_AFTER_LINK = ".,;:!?)]}»”’…"


@dataclass(frozen=True)
class Words:
    """What a community says itself. Either may be empty: then we say it."""

    subject: str = ""
    opening: str = ""


OURS = Words()


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put `values` in for the placeholders of the list that have one; all else stays as typed."""
    return _BRACED.sub(
        lambda found: values.get(found[1], found[0]) if found[1] in PLACEHOLDERS else found[0],
        text,
    )


def unknown(text: str) -> list[str]:
    """Return what stands in braces in `text` and is no placeholder, with its braces, each once."""
    return list(dict.fromkeys(found[0] for found in _BRACED.finditer(text) if found[1] not in PLACEHOLDERS))


def as_html(text: str) -> Markup:
    """Return plain text as paragraphs; links are shown in full, so that nobody is led elsewhere than they read."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    return Markup("\n").join(Markup("<p>{}</p>").format(_lines(part)) for part in paragraphs)


def find(community_id: int | None, kind: str, locale: str) -> Words:
    """Return the community's own words for a kind of letter, `OURS` if it has none. One statement at most."""
    if community_id is None or kind not in KINDS:
        return OURS
    found = db.session.get(OwnWords, (community_id, kind, locale))
    return Words(found.subject, found.opening) if found else OURS


def of_community(community: Community) -> dict[str, list[str]]:
    """Return for which languages a community has own words: kind → codes."""
    rows = db.session.execute(
        sa.select(OwnWords.kind, OwnWords.locale)
        .where(OwnWords.community_id == community.id)
        .order_by(OwnWords.kind, OwnWords.locale)
    )
    found: dict[str, list[str]] = {}
    for kind, locale in rows:
        found.setdefault(kind, []).append(locale)
    return found


def keep(actor: Account, community: Community, kind: str, locale: str, words: Words) -> Words:
    """Say something in own words from now on; both empty is what we say. Returns what was kept.

    Raises Invalid (fields `subject`, `opening`) for what is too long or has a placeholder that we do not know.
    """
    require(actor, Action.EDIT_LETTERS, community)
    words = checked(kind, words)
    if words == OURS:
        forget(actor, community, kind, locale)
        return words
    found = db.session.get(OwnWords, (community.id, kind, locale))
    if found is None:
        found = OwnWords(community_id=community.id, kind=kind, locale=locale)
        db.session.add(found)
    found.subject, found.opening = words.subject, words.opening
    found.changed_by_id, found.changed_at = actor.id, now()
    db.session.flush()
    return words


def checked(kind: str, words: Words) -> Words:
    """Return the words tidied. Raises what `keep` raises, and NotFound for a kind that has no own words."""
    if kind not in KINDS:
        raise NotFound
    subject = " ".join(words.subject.split())
    opening = "\n".join(line.rstrip() for line in words.opening.replace("\r\n", "\n").split("\n")).strip()
    for text, field, most in ((subject, "subject", LONGEST_SUBJECT), (opening, "opening", LONGEST_OPENING)):
        if len(text) > most:
            raise Invalid(N_("At most %(most)s characters, please."), field, most=most)
        if odd := unknown(text):
            raise Invalid(N_("We do not know %(names)s. Please choose from the list."), field, names=", ".join(odd))
    return Words(subject, opening)


def forget(actor: Account, community: Community, kind: str, locale: str) -> None:
    """Go back to what we say. Doing it again changes nothing."""
    require(actor, Action.EDIT_LETTERS, community)
    key = (OwnWords.community_id == community.id, OwnWords.kind == kind, OwnWords.locale == locale)
    changed(sa.delete(OwnWords).where(*key))


def muted(community: Community) -> set[str]:
    """Return the kinds that a community does without."""
    rows = db.session.scalars(sa.select(MutedLetter.kind).where(MutedLetter.community_id == community.id))
    return set(rows)


def switch(actor: Account, community: Community, kind: str, *, on: bool) -> None:
    """Have letters of a kind written, or not. Raises NotFound for a kind that nobody may do without."""
    require(actor, Action.EDIT_LETTERS, community)
    if kind not in MUTABLE:
        raise NotFound
    found = db.session.get(MutedLetter, (community.id, kind))
    if on and found is not None:
        db.session.delete(found)
    elif not on and found is None:
        db.session.add(MutedLetter(community_id=community.id, kind=kind, muted_by_id=actor.id))
    db.session.flush()


def _lines(text: str) -> Markup:
    return Markup("<br>").join(_linked(line, escape) for line in text.split("\n"))


def _linked(line: str, plain: Callable[[str], Markup]) -> Markup:
    pieces, end = [], 0
    for found in _LINK.finditer(line):
        address = found[0].rstrip(_AFTER_LINK)
        pieces += [plain(line[end : found.start()]), Markup('<a href="{0}">{0}</a>').format(address)]
        end = found.start() + len(address)
    return Markup("").join([*pieces, plain(line[end:])])
