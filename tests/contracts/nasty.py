"""What no person types: texts, addresses, headers, files and JSON to try views with, and what forms take for proper."""

from __future__ import annotations

TEXTS = {
    "nothing": "",
    "a NUL": "a\0b",
    "long": "x" * 30_000,
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
BYTES = ["%ff%fe%c3%28%ed%a0%80%u0041%", ";&&=&+%2B%26="]
PATHS = ["%00", "%ff", "0" * 10, "a" * 3_000, str(2**64), "%0d%0aX-Y:%20z\u2028"]
HEADERS: list[dict[str, str]] = [
    {
        "Accept-Language": "xx-YY;q=nan,*;q=2,,bg_BG@x;q=0.5" + ",de" * 500,
        "If-None-Match": '"\u00ff',
        "If-Modified-Since": "Thu, 31 Dec 9999 99:99:99 +9999",
        "Range": "bytes=9-1,-",
        "HX-Request": "true",
    },
    {
        "Cookie": "session=.eJx.x.y; locale=xx; remember_token=1|x",
        "If-Modified-Since": "Mon, 01 Jan 0001 00:00:00 +2359",
        "Accept": "*/*;q=x,application/json",
        "Accept-Encoding": "br;q=x",
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
    "messages.write": {"audience": "going", "subject": "x", "text": "x", "message": ""},
    "messages.send": {},
    "letters.keep": {"locale": "en", "subject": "x", "opening": "x"},
    "letters.forget": {"locale": "en"},
    "letters.switch": {"on": "0"},
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
