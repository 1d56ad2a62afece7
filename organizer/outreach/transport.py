"""Handing letters to the mail server."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime

from organizer.core.ids import mac
from organizer.settings import Settings

TIMEOUT = 20.0  # seconds for each answer of the server
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_ADDRESSES = re.compile(r"[^\s<>]+@[^\s<>]+")


class _Verbatim(UniqueUnstructuredHeader):
    """A header of machines in one line: folding would turn an address longer than a line into encoded words."""

    def fold(self, *, policy: Policy) -> str:
        """Return the line. It holds no line break: the policy refuses those."""
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_HEADERS = HeaderRegistry()
for _name in ("list-id", "list-unsubscribe", "list-unsubscribe-post"):
    _HEADERS.map_to_type(_name, _Verbatim)  # type: ignore[arg-type]
_POLICY = SMTP.clone(header_factory=_HEADERS)


class Refused(Exception):
    """The server will never take this letter (RFC 5321 §4.2.1: 5yz)."""


class Trouble(Exception):
    """The letter could not be handed over now; it is worth another try."""


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


def plain_reason(error: BaseException, address: str = "") -> str:
    """Return why something failed, at most 200 characters, without any mail address."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        text = f"{error.smtp_code} {said}"
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    text = text.replace(address, "…") if address else text
    return _ADDRESSES.sub("…", one_line(text))[:200]


class Mailer:
    """An open connection to the mail server."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._server: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage, address: str) -> None:
        """Hand `mail` over. Raises Refused or Trouble, both with a reason free of addresses."""
        try:
            self._connected().send_message(mail, from_addr=self._chosen.sender, to_addrs=[address])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            self._judge(smtplib.SMTPResponseException(code, said), address)
        except smtplib.SMTPSenderRefused as error:  # our own address: for the operator to mend, not the letter's fault
            raise Trouble(plain_reason(error, address)) from error
        except smtplib.SMTPDataError as error:
            self._judge(error, address)
        except (
            smtplib.SMTPNotSupportedError
        ) as error:  # letters outside ASCII before the @, and a server that knows none
            raise Refused(plain_reason(error, address)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Trouble(plain_reason(error, address)) from error

    def close(self) -> None:
        """Say goodbye, or just hang up."""
        server, self._server = self._server, None
        if server is not None:
            try:
                server.quit()
            except (smtplib.SMTPException, OSError):
                server.close()

    def connect(self) -> None:
        """Open the connection unless it is open and alive. Raises Trouble."""
        try:
            self._connected().noop()
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Trouble(plain_reason(error)) from error

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            chosen = self._chosen
            context = ssl.create_default_context()
            host, port = chosen.smtp_host, chosen.smtp_port
            if chosen.smtp_security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port, local_hostname=chosen.host, timeout=TIMEOUT, context=context
                )
            else:
                server = smtplib.SMTP(host, port, local_hostname=chosen.host, timeout=TIMEOUT)
            try:
                if chosen.smtp_security == "starttls":
                    server.starttls(context=context)
                if chosen.smtp_user:
                    server.login(chosen.smtp_user, chosen.smtp_password)
            except BaseException:
                server.close()
                raise
            self._server = server
        return self._server

    @staticmethod
    def _judge(error: smtplib.SMTPResponseException, address: str) -> None:
        kind = Refused if 500 <= error.smtp_code < 600 else Trouble
        raise kind(plain_reason(error, address)) from error


@contextmanager
def mailer(chosen: Settings) -> Iterator[Mailer]:
    """Give a connection, opened at its first use and closed at the end."""
    connection = Mailer(chosen)
    try:
        yield connection
    finally:
        connection.close()
