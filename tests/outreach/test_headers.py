"""The head of a letter: right for programs, and nothing that a person typed gets out of its line (T25)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from organizer.core.time import now
from organizer.outreach import transport
from organizer.outreach.transport import Attachment, Composed
from tests.conftest import settings_for

STOP = "https://meet.example.org/mail/" + "k" * 36 + "/still_coming/unsubscribe"
HIDDEN = "=?utf-8?q?=0aBcc:_x?="  # a line break inside an encoded word
NASTY = [
    "a\r\nBcc: x@example.org",
    "a\nb",
    "a\x0bb",
    "a\u2028Bcc: x",
    "a\x85b",
    "a\x00b",
    "%0d%0aBcc: x",
    HIDDEN,
    f"a {HIDDEN}",
    HIDDEN[:2] + HIDDEN + HIDDEN,
    "=?utf-8?b?DQpCY2M6IHg=?=",
]


def mail(folder: Path, composed: Composed, person: str = "Mira", **chosen: Any) -> tuple[bytes, EmailMessage]:
    usual = {"url": "https://meet.example.org", "site_name": "Sofia Walks"}
    written = transport.message(
        composed, "mira@example.org", person, "once:1", now(), settings_for(folder, **usual | chosen)
    )
    raw = written.as_bytes()
    return raw, message_from_bytes(raw, _class=EmailMessage, policy=policy.default)


def letter(**more: Any) -> Composed:
    usual: dict[str, Any] = {"subject": "Hello", "text": "Hello\n", "html": "<p>Hello</p>"}
    return Composed(**usual | more)


def head(raw: bytes) -> list[str]:
    return raw.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")


def test_one_click_is_offered_in_one_unbroken_line(tmp_path: Path) -> None:
    raw, _ = mail(tmp_path, letter(stop_url=STOP, list_id="a-very-long-name" * 4, list_name="Light Walks"))
    assert f"List-Unsubscribe: <{STOP}>" in head(raw)
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head(raw)
    assert f"List-Id: <{'a-very-long-name' * 4}.meet.example.org>" in head(raw)
    assert max(map(len, head(raw))) < 998


def test_what_always_comes_offers_no_way_out(tmp_path: Path) -> None:
    raw, _ = mail(tmp_path, letter())
    assert b"List-Unsubscribe" not in raw
    raw, _ = mail(tmp_path, letter(stop_url=STOP.replace("https", "http")), url="http://meet.example.org")
    assert b"List-Unsubscribe:" in raw
    assert b"List-Unsubscribe-Post" not in raw  # RFC 8058 wants https


def test_the_operator_says_who_writes(tmp_path: Path) -> None:
    chosen = {"mail_from": "walks@example.org", "mail_reply_to": "help@example.org", "mail_host": "mail.example.org"}
    _raw, read = mail(tmp_path, letter(list_id="walks", list_name="Light Walks"), **chosen)
    assert str(read["From"]) == "Light Walks <walks@example.org>"
    assert str(read["Reply-To"]) == "help@example.org"
    assert read["Message-ID"].endswith("@mail.example.org>")
    assert read["List-Id"] == "<walks.mail.example.org>"
    assert read["Auto-Submitted"] == "auto-generated"
    _, plain = mail(tmp_path, letter())
    assert (plain["Reply-To"], str(plain["From"])) == (None, "Sofia Walks <organizer@meet.example.org>")
    assert mail(tmp_path, letter(), **chosen)[1]["Message-ID"] == read["Message-ID"]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_gets_out_of_its_line(tmp_path: Path, text: str) -> None:
    attachment = Attachment(text + ".ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR\r\n")
    raw, read = mail(tmp_path, letter(subject=text, list_name=text, attachments=(attachment,)), person=text)
    assert b"\nBcc" not in raw
    names = [line.partition(":")[0] for line in head(raw) if not line.startswith((" ", "\t"))]
    assert sorted(names) == sorted(set(names))
    allowed = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(names) == allowed
    assert [address.addr_spec for address in read["To"].addresses] == ["mira@example.org"]
    assert read["Bcc"] is None


def test_a_machines_header_takes_no_line_break(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        mail(tmp_path, letter(stop_url="https://x\r\nBcc: x@example.org"))
