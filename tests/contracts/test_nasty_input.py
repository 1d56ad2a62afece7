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
from tests.contracts.test_access import values, world
from tests.factories import sign_in

Given = Callable[[Callable[[], Any]], Any]

TEXTS = {
    "nothing": "",
    "a NUL": "a\0b",
    "long": "x" * 100_000,
    "many digits": "9" * 5_000,
    "past 64 bits": str(2**63),
    "past 32 bits": str(2**31),
    "below zero": "-1",
    "not finite": "1e999",
    "no number": "nan",
    "a digit that is none": "²",
    "the last minute": "9999-12-31T23:59",
    "the first minute": "0001-01-01T00:00",
    "an instant": "2030-01-01T00:00:00+00:00",
    "marks": "%(x)s {0.__class__} {{ 7 }} $x %_\\ [a-z]* ( \" ' ; -- ../../etc/passwd </script><svg onload=alert(1)>",
    "a header": "a\r\nBcc: b@example.org \u202e\u2066\ufeff\U0001f4f7\ud7ff\uffff",
    "JSON": '[[{"a": null}, 1e400, Infinity]]',
}
CURSORS = {
    "deep": "W1tb" * 1500,
    "numbers": "WzFlNDAwLEluZmluaXR5XQ",  # [1e400,Infinity]
    "strings": "WyJhXHUwMDAwIiwgIlx1ZDgwMCJd",  # ["a\u0000", "\ud800"]
    "dates": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwgOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTld",
    "naive": "WyIyMDMwLTAxLTAxVDAwOjAwOjAwIiwgMV0",
}
BYTES = ["%ff%fe%c3%28%ed%a0%80", "%00", "%u0041%", "+%2B%26=", ";&&=&"]
PATHS = ["%00", "%ff", "0" * 10, "a" * 3_000, str(2**64), "%0d%0aX-Y:%20z\u2028"]
HEADERS: list[dict[str, str]] = [
    {"Accept-Language": "xx-YY;q=nan,*;q=2,,bg_BG@x;q=0.5" + ",de" * 500, "HX-Request": "true"},
    {"If-None-Match": '"\u00ff', "If-Modified-Since": "Thu, 31 Dec 9999 99:99:99 +9999", "Range": "bytes=9-1,-"},
    {
        "If-Modified-Since": "Mon, 01 Jan 0001 00:00:00 +2359",
        "Accept": "*/*;q=x,application/json",
        "Accept-Encoding": "br;q=x",
    },
    {
        "Cookie": "session=.eJx.x.y; locale=xx; remember_token=1|x",
        "X-Forwarded-For": "', \x7f",
        "Authorization": "Basic =",
    },
]
PROPER: dict[str, dict[str, str]] = {
    "events.new": {
        "title": "Walk",
        "starts": "2031-05-05T18:00",
        "ends": "2031-05-05T20:00",
        "capacity": "10",
        "text": "Come",
        "tags": "a, b",
        "venue_name": "Gate",
        "city": "Sofia",
        "visibility": "public",
        "locale": "en",
        "guests_limit": "1",
        "zone": "Europe/Sofia",
        "latitude": "42.7",
        "longitude": "23.3",
        "venue_address": "",
        "venue_note": "",
        "venue_country": "BG",
        "online_url": "",
        "website": "",
        "seen": "",
        "kept_cover": "",
        "last_day": "",
        "city_choice": "",
    },
    "events.cancel": {"reason": "rain"},
    "imports.start": {},
    "imports.show": {"column_title": "Name", "column_starts": "Name", "shift_weeks": "0", "source": "x"},
    "imports.carry_out": {},
    "rsvps.answer": {"name": "Ada", "email": "a@example.org", "guests": "0", "listing": "everyone", "once": ""},
    "rsvps.add_guest": {"name": "Ada", "email": "ada@example.org", "guests": "0"},
    "rsvps.note_guest": {"note": "x"},
    "rsvps.remove_guest": {"why": "x"},
    "rsvps.change_guests": {"guests": "0"},
    "rsvps.change_listing": {"listing": "hosts"},
    "checkin.check": {"code": "X", "scan_id": "", "direction": "in", "override": "", "reason": ""},
    "checkin.walk_in": {"name": "Ada", "email": "", "guests": "0", "scan_id": ""},
    "calendars.choose": {},
    "communities.new": {"name": "Us", "city": "Sofia", "description": "x", "locale": "en", "zone": "", "accent": ""},
    "communities.change_role": {"role": "host"},
    "accounts.sign_in": {"email": "a@example.org", "next": "/"},
    "accounts.code": {"code": "123456"},
    "accounts.welcome": {"name": "Ada", "zone": "Europe/Sofia", "next": "/"},
    "accounts.profile": {
        "name": "Ada",
        "locale": "en",
        "zone": "Europe/Sofia",
        "city": "Sofia",
        "country": "BG",
        "about": "",
        "interests": "a, b",
    },
    "i18n.set_locale": {"locale": "bg", "next": "/"},
}
SAME_FORM = {"events.edit": "events.new", "communities.edit": "communities.new"}  # tried as a whole, not by each field
FILES = {
    "nothing": b"",
    "NULs": b"Name,Starts\n" + b"\0" * 500,
    "not UTF-8": b"Name;Starts\n\xff\xfe\xc3\x28;2030-01-01\n",
    "half UTF-16": "Name,Starts\nWalk,2030-01-01".encode("utf-16")[:-1],
    "a lone surrogate": b'[{"Name": "\\ud800", "Starts": "2030-01-01"}]',
    "deep": b"[" * 100_000,
    "odd JSON": b'[null, 1, [], {"Name": {"a": [1e999]}}, {"": NaN}]',
    "one long line": b"x" * 300_000,
    "a broken gzip": b"\x1f\x8b\x08\x00garbage",
    "a broken zip": b"PK\x03\x04garbage",
    "an odd picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
    "quotes": b'"Name,"Starts\n"""\n"',
}
BODIES = [
    b"",
    b"null",
    b"[" * 100_000,
    b"\xff\xfe",
    b"[null, 1, [], {}, true]",
    b'{"a": ' + b"9" * 5_000 + b"}",
    b"[1e999, NaN]",
]
SCAN = {
    "scan_id": "A" * 26,
    "code": "X",
    "device_id": "d",
    "counter": 1,
    "offset_ms": 0,
    "device_time": None,
    "reason": "",
}
ODD = [None, [], {}, True, -1, 2**63, 10**400, 1e300, "", "\0" * 26, "\ud800" * 26, "x" * 100_000, "9999-12-31T23:59:59-23:59",
       "0001-01-01T00:00:00+23:59", "2030-01-01", ["in"], {"a": [1]}]  # fmt: skip


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
    for label, text in TEXTS.items():
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
