"""What hosts make of replies: sums, lists, the person's page, tables for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.rsvps import questions, service
from organizer.rsvps.models import Kind
from organizer.rsvps.questions import QuestionDraft
from tests.factories import make_rsvp, sign_in
from tests.rsvps.asking import ask, found, hosted_event, words
from tests.rsvps.coming import come
from tests.rsvps.counting import statements

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def answered(client: FlaskClient, given: Given) -> dict[str, Any]:
    """An event where three people said this and that, and its host signed in."""

    def arrange() -> dict[str, Any]:
        event, host = hosted_event(guests_limit=2)
        text = ask(event, host, "=What do you bring?")
        eat = ask(event, host, "Vegan?", Kind.YES_NO, per_guest=True)
        several = ask(event, host, "Who helps?", Kind.SEVERAL)
        first = come(event, "ana", guests=1, said=words(event, {text: "=1+1", eat: ("yes",), (eat, 1): ("no",)}))
        questions.change(host, event, eat, QuestionDraft(Kind.YES_NO, "Meat?", per_guest=True))
        come(event, "bo", said=words(event, {text: "<b>Soup", eat: ("yes",), several: ("Wine", "Bread")}))
        come(event, "cy", said=words(event, {several: ("Wine",)}))
        service.cancel(come(event, "gone", said=words(event, {text: "Nothing", several: ("Salad",)})))
        make_rsvp(event, name="Zed")
        keys = {"text": text.key, "eat": eat.key, "several": several.key, "ana": first.key}
        return {"key": event.key, "host": host.id, "url": f"/events/{event.key}", **keys}

    made: dict[str, Any] = given(arrange)
    sign_in(client, made["host"])
    return made


def bars(page: str) -> list[tuple[str, list[str]]]:
    """Each chart's title, and its labels with their numbers."""
    charts = BeautifulSoup(page, "html.parser").select("figure.chart")
    return [
        (chart.figcaption.text, [" ".join(line.stripped_strings) for line in chart.select("li")])  # type: ignore[union-attr]
        for chart in charts
    ]


def test_sums_count_those_who_come_in_the_words_that_were_asked(client: FlaskClient, answered: dict[str, Any]) -> None:
    page = client.get(f"{answered['url']}/questions").text
    assert bars(page) == [
        ("Of those who come", ["Yes 1", "No 0"]),
        ("Asked as “Vegan?”", ["Yes 1", "No 1"]),
        ("Of those who come", ["Bread 1", "Wine 2", "Salad 0"]),
    ]
    assert "2 answers of those who come" in page
    assert bars(client.get(f"{answered['url']}/questions/{answered['several']}").text) == bars(page)[2:]


def test_who_said_what_is_a_list_with_pages(client: FlaskClient, answered: dict[str, Any], given: Given) -> None:
    url = f"{answered['url']}/questions/{answered['text']}"
    page = client.get(url).text
    assert "&lt;b&gt;Soup" in page
    assert "Nothing" not in page
    assert "Nothing" in client.get(f"{url}?who=all").text
    assert "Asked as “Vegan?”" in client.get(f"{answered['url']}/questions/{answered['eat']}").text

    def many() -> None:
        question, event = found(answered["text"])
        for number in range(60):
            come(event, f"p{number}", said=words(event, {question: f"thing {number:02}"}))

    given(many)
    first = BeautifulSoup(client.get(url).text, "html.parser")
    assert len(first.select(".said > li")) == 50
    older = first.select_one("a[rel=next]")
    assert older is not None
    second = BeautifulSoup(client.get(str(older["href"])).text, "html.parser")
    assert len(second.select(".said > li")) == 12
    seen = [p.text for half in (first, second) for p in half.select(".said .words")]
    assert len(set(seen)) == 62
    assert seen[0] == "thing 59"
    assert client.get(f"{url}?after=nonsense").status_code == 200


def test_the_persons_page_says_what_was_asked_then(client: FlaskClient, answered: dict[str, Any]) -> None:
    page = BeautifulSoup(client.get(f"{answered['url']}/guests/{answered['ana']}").text, "html.parser")
    said = [" ".join(row.stripped_strings) for row in page.select(".replies > div")]
    assert said == ["=What do you bring? =1+1", "Vegan? Yes", "Vegan? · Guest 1 No"]


def test_the_table_has_a_column_for_each_question_and_guest(client: FlaskClient, answered: dict[str, Any]) -> None:
    text = client.get(f"{answered['url']}/guests.csv").data.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header[-4:] == ["'=What do you bring?", "Meat?", "Meat? (guest 1)", "Who helps?"]
    said = {row[0]: row[-4:] for row in rows}
    assert said["Ana"] == ["'=1+1", "Yes (asked: Vegan?)", "No (asked: Vegan?)", ""]
    assert said["Bo"] == ["<b>Soup", "Yes", "", "Bread; Wine"]
    assert said["Gone"] == ["Nothing", "", "", "Salad"]
    assert said["Zed"] == ["", "", "", ""]
    with client.get(f"{answered['url']}/guests.xlsx") as answer:
        book = load_workbook(io.BytesIO(answer.data))
    table = list(book.worksheets[0].iter_rows(values_only=True))
    assert table[0][-4] == "=What do you bring?"
    assert {row[0]: row[-4] for row in table[1:]}["Ana"] == "=1+1"
    assert all(cell.data_type != "f" for row in book.worksheets[0].iter_rows() for cell in row)


def test_a_table_of_many_costs_few_statements(
    client: FlaskClient, answered: dict[str, Any], given: Given, app: Flask
) -> None:
    before = statements(app, lambda: client.get(f"{answered['url']}/guests.csv").get_data())

    def many() -> None:
        question, event = found(answered["text"])
        for number in range(40):
            come(event, f"p{number}", said=words(event, {question: "Bread"}))

    given(many)
    after = statements(app, lambda: client.get(f"{answered['url']}/guests.csv").get_data())
    assert len(after) == len(before)


def test_pages_of_hosts_cost_the_same_however_much_is_asked(
    client: FlaskClient, answered: dict[str, Any], given: Given, app: Flask
) -> None:
    pages = [f"{answered['url']}/questions", f"{answered['url']}/questions/{answered['text']}"]
    pages.append(f"{answered['url']}/guests/{answered['ana']}")
    before = [len(statements(app, lambda page=page: client.get(page))) for page in pages]  # type: ignore[misc]

    def more() -> None:
        text, event = found(answered["text"])
        host = db.session.get_one(Account, answered["host"])
        asked = [ask(event, host, f"More {number}", Kind.CHOICE) for number in range(9)]
        come(event, "dee", said=words(event, dict.fromkeys(asked, "Wine") | {text: "x"}))

    given(more)
    after = [len(statements(app, lambda page=page: client.get(page))) for page in pages]  # type: ignore[misc]
    assert after == before
