"""Handing letters to the mail server, over one connection for many, and never waiting for longer than is said."""

from __future__ import annotations

import re
import select
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any

from organizer.settings import Settings

from .transport import one_line

MOMENT, OPENING, SENDING = 3.0, 8.0, 17.0  # seconds at most, in all below half a minute
_ENHANCED = re.compile(r"5\.(\d{1,3})\.\d{1,3}\b")  # RFC 3463
_ADDRESSES = re.compile(r"[^\s<>]+@[^\s<>]+")


class Refused(Exception):
    """The server will never take this letter (RFC 5321 §4.2.1: 5yz); `bounced`: because of the address it goes to."""

    def __init__(self, reason: str, *, bounced: bool = False) -> None:
        super().__init__(reason)
        self.bounced = bounced


class Trouble(Exception):
    """The letter could not be handed over now; it is worth another try."""


class Hanging(Trouble):
    """The server kept us waiting: better leave it alone for a while."""


def plain_reason(error: BaseException, address: str = "") -> str:
    """Return why something failed, at most 200 characters, without any mail address."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        text = f"{error.smtp_code} {said}"
    else:
        text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    text = text.replace(address, "…") if address else text
    return _ADDRESSES.sub("…", one_line(text))[:200]


class _Plain(smtplib.SMTP):
    """smtplib's client, connected by hand: it can be cut off while it connects, and keeps what was said to a letter."""

    said = b""

    def __init__(self, host: str, local_hostname: str) -> None:
        super().__init__(local_hostname=local_hostname, timeout=OPENING)
        self._host = host  # STARTTLS checks the certificate against it

    def data(self, msg: Any) -> tuple[int, bytes]:
        """Send the letter's text."""
        code, self.said = super().data(msg)
        return code, self.said

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        until, last = time.monotonic() + timeout, OSError("the mail server has no address")
        for family, kind, protocol, _name, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            if (left := until - time.monotonic()) <= 0:
                break
            line = socket.socket(family, kind, protocol)
            line.settimeout(left)
            try:
                line.connect(address)
            except OSError as error:
                line.close()
                last = error
            else:
                return line
        raise last

    def is_silent(self) -> bool:
        """Whether nothing came unasked: a goodbye, or the end of the line. Servers take so many letters, and no more."""
        if self.sock is None:
            return False
        looked = select.poll()
        looked.register(self.sock, select.POLLIN)
        return not looked.poll(0)


class _Tls(_Plain):
    """The same, encrypted from the first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return ssl.create_default_context().wrap_socket(super()._get_socket(host, port, timeout), server_hostname=host)


class Mailer:
    """An open connection to the mail server. It never keeps its user waiting for longer than it says."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._server: _Plain | None = None

    def connect(self) -> None:
        """Open the connection unless it is open and alive. Raises Trouble."""
        with self._no_longer_than(OPENING):
            self._opened()

    def send(self, mail: EmailMessage, address: str) -> str:
        """Hand `mail` over and return what the server said. Raises Refused or Trouble, with a reason free of addresses."""
        sender = self._chosen.sender
        with self._no_longer_than(SENDING):
            server = self._opened()
            try:
                server.send_message(mail, from_addr=sender, to_addrs=[address])
            except smtplib.SMTPRecipientsRefused as error:
                code, said = next(iter(error.recipients.values()))
                raise _judged(smtplib.SMTPResponseException(code, said), address, at_address=True) from error
            except smtplib.SMTPSenderRefused as error:  # our own address: for the operator to mend
                raise Trouble(plain_reason(error, address)) from error
            except smtplib.SMTPDataError as error:
                raise _judged(error, address) from error
            except smtplib.SMTPNotSupportedError as error:  # letters outside ASCII before the @, and a server of ASCII
                raise Refused(plain_reason(error, address), bounced=True) from error
        return one_line(server.said.decode("utf-8", "replace"))

    def close(self) -> None:
        """Say goodbye, or just hang up."""
        if self._server is not None:
            with suppress(Trouble), self._no_longer_than(MOMENT):
                self._server.quit()
            self._drop()

    def _opened(self) -> _Plain:
        if self._server is not None:
            if self._server.is_silent():
                return self._server
            self._drop()
        chosen = self._chosen
        self._server = server = (_Tls if chosen.smtp_security == "tls" else _Plain)(chosen.smtp_host, chosen.host)
        try:
            code, said = server.connect(chosen.smtp_host, chosen.smtp_port)
            if code != 220:
                raise smtplib.SMTPConnectError(code, said)
            if chosen.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if chosen.smtp_user:
                server.login(chosen.smtp_user, chosen.smtp_password)
        except smtplib.SMTPNotSupportedError as error:  # no encryption, no login: the letter is not to blame
            raise smtplib.SMTPException(str(error)) from error
        if server.sock is not None:
            server.sock.settimeout(SENDING)
        return server

    @contextmanager
    def _no_longer_than(self, seconds: float) -> Iterator[None]:
        """Cut the line after `seconds`: a socket's own time-out begins anew with each byte. Raises Trouble or Hanging."""
        begun = time.monotonic()
        clock = threading.Timer(seconds, self._cut)
        clock.daemon = True
        clock.start()
        try:
            yield
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            kind = Hanging if time.monotonic() - begun > seconds * 0.9 else Trouble
            raise kind(plain_reason(error)) from error
        finally:
            clock.cancel()

    def _cut(self) -> None:
        line = self._server.sock if self._server is not None else None
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _drop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()


def _judged(error: smtplib.SMTPResponseException, address: str, *, at_address: bool = False) -> Exception:
    """What an answer means for a letter; `at_address`: it was given when the address was named.

    An enhanced code (RFC 3463) says whether it is the address (5.1) or its mailbox (5.2) or something else, such as a
    rule about us, for which no address must be blamed.
    """
    reason = plain_reason(error, address)
    if not 500 <= error.smtp_code < 600:
        return Trouble(reason)
    said = _ENHANCED.match(reason.partition(" ")[2])
    bounced = said[1] in {"1", "2"} if said else at_address
    return Refused(reason, bounced=bounced and (at_address or said is not None))


@contextmanager
def mailer(chosen: Settings) -> Iterator[Mailer]:
    """Give a connection, opened at its first use and closed at the end."""
    connection = Mailer(chosen)
    try:
        yield connection
    finally:
        connection.close()
