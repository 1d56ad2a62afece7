"""How often one network address may ask for letters. Over the limit nothing happens, and nobody is told."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from flask import g, request
from limits import RateLimitItem, parse

from organizer.web.security import limiter

log = structlog.get_logger()
SIGN_INS = parse("20 per hour")


def network_of(address: str | None) -> str:
    """Return what counts as one visitor: an IPv4 address, or the /64 that one IPv6 connection is given."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else str(parsed)


def within(limit: RateLimitItem, purpose: str) -> bool:
    """Count this request for `purpose` and tell whether its sender is still below `limit`; a retried view counts once."""
    if not limiter.enabled:
        return True
    counted: dict[str, bool] = g.setdefault("counted", {})
    if purpose not in counted:
        try:
            counted[purpose] = limiter.limiter.hit(limit, purpose, network_of(request.remote_addr))
        except Exception:  # whatever the store raises: its failure must not keep people out
            log.exception("limits not counted")
            counted[purpose] = True
    return counted[purpose]
