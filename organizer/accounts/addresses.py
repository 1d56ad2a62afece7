"""Mail addresses: one spelling for one mailbox."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from organizer.core.errors import N_, Invalid

LONGEST = 254  # characters, RFC 5321 §4.5.3.1.3 less the angle brackets


class BadAddress(Invalid):
    """The text is no mail address that a letter could reach."""

    def __init__(self) -> None:
        super().__init__(N_("This is not a mail address we can write to. An example is mira@example.org."), "email")


@lru_cache(maxsize=64)  # a form's check and its service both ask
def normalised(email: str) -> str:
    """Return the one spelling of `email` that is stored and compared: trimmed, NFC, lower case, domain as IDNA ASCII.

    Dots and plus signs are kept: to most mail servers they are part of the name. Lower case instead of case folding,
    since letters are sent to this very spelling and folding would turn ß into ss. Asks no name server.
    Raises BadAddress.
    """
    from email_validator import EmailNotValidError, validate_email  # at first use: it costs a start 20 ms

    try:
        valid = validate_email(unicodedata.normalize("NFC", email).strip(), check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise BadAddress from error
    plain = unicodedata.normalize("NFC", f"{valid.local_part}@{valid.ascii_domain}".lower())
    if len(plain) > LONGEST:
        raise BadAddress
    return plain
