"""Facts of people and their sign-ins. Subscribers run inside the unit of work."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.core.signals import Topic

from .models import Account


@dataclass(frozen=True)
class SignInAsked:
    """Somebody wants to sign in with `email`, which may or may not have an account. The code and link go there only."""

    email: str
    code: str  # six digits
    link_token: str
    locale: str


@dataclass(frozen=True)
class AddressProven:
    """The person behind `account` has just shown to hold its mail address; happens with every sign-in by mail."""

    account: Account


@dataclass(frozen=True)
class ProfileChanged:
    """The name or the picture of `account`, which pages of others show, may have changed."""

    account: Account


sign_in_asked = Topic(SignInAsked)
address_proven = Topic(AddressProven)
profile_changed = Topic(ProfileChanged)
