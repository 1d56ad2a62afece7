"""Private links in the foot of letters. Derived from the addressee's key, so that every letter can show them again.

One opens the page of choices. One for each topic stops that topic's letters and can do nothing else: mail programs and
providers get to see it.
"""

from __future__ import annotations

import sqlalchemy as sa

from organizer import settings
from organizer.core.db import db
from organizer.core.ids import KEY_LENGTH, KEY_PATTERN, mac, same
from organizer.web.paths import public_url

from .models import Addressee
from .topics import BY_NAME, Topic

CHOOSE, STOP = "mail choices", "mail stop"


def choose_token(key: str) -> str:
    """Return the secret of the page where the addressee with `key` chooses: the key and 130 bits."""
    return key + mac(settings.current().secret(), CHOOSE, key)


def stop_token(key: str, topic: Topic) -> str:
    """Return the secret that stops letters of `topic` to the addressee with `key`."""
    return key + mac(settings.current().secret(), STOP, key, topic.name)


def choose_url(key: str) -> str:
    """Return the absolute address of the page of choices."""
    return public_url("mail.choose", token=choose_token(key))


def stop_url(key: str, topic: Topic) -> str:
    """Return the absolute address that List-Unsubscribe names (RFC 8058)."""
    return public_url("mail.stop", token=stop_token(key, topic), topic=topic.name)


def addressee_to_choose(token: str) -> Addressee | None:
    """Return whose page of choices `token` opens, or None."""
    found = _find(token)
    return found if found is not None and same(token, choose_token(found.key)) else None


def addressee_to_stop(token: str, name: str) -> tuple[Addressee, Topic] | None:
    """Return whose letters of which topic `token` stops, or None."""
    found, topic = _find(token), BY_NAME.get(name)
    if found is None or topic is None or topic.always or not same(token, stop_token(found.key, topic)):
        return None
    return found, topic


def _find(token: str) -> Addressee | None:
    key = token[:KEY_LENGTH]
    if not KEY_PATTERN.fullmatch(key):
        return None
    return db.session.scalar(sa.select(Addressee).where(Addressee.key == key))
