"""The page that shows all parts: it renders, and strangers' sessions stay untouched."""

from __future__ import annotations

import re

from flask.testing import FlaskClient


def test_the_pattern_page_shows_every_part(client: FlaskClient) -> None:
    answer = client.get("/patterns")
    assert answer.status_code == 200
    assert len(re.findall(r"<h1[ >]", answer.text)) == 1
    assert "<title>Patterns" in answer.text
    assert "Вечерна фоторазходка" in answer.text
    assert 'style="' not in answer.text
    assert not re.search(r"\son\w+=", answer.text)
    assert "Set-Cookie" not in answer.headers


def test_ids_are_unique(client: FlaskClient) -> None:
    ids = re.findall(
        r'\sid="([^"]+)"', re.sub(r"(?s)<h2>Form with errors.*?</section>", "", client.get("/patterns").text)
    )
    assert len(ids) == len(set(ids))


def test_a_first_view_asks_for_few_files(client: FlaskClient) -> None:
    page = client.get("/patterns").text
    head = page.partition("</head>")[0]
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)"', head))
    assert len(named) <= 5
    for address in named:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
