"""Errors that a person can be told. Services raise them; `web/errors.py` alone turns them into answers."""

from __future__ import annotations

from typing import Any


def N_(message: str) -> str:
    """Mark `message` for translation where it is written; it is translated where it is shown."""
    return message


class DomainError(Exception):
    """Something a person asked for that our rules refuse, with a sentence fit to show (English, marked by `N_`)."""

    status = 409
    message = N_("That is not possible right now.")

    def __init__(self, message: str | None = None, **params: Any) -> None:
        self.message = message or self.message
        self.params = params
        super().__init__(self.message % params if params else self.message)


class Forbidden(DomainError):
    """The actor's roles do not allow the action."""

    status = 403
    message = N_("You may not do that.")


class NotFound(DomainError):
    """There is no such thing, or not for this person."""

    status = 404
    message = N_("We could not find that.")


class Invalid(DomainError):
    """Input that no form caught; `field` names the place where it belongs."""

    status = 422

    def __init__(self, message: str, field: str | None = None, **params: Any) -> None:
        super().__init__(message, **params)
        self.field = field


class TooMany(DomainError):
    """A limit of tries was reached; `retry_after` is in seconds."""

    status = 429
    message = N_("Too many tries. Please wait a little.")

    def __init__(self, message: str | None = None, retry_after: int = 60, **params: Any) -> None:
        super().__init__(message, **params)
        self.retry_after = retry_after


class Busy(DomainError):
    """The database stayed locked through all retries."""

    status = 503
    message = N_("Many people are here at once. Please try again in a few seconds.")
