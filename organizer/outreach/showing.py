"""A letter in a browser, as a mail program would show it."""

from __future__ import annotations

import base64
from enum import StrEnum

from flask import Response

from .transport import Composed


class Scheme(StrEnum):
    """Which colours a reader's program prefers; the browser's own choice if it is left open."""

    OPEN = ""
    LIGHT = "light"
    DARK = "dark"


def as_page(composed: Composed, scheme: Scheme = Scheme.OPEN) -> Response:
    """Return the HTML part with its pictures inside, under a policy that lets nothing run or be fetched."""
    page = composed.html
    for name, content in composed.pictures.items():
        page = page.replace(f"cid:{name}", f"data:image/png;base64,{base64.b64encode(content).decode()}")
    if scheme is not Scheme.OPEN:
        page = page.replace('content="light dark"', f'content="{scheme}"')
        in_force = "all" if scheme is Scheme.DARK else "not all"
        page = page.replace("@media (prefers-color-scheme: dark)", f"@media {in_force}")
    response = Response(page, mimetype="text/html")
    # Mail is styled by attributes.
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return response
