"""Questions on pages: a host asks, a stranger answers, others see what is shown to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from organizer.accounts.models import Account
from organizer.core.db import db
from organizer.events import service as events
from organizer.rsvps import questions
from organizer.rsvps.models import Kind, Listing, Question, Reply
from organizer.rsvps.questions import QuestionDraft
from tests.factories import make_account, sign_in
from tests.rsvps.asking import ask, found, hosted_event

Given = Callable[[Callable[[], Any]], Any]
HOSTILE = "</textarea><script>alert(1)</script>\"'"


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


@pytest.fixture
def hosted(client: FlaskClient, given: Given) -> dict[str, Any]:
    """An event, and its host signed in."""

    def arrange() -> dict[str, Any]:
        event, host = hosted_event(guests_limit=2)
        return {"key": event.key, "host": host.id, "url": f"/events/{event.key}/questions"}

    made: dict[str, Any] = given(arrange)
    sign_in(client, made["host"])
    return made


def stored(app: Flask) -> list[Question]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Question).order_by(Question.position)))


def test_a_host_asks_by_one_tap_or_in_own_words(client: FlaskClient, hosted: dict[str, Any], app: Flask) -> None:
    url = hosted["url"]
    assert "Nothing is asked yet" in client.get(url).text
    assert client.post(url, data={"suggestion": "food"}).status_code == 303
    own = {"label": "Which film?", "kind": "choice", "options": "Kodak\nIlford\n", "required": "y", "keep_days": "7"}
    client.post(url, data=own)
    food, film = stored(app)
    assert (food.label, food.per_guest, food.shown, food.keep_days) == (
        "Is there anything you cannot eat?",
        True,
        False,
        14,
    )
    assert (film.options, film.required, film.kind, film.keep_days) == (["Kodak", "Ilford"], True, Kind.CHOICE, 7)
    page = client.get(url).text
    assert "Which film?" in page
    assert 'value="food"' not in page
    assert f"/events/{hosted['key']}/questions" in client.get(f"/events/{hosted['key']}/guests").text


def test_what_a_host_writes_wrongly_comes_back(client: FlaskClient, hosted: dict[str, Any], app: Flask) -> None:
    answer = client.post(hosted["url"], data={"label": "Which?", "kind": "choice", "options": "one", "keep_days": "7"})
    assert answer.status_code == 422
    page = soup(answer.text)
    assert "at least two things" in page.select_one("#options-wrong").text  # type: ignore[union-attr]
    assert page.select_one("#label")["value"] == "Which?"  # type: ignore[index]
    assert page.select_one("details[open] form.question-form")
    for wrong in (
        {},
        {"label": " "},
        {"label": "x", "kind": "poem", "keep_days": "7"},
        {"label": "x", "keep_days": "8"},
    ):
        assert client.post(hosted["url"], data=wrong).status_code == 422
    assert stored(app) == []


def test_a_host_changes_moves_and_retires(client: FlaskClient, hosted: dict[str, Any], app: Flask) -> None:
    url = hosted["url"]
    for name in ("food", "bring"):
        client.post(url, data={"suggestion": name})
    food, bring = stored(app)
    client.post(f"{url}/{bring.key}/move", data={"to": "up"})
    assert [q.id for q in stored(app)] == [bring.id, food.id]
    form = {"label": "What do you carry?", "kind": "text", "keep_days": "30", "help": "Bread, say"}
    assert client.post(f"{url}/{bring.key}", data=form).location.endswith(bring.key)
    page = client.get(f"{url}/{bring.key}").text
    assert "What do you carry?" in page
    assert "Bread, say" in page
    assert client.post(f"{url}/{bring.key}", data={"label": ""}).status_code == 422
    client.post(f"{url}/{bring.key}/retire")
    assert "Not asked any more" in client.get(url).text
    client.post(f"{url}/{bring.key}/again")
    assert "Not asked any more" not in client.get(url).text


def test_a_question_of_another_event_is_not_found(client: FlaskClient, hosted: dict[str, Any], given: Given) -> None:
    def elsewhere() -> str:
        event, host = hosted_event()
        return ask(event, host).key

    foreign = given(elsewhere)
    assert client.get(f"{hosted['url']}/{foreign}").status_code == 404
    for deed in ("", "/move", "/retire", "/again"):
        assert client.post(f"{hosted['url']}/{foreign}{deed}", data={"label": "x"}).status_code == 404


@pytest.fixture
def asking(given: Given) -> dict[str, Any]:
    """An event that asks something of each kind."""

    def arrange() -> dict[str, Any]:
        event, host = hosted_event(guests_limit=3, title="Supper")
        asked = {
            "text": ask(event, host, "What do you bring?", shown=True),
            "eat": ask(event, host, "What do you eat?", Kind.CHOICE, required=True, per_guest=True, keep_days=14),
            "help": ask(event, host, "Who helps?", Kind.SEVERAL),
            "yes": ask(event, host, "A lift?", Kind.YES_NO),
        }
        keys = {name: f"q-{question.key}" for name, question in asked.items()}
        return {"key": event.key, "host": host.id, "url": f"/events/{event.key}/rsvp", **keys}

    made: dict[str, Any] = given(arrange)
    return made


def post(client: FlaskClient, asking: dict[str, Any], said: dict[str, Any], **typed: str) -> Any:
    person = {"name": "Mira", "email": "mira@example.org", "once": "s" * 32}
    fields = {f"{asking[name]}-{guest}": value for (name, guest), value in said.items()}
    return client.post(asking["url"], data=person | typed | fields)


def said_by(app: Flask) -> dict[tuple[str, int], Any]:
    with app.app_context():
        rows = db.session.execute(sa.select(Question.label, Reply.guest, Reply.value).join(Question))
        return {(label, guest): value for label, guest, value in rows}


def test_a_stranger_answers_in_the_form(client: FlaskClient, asking: dict[str, Any], app: Flask) -> None:
    text = client.get(asking["url"]).text
    page = soup(text)
    assert "Only the hosts see your answers, but" in page.text
    assert "Everybody who comes sees this answer." in page.text
    folded = page.select_one("details.fold")
    assert folded is not None
    assert "3 more questions" in folded.text
    assert len(page.select("[data-guests] fieldset")) == 0
    assert f'name="{asking["eat"]}-n"' in text.split("<template data-guest-template>")[1].split("</template>")[0]
    said = {("text", 0): "Bread", ("eat", 0): "Salad", ("help", 0): ["Wine", "Bread"], ("yes", 0): "no"}
    answer = post(client, asking, said)
    assert answer.status_code == 303
    assert said_by(app) == {
        ("What do you bring?", 0): "Bread",
        ("What do you eat?", 0): "Salad",
        ("Who helps?", 0): ["Bread", "Wine"],
        ("A lift?", 0): False,
    }
    private = client.get(answer.location).text
    assert "Bread" in private


def test_errors_stand_beside_their_fields_and_nothing_typed_is_lost(
    client: FlaskClient, asking: dict[str, Any], app: Flask
) -> None:
    answer = post(client, asking, {("text", 0): HOSTILE, ("yes", 0): "yes"}, name="")
    assert answer.status_code == 422
    page = soup(answer.text)
    field = page.select_one(f"#{asking['eat']}-0")
    assert "Please answer this." in field.text  # type: ignore[union-attr]
    problem = page.select_one(f'.problems a[href="#{asking["eat"]}-0"]')
    assert problem.text == "What do you eat? – Please answer this."  # type: ignore[union-attr]
    assert "Please tell us your name." in page.select_one(".problems").text  # type: ignore[union-attr]
    assert page.select_one(f"#{asking['text']}-0").text.strip() == HOSTILE  # type: ignore[union-attr]
    assert page.select_one(f"[name={asking['yes']}-0][value=yes]").has_attr("checked")  # type: ignore[union-attr]
    assert page.select_one("details.fold[open]")
    assert "<script>alert" not in answer.text
    assert said_by(app) == {}


def test_fields_of_guests_come_without_javascript(client: FlaskClient, asking: dict[str, Any], app: Flask) -> None:
    said = {("eat", 0): "Bread", ("text", 0): "Soup"}
    first = post(client, asking, said, guests="2")
    assert first.status_code == 422
    page = soup(first.text)
    assert [legend.text for legend in page.select("[data-guests] .guest-fields > legend")] == ["Guest 1", "Guest 2"]
    assert page.select_one("[data-guests] .is-wrong") is None
    assert "ask about your guests, too" in page.select_one("[role=alert]").text  # type: ignore[union-attr]
    assert page.select_one(f"#{asking['text']}-0").text.strip() == "Soup"  # type: ignore[union-attr]
    sets = str(page.select_one("[name=guest-fields]")["value"])  # type: ignore[index]
    second = post(client, asking, said | {("eat", 1): "Wine"}, guests="2", **{"guest-fields": sets})
    assert second.status_code == 422
    wrong = soup(second.text).select("[data-guests] .is-wrong")
    assert [field["id"] for field in wrong] == [f"{asking['eat']}-2"]
    done = post(client, asking, said | {("eat", 1): "Wine", ("eat", 2): "Salad"}, guests="2", **{"guest-fields": sets})
    assert done.status_code == 303
    assert {key: value for key, value in said_by(app).items() if key[0] == "What do you eat?"} == {
        ("What do you eat?", 0): "Bread",
        ("What do you eat?", 1): "Wine",
        ("What do you eat?", 2): "Salad",
    }


def test_one_tap_leads_to_the_form(client: FlaskClient, asking: dict[str, Any], given: Given) -> None:
    sign_in(client, given(lambda: make_account().id))
    page = soup(client.get(f"/events/{asking['key']}", follow_redirects=True).text)
    assert page.select_one(f'.rsvp a[href="{asking["url"]}"]')
    assert not page.select(".rsvp form")


def test_the_private_page_changes_what_was_said(client: FlaskClient, asking: dict[str, Any], app: Flask) -> None:
    private = post(client, asking, {("text", 0): "Bread", ("eat", 0): "Salad"}).location
    assert client.post(f"{private}/guests", data={"guests": "1"}).status_code == 303
    page = soup(client.get(private).text)
    assert "1 question still needs your answer." in page.text
    assert page.select_one("#replies details[open]")
    assert page.select_one(f"[name={asking['eat']}-0][value=Salad]").has_attr("checked")  # type: ignore[union-attr]
    fields = {f"{asking['text']}-0": "", f"{asking['eat']}-0": "Salad", "guest-fields": "1"}
    wrong = client.post(f"{private}/replies", data=fields)
    assert wrong.status_code == 422
    assert "Please answer this." in soup(wrong.text).select_one(f"#{asking['eat']}-1").text  # type: ignore[union-attr]
    assert client.post(f"{private}/replies", data=fields | {f"{asking['eat']}-1": "Wine"}).status_code == 303
    assert said_by(app) == {("What do you eat?", 0): "Salad", ("What do you eat?", 1): "Wine"}
    # An error in another form of the page leaves these fields as they are.
    other = soup(client.post(f"{private}/guests", data={"guests": "9"}).text)
    assert other.select_one(f"[name={asking['eat']}-1][value=Wine]").has_attr("checked")  # type: ignore[union-attr]
    assert client.post(f"{private}/replies/delete").status_code == 303
    assert said_by(app) == {}


def test_an_older_reply_stands_beside_its_changed_question(
    client: FlaskClient, asking: dict[str, Any], given: Given, app: Flask
) -> None:
    private = post(client, asking, {("eat", 0): "Salad"}).location

    def reword() -> None:
        question, event = found(asking["eat"].removeprefix("q-"))
        host = db.session.get_one(Account, asking["host"])
        draft = QuestionDraft(Kind.CHOICE, "What can you not eat?", options=("Bread", "Fish"), required=True)
        questions.change(host, event, question, draft)

    given(reword)
    page = client.get(private).text
    assert "When this was asked as “What do you eat?”, you said “Salad”." in page
    assert "still need" not in page
    assert client.post(f"{private}/replies", data={"guest-fields": "0"}).status_code == 303
    assert said_by(app) == {("What can you not eat?", 0): "Salad"}


def test_after_the_deadline_answers_are_only_read(client: FlaskClient, asking: dict[str, Any], given: Given) -> None:
    private = post(client, asking, {("eat", 0): "Salad"}).location

    def close() -> None:
        event = events.get(asking["key"])
        event.rsvp_rules = event.rsvp_rules | {"edits": {"before": 60 * 24 * 30}}

    given(close)
    page = soup(client.get(private).text)
    assert "Salad" in page.select_one(".replies").text  # type: ignore[union-attr]
    assert not page.select('form[action$="/replies"]')
    assert client.post(f"{private}/replies", data={f"{asking['eat']}-0": "Wine"}).status_code == 409


def test_others_who_come_see_what_is_shown(client: FlaskClient, asking: dict[str, Any], app: Flask) -> None:
    mine = post(client, asking, {("text", 0): HOSTILE, ("eat", 0): "Salad"}, listing=Listing.FIRST_NAME).location
    key = asking["text"].removeprefix("q-")
    other = post(client, asking, {("eat", 0): "Wine"}, name="Noor", email="n@example.org", once="t" * 32).location
    assert f"/others/{key}" in client.get(other).text
    page = client.get(f"{other}/others/{key}")
    assert soup(page.text).select_one(".said .words").text == HOSTILE  # type: ignore[union-attr]
    assert "Mira" in page.text
    assert "mira@example.org" not in page.text
    assert "<script>alert" not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(f"{other}/others/{asking['eat'].removeprefix('q-')}").status_code == 404
    client.post(f"{other}/cancel")
    assert client.get(f"{other}/others/{key}").status_code == 404
    for address in (f"/events/{asking['key']}", asking["url"]):
        assert HOSTILE[:20] not in client.get(address, follow_redirects=True).text
    client.post(f"{mine}/cancel")
    assert "alert(1)" not in client.get(f"{other}/others/{key}").text
