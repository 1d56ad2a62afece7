"""Signing in by a mailed code or link, and keeping one's profile."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from organizer import settings
from organizer.core.access import Action, require
from organizer.core.db import changed, db, save
from organizer.core.errors import N_, DomainError, NotFound
from organizer.core.ids import hashed, mac, new_secret, same
from organizer.core.time import now
from organizer.web.paths import local_path, public_url

from .addresses import normalised
from .models import Account, SignIn, SignInSession
from .signals import (
    AddressProven,
    ProfileChanged,
    SignInAsked,
    address_proven,
    profile_changed,
    sign_in_asked,
)

VALID_MINUTES = 15
LETTERS_PER_HOUR = 5  # to one address
WRONG_CODES = 5  # of one request; then it is void
CODE_DIGITS = 6


class WrongCode(DomainError):
    """The typed code is not that of the newest letter."""

    status = 422
    message = N_("That is not the code of the newest letter. Please look again.")


class SignInOver(DomainError):
    """The request is used, too old, replaced by a newer one, or was tried too often."""

    status = 410
    message = N_("This code or link does not work any more. Ask for a new letter.")


@dataclass(frozen=True)
class SignedIn:
    """Who has proved an address, where they wanted to go ("": nowhere), and whether it is their first time."""

    account: Account
    goes_to: str
    is_first: bool


@dataclass(frozen=True)
class ProfileDraft:
    """What a person says about themselves, checked."""

    name: str
    locale: str
    zone: str
    city: str
    country: str
    about: str
    interests: tuple[str, ...]
    listed: bool


def ask_sign_in(address: str, goes_to: str = "", locale: str = "en", handle: str = "") -> str:
    """Have a code and a link sent to `address`; return the handle with which the code can be typed in this browser.

    Does the same work whether or not the address has an account, since it never asks. Beyond LETTERS_PER_HOUR nothing
    is sent and nobody is told; `handle`, the browser's earlier one, is then returned. Raises BadAddress.
    """
    email = normalised(address)
    if letters_lately(email) >= LETTERS_PER_HOUR:
        return handle or hashed(new_secret())
    code, token = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}", new_secret()
    request = _request(email, token, code, goes_to, VALID_MINUTES)
    sign_in_asked.publish(SignInAsked(email, code, token, locale))
    return request.link_hash


def letters_lately(email: str) -> int:
    """Return how many sign-ins were asked for `email` (normalised) within the last hour."""
    hour_ago = now() - timedelta(hours=1)
    count = sa.select(sa.func.count()).where(SignIn.email == email, SignIn.created_at > hour_ago)
    return db.session.scalar(count) or 0


def redeem_code(handle: str, code: str, locale: str = "en") -> SignedIn:
    """Sign in by the typed `code` of the request that `handle` names.

    Raises SignInOver, or WrongCode after having counted the try: the caller must keep that change.
    """
    request = _standing(handle)
    digits = "".join(
        str(unicodedata.digit(character)) for character in code if unicodedata.digit(character, None) is not None
    )
    if not same(request.code_hash, _code_hash(request.link_hash, digits)):
        request.wrong_tries += 1
        db.session.flush()
        raise WrongCode
    return _redeem(request, locale)


def redeem_link(token: str, locale: str = "en") -> SignedIn:
    """Sign in by the `token` of a mailed link. Raises SignInOver."""
    return _redeem(_standing(hashed(token)), locale)


def address_of_link(token: str) -> str | None:
    """Return whom the link would sign in, or None if it does not work any more. Changes nothing."""
    try:
        return _standing(hashed(token)).email
    except SignInOver:
        return None


def prove(email: str, locale: str = "") -> Account:
    """Note that somebody holds the normalised `email`; return their account, made now if there was none."""
    account = account_for(email) or _new_account(email, locale)
    account.proven_at = account.proven_at or now()
    db.session.flush()
    address_proven.publish(AddressProven(account))
    return account


def account_for(email: str) -> Account | None:
    """Return the account with the normalised `email`."""
    return db.session.scalar(sa.select(Account).where(Account.email == email))


def make_owner(email: str) -> Account:
    """Give the installation to the holder of `email`, whose account is made if need be. Only for the terminal.

    Raises BadAddress.
    """
    plain = normalised(email)
    account = account_for(plain) or _new_account(plain, "")
    account.is_site_owner = True
    db.session.flush()
    return account


def sign_in_link(account: Account, minutes: int = VALID_MINUTES, goes_to: str = "") -> str:
    """Return an absolute address that signs in as `account` once, by one tap of a button. Only for the terminal."""
    token = new_secret()
    _request(account.email, token, new_secret(), goes_to, minutes)
    return public_url("accounts.sign_in_link", token=token)


def update_profile(actor: Account, account: Account, draft: ProfileDraft) -> None:
    """Replace what `account` says about itself."""
    require(actor, Action.EDIT_ACCOUNT, account)
    account.name, account.about = draft.name, draft.about
    account.locale, account.zone = draft.locale, draft.zone
    account.city, account.country = draft.city, draft.country
    account.interests, account.listed = list(draft.interests), draft.listed
    _show(account)


def set_picture(actor: Account, account: Account, digest: str | None) -> None:
    """Show the picture with the hash `digest`; None: the drawn initials."""
    require(actor, Action.EDIT_ACCOUNT, account)
    account.picture = digest
    _show(account)


def introduce(actor: Account, account: Account, name: str, zone: str) -> None:
    """Keep the name given at the first sign-in, and the browser's time zone unless one was chosen before."""
    require(actor, Action.EDIT_ACCOUNT, account)
    account.name = name or account.name
    account.zone = account.zone or zone
    _show(account)


def _show(account: Account) -> None:
    db.session.flush()
    profile_changed.publish(ProfileChanged(account))


def choose_locale(actor: Account, account: Account, locale: str) -> None:
    """Write to and show `account` everything in this language from now on."""
    require(actor, Action.EDIT_ACCOUNT, account)
    account.locale = locale
    db.session.flush()


def end_session(actor: Account, account: Account, session_id: int) -> None:
    """Sign one of `account`'s browsers out, at once. Raises NotFound if it is nobody's or another's."""
    require(actor, Action.EDIT_ACCOUNT, account)
    if not _end(account, SignInSession.id == session_id):
        raise NotFound


def end_other_sessions(actor: Account, account: Account, secret: str) -> int:
    """Sign out all browsers of `account` but the one that holds `secret`; return how many."""
    require(actor, Action.EDIT_ACCOUNT, account)
    return _end(account, SignInSession.secret_hash != hashed(secret))


def _end(account: Account, which: sa.ColumnElement[bool]) -> int:
    return changed(
        sa.update(SignInSession)
        .where(SignInSession.account_id == account.id, SignInSession.ended_at.is_(None), which)
        .values(ended_at=now())
    )


def _request(email: str, token: str, code: str, goes_to: str, minutes: int) -> SignIn:
    link_hash = hashed(token)
    return save(
        SignIn(
            email=email,
            code_hash=_code_hash(link_hash, code),
            link_hash=link_hash,
            goes_to=local_path(goes_to),
            expires_at=now() + timedelta(minutes=minutes),
        )
    )


def _code_hash(link_hash: str, code: str) -> str:
    return mac(settings.current().secret(), "sign-in code", link_hash, code, length=51)


def _standing(handle: str) -> SignIn:
    """The request named by `handle`, locked, if it is still good. Raises SignInOver."""
    request = db.session.scalar(sa.select(SignIn).where(SignIn.link_hash == handle).with_for_update())
    if (
        request is None
        or request.used_at is not None
        or request.expires_at <= now()
        or request.wrong_tries >= WRONG_CODES
        or db.session.scalar(sa.select(sa.func.max(SignIn.id)).where(SignIn.email == request.email)) != request.id
    ):
        raise SignInOver
    return request


def _redeem(request: SignIn, locale: str) -> SignedIn:
    request.used_at = now()
    known = account_for(request.email)
    is_first = known is None or known.proven_at is None
    return SignedIn(prove(request.email, locale), request.goes_to, is_first)


def _new_account(email: str, locale: str) -> Account:
    try:
        with db.session.begin_nested():
            return save(Account(email=email, locale=locale))
    except IntegrityError:  # proved in the same moment elsewhere
        account = account_for(email)
        if account is None:
            raise
        return account
