"""The same form sent twice has one effect: what makes a request the same, and its answer once more.

A form carries a fresh random key beside its token (`web.chrome.csrf`), a program sends the header `Idempotency-Key`. The
same key, from the same person, to the same address, with the same content, is the same request: a double tap, a retry
on a bad network, the back button, a proxy. The same key with other content is another request. See `core.replay`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response, current_app, flash, request, session

from organizer.core import replay
from organizer.core.db import reading
from organizer.core.replay import Request
from organizer.web.chrome import CLIENT_KEY, viewer
from organizer.web.security import page_policy

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotent-Replayed"
LARGEST: Final = 16 * 2**10  # bytes of a body that is kept
View = TypeVar("View", bound=Callable[..., Any])


def no_replay(why: str) -> Callable[[View], View]:
    """Leave the decorated view out, for the reason `why`: it has a key of its own, or its answer is a cookie."""

    def mark(view: View) -> View:
        view.no_replay = why  # type: ignore[attr-defined]
        return view

    return mark


def client_key() -> str:
    """Return the key that this request carries, or ""."""
    return (request.headers.get(HEADER, "").strip().strip('"') or request.form.get(CLIENT_KEY, ""))[:200]


def content_of(view: Callable[..., Any]) -> bytes | None:
    """Return a digest of what is asked under which key; None if it carries no key, or `view` takes no part.

    To be called before anybody waits for us: a file that was sent is read through.
    """
    if not (key := client_key()) or hasattr(view, "no_replay"):
        return None
    digest = hashlib.blake2b(repr((request.method, request.full_path, key)).encode())
    if request.mimetype in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        fields = [(name, values) for name, values in request.form.lists() if name not in {"csrf_token", CLIENT_KEY}]
        digest.update(repr(fields).encode())
        for name, upload in request.files.items(multi=True):
            sent = hashlib.blake2b()
            for piece in iter(lambda stream=upload.stream: stream.read(2**16), b""):  # type: ignore[misc]
                sent.update(piece)
            upload.stream.seek(0)
            digest.update(repr((name, upload.filename, sent.digest())).encode())
    else:
        digest.update(request.get_data())
    return digest.digest()


def keep(content: bytes, response: Response, before: dict[str, Any]) -> None:
    """Keep what `response` says, and the messages that its view left in the session, which was as `before`.

    Pages are not kept: a form that did something leads elsewhere. Raises `core.replay.SaidBefore`.
    """
    body = "" if response.location else response.get_data(as_text=True)
    if body and (response.mimetype == "text/html" or len(body) > LARGEST):
        return
    told = session.get("_flashes", [])[len(before.get("_flashes", [])) :]
    said = {"status": response.status_code, "location": response.location, "type": response.content_type, "body": body}
    replay.keep(_request(content), said | {"told": [(kind, str(message)) for kind, message in told]})


def again(content: bytes, before: dict[str, Any]) -> Response | None:
    """Return the answer that this request was given before, or None; the session is then as `before`, but for its messages."""
    with reading():
        asked = _request(content)
    said = replay.find(asked)
    if said is None:
        return None
    restore_session(before)
    unread = [tuple(each) for each in session.get("_flashes", [])]
    for kind, message in said["told"]:
        if (kind, message) not in unread:
            flash(message, kind)
    page_policy(secret_address=True)  # whatever the address is: this answer is nobody else's
    response = Response(said["body"], said["status"], {REPLAYED: "true"}, content_type=said["type"])
    if said["location"]:
        response.location = said["location"]
    return response


def restore_session(before: dict[str, Any]) -> None:
    """Make the session what it was when the request came. Untouched, it sends no cookie."""
    if dict(session) != before:
        session.clear()
        session.update(before)


def _request(content: bytes) -> Request:
    """Whose request it is, too: an account, or the browser that holds the session in which the form was shown."""
    account = viewer()
    person = f"account {account.id}" if account is not None else f"visitor {session.get('csrf_token', '')}"
    return Request.of(current_app.config["SECRET_KEY"], person.encode(), content)
