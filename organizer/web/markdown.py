"""Markdown of members becomes safe HTML, or plain text for descriptions and calendars.

Raw HTML is off, and what comes out passes an allow-list of tags and address schemes all the same.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache

from flask import Flask
from markupsafe import Markup

TAGS = {"p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h3", "h4", "h5", "hr"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}
_TAG = re.compile(r"<[^>]+>")
_BLOCK_END = re.compile(r"</(?:p|li|h[3-5]|blockquote|pre|tr)>|<br>")


def init_app(app: Flask) -> None:
    """Offer the filters `markdown` and `plain`."""
    app.jinja_env.filters.update(markdown=rendered, plain=plain)


@lru_cache(maxsize=512)
def rendered(text: str) -> Markup:
    """Return `text` as safe HTML. Headings begin at h3, below those of the page; links tell that members wrote them."""
    import nh3

    tokens = _parser().parse(text)
    for token in tokens:
        token.tag = _HEADINGS.get(token.tag, token.tag) if token.type.startswith("heading") else token.tag
    markup = _parser().renderer.render(tokens, _parser().options, {})
    clean = nh3.clean(
        markup,
        tags=TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener",
    )
    return Markup(clean)  # noqa: S704 - cleaned by nh3


def plain(text: str, length: int = 0) -> str:
    """Return `text` without marks, as lines; with `length` as one line cut at a word."""
    bare = html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", str(rendered(text))))).strip()
    if not length:
        return re.sub(r"\n{2,}", "\n", bare)
    line = " ".join(bare.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0].rstrip(",;:.– ") + "…"


@lru_cache(maxsize=1)
def _parser():  # type: ignore[no-untyped-def]  # imported late: 20 ms that a start need not pay
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True}).enable(
        ["linkify", "table", "strikethrough"]
    )
