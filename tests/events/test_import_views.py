"""The import page and the command."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from organizer.core.db import db
from organizer.events import import_runs, importing
from organizer.events.models import Event, ImportMapping, ImportRun
from tests.factories import make_account, make_community, make_member, sign_in

Given = Callable[[Callable[[], Any]], Any]
ROWS = [
    {"What": "Walk", "start": "2030-05-04", "city": "Sofia"},
    {"What": "Run", "start": "2030-05-05", "city": "Xqzzburg"},
    {"What": "", "start": "2030-05-06", "city": "Sofia"},
]


@pytest.fixture
def organizer(client: FlaskClient, given: Given) -> FlaskClient:
    def arrange() -> int:
        owner = make_account()
        make_community(owner, slug="club")
        return owner.id

    sign_in(client, given(arrange))
    return client


def upload(client: FlaskClient, content: bytes, name: str = "C:\\files\\events.json") -> Any:
    return client.post("/c/club/import", data={"file": (io.BytesIO(content), name)})


def test_from_file_to_report(organizer: FlaskClient, given: Given) -> None:
    answer = upload(organizer, json.dumps(ROWS).encode())
    assert answer.status_code == 303
    page = organizer.get(answer.location)
    assert page.status_code == 200
    assert "Say which column holds this" in page.text  # nothing is called a title

    columns = {"column_title": "What", "column_starts": "start", "column_city": "city", "shift_weeks": "1"}
    assert organizer.post(answer.location, data=columns).status_code == 303
    page = organizer.get(answer.location)
    assert "Import 2 events" in page.text
    assert "The row has no title." in page.text
    assert "Xqzzburg" in page.text
    assert "Sofia, Bulgaria" in page.text
    assert given(lambda: db.session.scalar(sa.select(sa.func.count()).select_from(Event))) == 0

    assert organizer.post(f"{answer.location}/start").status_code == 303
    page = organizer.get(answer.location)
    assert "Everything is imported" in page.text
    assert "1 row is refused" in page.text
    starts = given(lambda: [str(e.starts_wall)[:10] for e in db.session.scalars(sa.select(Event).order_by(Event.id))])
    assert starts == ["2030-05-11", "2030-05-12"]
    assert "events.json" in organizer.get("/c/club/import").text
    assert organizer.post(f"{answer.location}/start").status_code == 303  # twice changes nothing
    assert organizer.post(answer.location, data=columns).status_code == 409  # and what is done is not changed

    again = upload(organizer, json.dumps(ROWS).encode())  # the mapping is remembered
    organizer.post(again.location, data=columns)
    assert "all these events are here already" in organizer.get(again.location).text
    assert len(given(lambda: db.session.scalars(sa.select(ImportMapping)).all())) == 1


def test_a_bad_file_is_refused_beside_the_field(organizer: FlaskClient) -> None:
    assert upload(organizer, b"[").status_code == 422
    assert "not proper JSON" in upload(organizer, b"[{]").text
    assert organizer.post("/c/club/import", data={}).status_code == 422


def test_a_bad_number_of_weeks_keeps_what_was_typed(organizer: FlaskClient) -> None:
    answer = upload(organizer, json.dumps(ROWS).encode())
    page = organizer.post(answer.location, data={"column_title": "What", "column_starts": "start", "shift_weeks": "x"})
    assert page.status_code == 422
    assert "whole number of weeks" in page.text
    assert '<option value="What" selected>' in page.text


def test_text_of_the_file_is_escaped(organizer: FlaskClient) -> None:
    rows = [{"title": "<script>alert(1)</script>", "start": "2030-01-01", "city": "<b>", "topic": "<i>"}]
    answer = upload(organizer, json.dumps(rows).encode(), "<img src=x>.json")
    page = organizer.get(answer.location).text
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;script&gt;alert" in page


def test_only_organizers_of_this_community(client: FlaskClient, given: Given) -> None:
    def arrange() -> tuple[int, str]:
        owner, member = make_account(), make_account()
        community = make_community(owner, slug="club")
        make_member(community, member)
        make_community(member, slug="other")
        content = json.dumps(ROWS).encode()
        run = import_runs.begin(owner, community, "a.json", content, importing.read_file(content))
        return member.id, run.key

    member, key = given(arrange)
    assert client.get("/c/club/import").status_code in {302, 303}
    sign_in(client, member)
    assert client.get("/c/club/import").status_code == 403
    assert client.get(f"/c/club/import/{key}").status_code == 403
    assert client.post(f"/c/club/import/{key}/start").status_code == 403
    assert client.get(f"/c/other/import/{key}").status_code == 404
    assert client.post(f"/c/other/import/{key}/start").status_code == 404


def test_a_running_import_shows_how_far_it_is(organizer: FlaskClient, given: Given) -> None:
    key = upload(organizer, json.dumps(ROWS).encode()).location.rpartition("/")[2]

    def run_it() -> None:
        run = db.session.scalars(sa.select(ImportRun).where(ImportRun.key == key)).one()
        run.state, run.rows_done = "running", 2

    given(run_it)
    page = organizer.get(f"/c/club/import/{key}")
    assert page.headers["Refresh"]
    assert 'value="2" max="3"' in page.text
    fragment = organizer.get(f"/c/club/import/{key}", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert 'value="2" max="3"' in fragment.text


def test_a_killed_worker_is_taken_up_again(organizer: FlaskClient, app: Flask, given: Given) -> None:
    location = upload(organizer, json.dumps([{"title": "A", "start": "2030-01-01", "city": "Sofia"}]).encode()).location

    def kill() -> None:
        run = db.session.scalars(sa.select(ImportRun)).one()
        run.state, run.options = "running", run.options | {"queued_at": "2020-01-01T00:00:00+00:00"}

    given(kill)
    with app.app_context():
        import_runs.resume()
    assert "Everything is imported" in organizer.get(location).text


def test_a_lost_file_fails_with_a_reason(organizer: FlaskClient, app: Flask, given: Given) -> None:
    location = upload(organizer, json.dumps([{"title": "A", "start": "2030-01-01", "city": "Sofia"}]).encode()).location

    def lose() -> None:
        run = db.session.scalars(sa.select(ImportRun)).one()
        run.state, run.blob = "queued", "0" * 64

    given(lose)
    run_id = given(lambda: db.session.scalars(sa.select(ImportRun.id)).one())
    with app.app_context():
        import_runs.carry_out(run_id)
    assert "upload it again" in organizer.get(location).text


def test_no_lock_is_held_while_rows_are_read(
    organizer: FlaskClient, app: Flask, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(organizer, json.dumps([{"title": "A", "start": "2030-01-01", "city": "Sofia"}]).encode())
    given(lambda: db.session.execute(sa.update(ImportRun).values(state="queued")))
    run_id = given(lambda: db.session.scalars(sa.select(ImportRun.id)).one())
    free: list[bool] = []
    planned = importing.planned

    def watched(*args: Any, **more: Any) -> Any:
        plan = planned(*args, **more)
        free.append(not db.session().in_transaction())
        return plan

    monkeypatch.setattr(importing, "planned", watched)
    with app.app_context():
        import_runs.carry_out(run_id)
    assert free == [True]


def test_the_command(app: Flask, given: Given, tmp_path: Path) -> None:
    given(lambda: make_community(slug="club"))
    file = tmp_path / "events.csv"
    file.write_text(
        "What;Date;City;Country\nWalk;24.11.2030;София;България\nRun;soon;Sofia;Bulgaria\n", encoding="utf-16"
    )
    run = app.test_cli_runner()
    common = ["import", "events", str(file), "--community", "club", "--map", "title=What"]
    dry = run.invoke(args=[*common, "--dry-run"])
    assert "1 would be created" in dry.output, dry.output
    first = run.invoke(args=common)
    assert first.exit_code == 0
    assert "1 created, 0 updated, 0 unchanged" in first.output
    assert "line 3: Run: “soon” is no date" in first.output
    assert "Located: 1 of 1" in first.output
    assert "0 created, 0 updated, 1 unchanged" in run.invoke(args=common).output
    assert run.invoke(args=["import", "events", str(file), "--community", "nobody"]).exit_code == 1
    assert "no column" in run.invoke(args=[*common[:-1], "title=Gone"]).output
