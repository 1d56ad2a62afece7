"""Making a mail of a letter: its head, its parts, what comes with it. `smtp` hands it over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from organizer.core.ids import mac
from organizer.settings import Settings

_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


class _Verbatim(UniqueUnstructuredHeader):
    """A header of machines in one line: folding would turn an address longer than a line into encoded words."""

    def fold(self, *, policy: Policy) -> str:
        """Return the line. It holds no line break: the policy refuses those."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


class _Headers(HeaderRegistry):
    """Reads headers, each that says what a part is only once: they are the same in every letter, and reading is slow."""

    def __call__(self, name: str, value: Any) -> Any:
        if name.lower() in _OF_PARTS and isinstance(value, str) and "boundary" not in value:
            return _read_once(name, value)
        return super().__call__(name, value)


@lru_cache(maxsize=256)
def _read_once(name: str, value: str) -> Any:
    return HeaderRegistry.__call__(_HEADERS, name, value)


_OF_PARTS = {"content-type", "content-transfer-encoding", "content-disposition", "content-id", "mime-version"}
_HEADERS = _Headers()
for _name in ("list-id", "list-unsubscribe", "list-unsubscribe-post"):
    _HEADERS.map_to_type(_name, _Verbatim)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


@dataclass(frozen=True)
class Attachment:
    """A file that comes with a letter."""

    name: str
    kind: str  # MIME type with parameters: "text/calendar; method=PUBLISH"
    content: bytes


@dataclass(frozen=True)
class Composed:
    """A letter in words. Pictures are PNG by the name that the HTML part uses after `cid:`."""

    subject: str
    text: str
    html: str
    pictures: dict[str, bytes] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    calendar: Attachment | None = None  # a third way to read the letter (RFC 6047), and a file beside it
    list_name: str = ""  # who writes: a community or the site
    list_id: str = ""  # left of the host in List-Id (RFC 2919)
    stop_url: str = ""  # one POST to it stops letters of this sort (RFC 8058); none: they always come
    gist: str = ""  # one line, for the lists of mail programs and for the daily letter
    link: str = ""  # where the daily letter leads to for the rest


def message(
    composed: Composed, address: str, person: str, once: str, sent_at: datetime, chosen: Settings
) -> EmailMessage:
    """Return the mail. The same letter always carries the same Message-ID, so that a second copy can be dropped."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(one_line(composed.list_name or chosen.site_name), addr_spec=chosen.sender)
    name, _, domain = address.rpartition("@")  # parsed by itself it would have to be ASCII
    mail["To"] = Address(one_line(person), name, domain)
    mail["Subject"] = one_line(composed.subject)
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{mac(chosen.secret(), 'message id', once)}@{chosen.letter_host}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday answers, please
    if chosen.mail_reply_to:
        mail["Reply-To"] = Address(addr_spec=chosen.mail_reply_to)
    if composed.list_id:
        mail["List-Id"] = f"<{composed.list_id}.{chosen.letter_host}>"
    if composed.stop_url:
        mail["List-Unsubscribe"] = f"<{composed.stop_url}>"
        if composed.stop_url.startswith("https:"):  # RFC 8058 §3.1
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(composed.text, cte="quoted-printable")
    mail.add_alternative(composed.html, subtype="html", cte="quoted-printable")
    html = mail.get_payload()[1]  # type: ignore[index]
    for name, content in composed.pictures.items():
        html.add_related(content, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")  # type: ignore[union-attr]
    attachments = composed.attachments
    if composed.calendar is not None:
        kind, parameters = _kind(composed.calendar)
        mail.add_alternative(composed.calendar.content, *kind, params=parameters)
        # Not as text/calendar again: read as a file, not as a second invitation.
        attachments = (replace(composed.calendar, kind="application/ics"), *attachments)
    for attachment in attachments:
        kind, parameters = _kind(attachment)
        mail.add_attachment(attachment.content, *kind, filename=one_line(attachment.name), params=parameters)
    return mail


def _kind(attachment: Attachment) -> tuple[list[str], dict[str, str]]:
    kind, *parameters = (part.strip() for part in attachment.kind.split(";"))
    return kind.split("/", 1), dict(parameter.split("=", 1) for parameter in parameters)


def one_line(text: str) -> str:
    """Return `text` fit for a header: no line breaks or control characters, whatever a person typed (T25).

    Nothing in it reads as an encoded word either: `email` would decode it, and a line break may hide in there.
    """
    return _BREAKS.sub(" ", text).replace("=?", "= ?").strip()
