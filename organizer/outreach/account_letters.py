"""Letters about accounts."""

from __future__ import annotations

from datetime import timedelta

from organizer import settings
from organizer.accounts.service import VALID_MINUTES
from organizer.core.time import now
from organizer.web.paths import public_url

from .letters import Contents, Sheet, kind


def _fresh(sheet: Sheet) -> bool:
    return now() - sheet.created_at < timedelta(minutes=VALID_MINUTES)


@kind("sign_in", secret=True, holds=_fresh)
def sign_in(sheet: Sheet) -> Contents:
    """The code and the link that sign in."""
    code = str(sheet.about["code"])
    return Contents(
        {
            "code": code,
            "spaced_code": f"{code[:3]} {code[3:]}",
            "link": public_url("accounts.sign_in_link", token=sheet.about["link_token"]),
            "minutes": VALID_MINUTES,
        },
        list_name=settings.current().site_name,
    )
