"""Facts about communities."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.accounts.models import Account
from organizer.core.signals import Topic

from .models import Community


@dataclass(frozen=True)
class MemberJoined:
    """An account became an active member."""

    community: Community
    account: Account


@dataclass(frozen=True)
class MemberLeft:
    """An account is no longer a member."""

    community: Community
    account: Account


member_joined = Topic(MemberJoined)
member_left = Topic(MemberLeft)
