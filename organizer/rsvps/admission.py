"""Whom an event's rules let answer: everybody, who asks, who is invited, members, or who knows the word."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from organizer.accounts.models import Account
from organizer.communities.models import Membership, Standing
from organizer.core.access import Action, Role, may
from organizer.core.db import db
from organizer.core.errors import N_, Forbidden, Invalid
from organizer.core.ids import folded, same
from organizer.events.models import Event

from . import invitations, opening
from .models import Invitation, Rsvp, Source
from .rules import Mode, Rules


class Way(StrEnum):
    """What stands between somebody and an answer."""

    OPEN = "open"  # nothing
    ASK = "ask"  # a host must approve
    CODE = "code"  # the word must be said
    JOIN = "join"  # the community must be joined first
    INVITATION = "invitation"  # only a link of a host opens it


_WAYS = {Mode.APPROVAL: Way.ASK, Mode.CODE: Way.CODE, Mode.INVITATION: Way.INVITATION, Mode.MEMBERS: Way.JOIN}
ONE_TAP = frozenset({Way.OPEN, Way.ASK})


@dataclass(frozen=True)
class Entry:
    """What somebody brings who wants to answer: the secret of an invitation, the event's word, being old enough."""

    invitation: str = ""
    code: str = ""
    of_age: bool = False


@dataclass(frozen=True)
class Admitted:
    """By what a person may answer. `asks`: a host must approve."""

    invitation: Invitation | None = None
    asks: bool = False


PLAINLY = Admitted()


class ByInvitation(Forbidden):
    """Only who is invited may answer."""

    message = N_("This event is by invitation. Please open the link of your invitation.")


class Banned(Forbidden):
    """The community has shut the person out."""

    message = N_("You cannot answer events of %(community)s.")


def way_in(actor: Account | None, event: Event) -> Way:
    """Say what stands between `actor` (None: a visitor) and an answer, for showing the right button; see `admit`."""
    mode = Rules.of(event).mode
    if mode is Mode.OPEN or may(actor, Action.EDIT_EVENT, event):
        return Way.OPEN
    if mode is Mode.MEMBERS and Role.MEMBER in event.roles_of(actor):
        return Way.OPEN
    if invitations.of_account(actor, event) is not None:
        return Way.OPEN
    return _WAYS[mode]


def refusal(actor: Account | None, event: Event) -> Forbidden | None:
    """Return why the form would be in vain for `actor`, who brings nothing; or None."""
    way = way_in(actor, event)
    if way is Way.JOIN:
        return opening.MembersOnly(community=event.community.name)
    return ByInvitation() if way is Way.INVITATION else None


def admit(actor: Account | None, event: Event, entry: Entry, invitation: Invitation | None) -> Admitted:
    """Say by what `actor` (None: a visitor) may answer. An invitation opens every door, and needs nobody's approval.

    `invitation` is the one that `entry` names. Raises ByInvitation, MembersOnly, Banned; Invalid (`code`, `of_age`).
    """
    rules = Rules.of(event)
    if rules.min_age and not entry.of_age:
        raise Invalid(N_("This event is for people of %(years)s and older."), field="of_age", years=rules.min_age)
    _check_banned(actor, event)
    if invitation is None and rules.mode is not Mode.OPEN and not may(actor, Action.EDIT_EVENT, event):
        return _by_mode(actor, event, rules, entry)
    return Admitted(invitation)


def back(actor: Account | None, event: Event, rsvp: Rsvp) -> Admitted:
    """Say by what the person of `rsvp` may come back after leaving; raises as `admit`. The word was known before."""
    mode = Rules.of(event).mode
    if rsvp.source is not Source.WEB or rsvp.invitation_id is not None:
        return Admitted()
    if mode is Mode.INVITATION and (rsvp.account_id is None or invitations.of_account(actor, event) is None):
        raise ByInvitation
    if mode is Mode.MEMBERS and (rsvp.account_id is None or not _is_member(rsvp.account_id, event)):
        raise opening.MembersOnly(community=event.community.name)
    return Admitted(asks=mode is Mode.APPROVAL)


def _by_mode(actor: Account | None, event: Event, rules: Rules, entry: Entry) -> Admitted:
    if rules.mode is Mode.MEMBERS and Role.MEMBER in event.roles_of(actor):
        return Admitted()
    if (own := invitations.of_account(actor, event)) is not None:
        return Admitted(own)
    if rules.mode is Mode.MEMBERS:
        raise opening.MembersOnly(community=event.community.name)
    if rules.mode is Mode.INVITATION:
        raise ByInvitation
    if rules.mode is Mode.CODE and not same(_plain(entry.code), _plain(rules.code)):
        raise Invalid(N_("That is not the word. Please ask the hosts for it."), field="code")
    return Admitted(asks=rules.mode is Mode.APPROVAL)


def _plain(word: str) -> str:
    return " ".join(folded(word).split())


def _is_member(account_id: int, event: Event) -> bool:
    return _standing(account_id, event) is Standing.ACTIVE


def _check_banned(actor: Account | None, event: Event) -> None:
    if actor is None or Role.MEMBER in event.roles_of(actor):
        return
    if _standing(actor.id, event) is Standing.BANNED:
        raise Banned(community=event.community.name)


def _standing(account_id: int, event: Event) -> Standing | None:
    whose = sa.and_(Membership.community_id == event.community_id, Membership.account_id == account_id)
    return db.session.scalar(sa.select(Membership.standing).where(whose))
