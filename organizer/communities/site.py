"""The installation as a whole, as something that people have roles on."""

from __future__ import annotations

from organizer import settings
from organizer.accounts.models import Account
from organizer.core.access import Actor, Role


class Site:
    """This installation: who may start communities in it, who operates it."""

    def roles_of(self, actor: Actor | None) -> frozenset[Role]:
        """Site owner as marked on the account; founder if the settings let everybody start communities."""
        if not isinstance(actor, Account):
            return frozenset({Role.ANYONE})
        roles = {Role.ANYONE, Role.ACCOUNT}
        if actor.is_site_owner:
            roles.add(Role.SITE_OWNER)
        if settings.current().community_creation == "anyone":
            roles.add(Role.FOUNDER)
        return frozenset(roles)


SITE = Site()
