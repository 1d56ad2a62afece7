"""Who may do what: the whole matrix in one place. Default no.

Objects tell which roles an actor has on them (`subject.roles_of(actor)`), the matrix tells what roles may do.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from .errors import Forbidden


class Role(StrEnum):
    """What somebody is to a subject. One person may have several roles on it at once."""

    ANYONE = "anyone"  # a visitor, signed in or not
    ACCOUNT = "account"  # signed in
    SELF = "self"  # the person whom the subject is about
    FOUNDER = "founder"  # may start communities in this installation
    SITE_OWNER = "site owner"  # owns the installation
    MEMBER = "member"  # of the community
    COMMUNITY_HOST = "community host"  # may create events in the community
    ORGANIZER = "organizer"  # runs the community
    OWNER = "owner"  # owns the community
    VIEWER = "viewer"  # may see this event: by its state and visibility
    EVENT_HOST = "event host"  # runs this event


class Action(StrEnum):
    """Everything that is guarded, worded so that "You may not …" reads well."""

    START_COMMUNITY = "start a community here"
    OPERATE_SITE = "operate this installation"
    EDIT_ACCOUNT = "change this profile"
    SEE_COMMUNITY = "see this community"
    EDIT_COMMUNITY = "change this community"
    CHANGE_ROLES = "change roles in this community"
    MANAGE_COMMUNITY = "manage this community"
    JOIN_COMMUNITY = "join this community"
    LEAVE_COMMUNITY = "leave this community"
    IMPORT_EVENTS = "import events into this community"
    EDIT_LETTERS = "change the letters of this community"
    CREATE_EVENT = "create events in this community"
    SEE_EVENT = "see this event"
    EDIT_EVENT = "change this event"
    CANCEL_EVENT = "cancel this event"
    CHANGE_HOSTS = "change who hosts this event"
    ANSWER_EVENT = "answer this event"
    SEE_GUEST_LIST = "see the guest list"
    CHANGE_GUEST_LIST = "change the guest list"
    MESSAGE_GUESTS = "write to the guests"
    CHECK_IN = "check people in"


_RUNS_COMMUNITY = frozenset({Role.OWNER, Role.ORGANIZER})
_RUNS_EVENT = _RUNS_COMMUNITY | {Role.EVENT_HOST}
_CREATES = _RUNS_COMMUNITY | {Role.COMMUNITY_HOST}

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.START_COMMUNITY: frozenset({Role.FOUNDER, Role.SITE_OWNER}),
    Action.OPERATE_SITE: frozenset({Role.SITE_OWNER}),
    Action.EDIT_ACCOUNT: frozenset({Role.SELF}),
    Action.SEE_COMMUNITY: frozenset({Role.ANYONE}),
    Action.EDIT_COMMUNITY: _RUNS_COMMUNITY,
    Action.CHANGE_ROLES: frozenset({Role.OWNER}),
    Action.MANAGE_COMMUNITY: _CREATES,
    Action.JOIN_COMMUNITY: frozenset({Role.ACCOUNT}),
    Action.LEAVE_COMMUNITY: frozenset({Role.MEMBER}),
    Action.IMPORT_EVENTS: _RUNS_COMMUNITY,
    Action.EDIT_LETTERS: _RUNS_COMMUNITY,
    Action.CREATE_EVENT: _CREATES,
    Action.SEE_EVENT: _RUNS_EVENT | {Role.VIEWER},
    Action.EDIT_EVENT: _RUNS_EVENT,
    Action.CANCEL_EVENT: _RUNS_EVENT,
    Action.CHANGE_HOSTS: _RUNS_EVENT,
    Action.ANSWER_EVENT: _RUNS_EVENT | {Role.VIEWER},
    Action.SEE_GUEST_LIST: _RUNS_EVENT,
    Action.CHANGE_GUEST_LIST: _RUNS_EVENT,
    Action.MESSAGE_GUESTS: _RUNS_EVENT,
    Action.CHECK_IN: _RUNS_EVENT,
}


class Actor(Protocol):
    """Somebody signed in."""

    @property
    def id(self) -> int:
        """The account's number."""


class Subject(Protocol):
    """Something that is guarded."""

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Return the roles that `actor` (None: a visitor) has on this."""


def may(actor: Actor | None, action: Action, subject: Subject) -> bool:
    """Tell whether a role of `actor` allows `action` on `subject`. For showing a button; services use `require`."""
    return not ALLOWED[action].isdisjoint(subject.roles_of(actor))


def require(actor: Actor | None, action: Action, subject: Subject) -> None:
    """Raise Forbidden unless a role of `actor` (None: a visitor) allows `action` on `subject`."""
    if not may(actor, action, subject):
        raise Forbidden
