"""No input breaks a view: every route with nasty addresses, headers, cookies, queries, fields, files and JSON; never a 5xx."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.routing import Rule

from organizer.core.time import now
from tests.contracts.nasty import BODIES, BYTES, CURSORS, FILES, HEADERS, ODD, PATHS, PROPER, SAME_FORM, SCAN, TEXTS
from tests.contracts.test_access import values, world
from tests.factories import sign_in

Given = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def made(given: Given) -> dict[str, Any]:
    found: dict[str, Any] = given(lambda: world(starts_at=now() + timedelta(hours=1)))
    return found


@pytest.fixture
def owner(client: FlaskClient, made: dict[str, Any]) -> FlaskClient:
    sign_in(client, made["people"]["owner"])
    return client


class Asked(ImmutableMultiDict[str, str]):
    """Parameters that note which of them a view asks for, so that a new one is tried as well."""

    names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return super().__contains__(name)

    def getlist(self, key: str, type: Any = None) -> list[Any]:
        self.names.add(key)
        return super().getlist(key, type) if type else super().getlist(key)


@pytest.fixture
def asked(app: Flask, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the parameters that views have asked for since the test last cleared it."""
    monkeypatch.setattr(app.request_class, "parameter_storage_class", Asked)
    Asked.names = set()
    return Asked.names


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def address(app: Flask, rule: Rule, made: dict[str, Any]) -> str:
    known = values(rule.endpoint, rule.arguments, made)
    return re.sub(r"<[^<>]*?(\w+)>", lambda name: str(known[name[1]]), rule.rule)


def is_broken(client: FlaskClient, method: str, where: str, **more: Any) -> bool:
    """Ask, and tell whether the answer is a mistake of ours; /readyz may say that no worker runs."""
    answer = client.open(where, method=method, **more)
    answer.get_data()  # a stream must be read to its end
    answer.close()
    return answer.status_code >= 500 and where != "/readyz"


def test_nasty_addresses_and_headers(app: Flask, owner: FlaskClient, made: dict[str, Any]) -> None:
    broken: list[tuple[str, ...]] = []
    for rule in app.url_map.iter_rules():
        good, methods = address(app, rule, made), rule.methods or set()
        broken += [(rule.endpoint, method) for method in sorted(methods - {"POST"}) if is_broken(owner, method, good)]
        for headers in HEADERS:
            if "GET" in methods and is_broken(owner, "GET", good, headers=headers):
                broken.append((rule.endpoint, str(headers)))
        for argument in sorted(rule.arguments):
            for path in PATHS:
                wrong = good.replace(str(values(rule.endpoint, {argument}, made)[argument]), path, 1)
                for method in sorted(methods - {"HEAD", "OPTIONS"}):
                    if is_broken(owner, method, wrong):
                        broken.append((rule.endpoint, method, path[:20]))
    assert not broken, "\n".join(map(str, broken))


def by_itself(names: list[str], engine: str) -> Iterator[tuple[str, str, str]]:
    """Each name with half of the texts, the other half on the other engine, so that it does not take too long."""
    for row, name in enumerate(names):
        for column, (label, text) in enumerate(TEXTS.items()):
            if (row + column) % 2 == (engine == "sqlite"):
                yield f"{name}: {label}", name, text


def queries(names: list[str], engine: str) -> Iterator[tuple[str, str | dict[str, str]]]:
    for label, name, text in by_itself(names, engine):
        yield label, {name: text[:6_000]}  # servers take no longer addresses
    for label, text in CURSORS.items():
        yield from ((f"{name}: {label}", {name: text}) for name in names if name in {"after", "before"})
    for raw in BYTES:
        yield raw, "&".join(f"{name}={raw}" for name in names)
    yield "twice", "&".join(f"{name}[]=1&{name}=2&{name}=3" for name in names)


def test_nasty_queries(app: Flask, owner: FlaskClient, made: dict[str, Any], asked: set[str], engine_name: str) -> None:
    broken = []
    for rule in rules(app, "GET"):
        where = address(app, rule, made)
        asked.clear()
        is_broken(owner, "GET", where)
        for label, query in queries(sorted(asked) or ["q"], engine_name):
            if is_broken(owner, "GET", where, query_string=query):
                broken.append((rule.endpoint, label))
            if not asked:
                break
    assert not broken, "\n".join(map(str, broken))


def posts(endpoint: str, names: list[str], engine: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What to send to a route that asks for the fields `names`: all nasty, each by itself, and what is no form."""
    proper = PROPER.get(endpoint, {})
    for column, (label, text) in enumerate(TEXTS.items()):
        if column % 2 == (engine == "sqlite"):
            yield label, {"data": dict.fromkeys(names, text)}
    for label, name, text in by_itself([] if endpoint in SAME_FORM else names, engine):
        yield label, {"data": {**proper, name: text}}
    yield "thrice", {"data": MultiDict([(name, str(n)) for name in names for n in range(3)])}
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "x/\xff;boundary="):
        yield kind, {"data": b"\xff%zz=&&\0=%00", "content_type": kind}
    for body in BODIES if endpoint == "checkin.scans" else BODIES[2:3]:
        yield str(body[:10]), {"data": body, "content_type": "application/json"}
    yield "an odd origin", {"headers": {"Origin": "http://["}}


def test_nasty_fields(app: Flask, client: FlaskClient, made: dict[str, Any], asked: set[str], engine_name: str) -> None:
    broken = []
    for rule in rules(app, "POST"):
        sign_in(client, made["people"]["owner"])
        where = address(app, rule, made)
        proper = PROPER.get(SAME_FORM.get(rule.endpoint, rule.endpoint), {})
        asked.clear()
        is_broken(client, "POST", where, data=proper)
        names = sorted(asked | set(proper))
        alike = [name for name in names if name.startswith("column_")][1:]  # of an import: one stands for all
        for label, more in posts(rule.endpoint, [name for name in names if name not in alike], engine_name):
            if is_broken(client, "POST", where, **more):
                broken.append((rule.endpoint, label))
    assert not broken, "\n".join(map(str, broken))


UPLOADS = {"imports.start": "file", "events.new": "cover", "communities.new": "cover", "accounts.profile": "picture"}


@pytest.mark.parametrize("endpoint", UPLOADS)
def test_nasty_files(app: Flask, owner: FlaskClient, made: dict[str, Any], endpoint: str) -> None:
    broken = []
    where = address(app, next(rule for rule in rules(app, "POST") if rule.endpoint == endpoint), made)
    for label, content in FILES.items():
        for name in ("a.csv", "../\0\r\n\u202e" + "a" * 300 + ".gz"):
            data = {**PROPER[endpoint], UPLOADS[endpoint]: (io.BytesIO(content), name)}
            answer = owner.post(where, data=data)
            if answer.status_code >= 500:
                broken.append((label, name[:5]))
            if endpoint == "imports.start" and answer.location and imported(owner, answer.location):
                broken.append((f"import of {label}", name[:5]))
    assert not broken, "\n".join(map(str, broken))


def imported(owner: FlaskClient, run: str) -> bool:
    """Go through the pages of one import and tell whether one of them is broken."""
    columns = {"column_title": "Name", "column_starts": "Starts"}
    steps: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("GET", run, {}),
        ("POST", run, columns),
        ("POST", f"{run}/start", {}),
        ("GET", run, {}),
    )
    return any(is_broken(owner, method, where, data=data) for method, where, data in steps)


def test_nasty_scans(owner: FlaskClient, made: dict[str, Any]) -> None:
    broken = []
    scans = f"/api/v1/events/{made['keys']['event']}/scans"
    for field in (*SCAN, "direction", "override"):
        for odd in ODD:
            body = json.dumps([{**SCAN, field: odd}]).encode()
            answer = owner.post(scans, data=body, content_type="application/json")
            if answer.status_code >= 500:
                broken.append((field, str(odd)[:20].encode(errors="replace")))
    assert not broken, "\n".join(map(str, broken))
