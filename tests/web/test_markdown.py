"""Markdown of members: what comes through and what does not."""

from __future__ import annotations

import pytest

from organizer.web.markdown import plain, rendered


def test_marks_become_html_with_headings_below_the_page() -> None:
    assert rendered("# Plan\n\n**Bring** a [map](https://example.org).") == (
        '<h3>Plan</h3>\n<p><strong>Bring</strong> a <a href="https://example.org" rel="nofollow ugc noopener">map</a>.</p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hi)",
        "<img src=x onerror=alert(1)>",
        "![x](https://elsewhere.example/pixel.png)",
        "<a href='x' onclick='y'>z</a>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text: str) -> None:
    markup = str(rendered(text)).lower()
    assert "<script" not in markup
    assert "<img" not in markup
    assert 'href="javascript' not in markup
    assert 'href="data' not in markup


def test_plain_text_for_calendars_and_previews() -> None:
    assert plain("# Plan\n\n- one\n- two & three") == "Plan\none\ntwo & three"
    assert plain("A *long* evening walk along the river", 20) == "A long evening…"
