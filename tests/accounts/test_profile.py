"""One's own pages."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from organizer.accounts import browsers, forms, jobs
from organizer.accounts import session as sessions
from organizer.accounts.models import Account, SignIn, SignInSession
from organizer.core import files
from organizer.core.db import db
from organizer.core.time import now
from tests.factories import make_account, sign_in

Given = Callable[[Callable[[], Any]], Any]
FIELDS = {
    "name": "Mira",
    "locale": "bg",
    "zone": "Europe/Sofia",
    "city": "Пловдив",
    "country": "BG",
    "about": "Film.\nFog.",
    "interests": "film, Fog ,film,, fog",
    "listed": "y",
}


@pytest.fixture
def me(client: FlaskClient, given: Given) -> int:
    account_id: int = given(lambda: make_account(name="Before", email="mira@example.org").id)
    sign_in(client, account_id)
    return account_id


def account(app: Flask, account_id: int) -> Account:
    with app.app_context():
        found = db.session.get(Account, account_id)
        assert found is not None
        return found


def photo(kind: str = "JPEG", size: tuple[int, int] = (900, 600), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def test_all_that_one_says_is_kept(app: Flask, client: FlaskClient, me: int) -> None:
    assert client.post("/me/profile", data=FIELDS).location == "/me/profile"
    kept = account(app, me)
    assert (kept.name, kept.locale, kept.zone, kept.city, kept.country) == (
        "Mira",
        "bg",
        "Europe/Sofia",
        "Пловдив",
        "BG",
    )
    assert (kept.about, kept.interests, kept.listed) == ("Film.\nFog.", ["film", "fog"], True)
    page = client.get("/me/profile").text
    assert 'value="film, fog"' in page
    assert '<option selected value="BG">' in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("zone", "Mars/Olympus"),
        ("zone", "../../etc/passwd"),
        ("name", "x" * 81),
        ("about", "x" * 401),
        ("country", "Atlantis"),
        ("locale", "xx"),
        ("interests", ",".join(str(n) for n in range(13))),
        ("interests", "x" * 41),
    ],
)
def test_what_does_not_fit_is_shown_again(app: Flask, client: FlaskClient, me: int, field: str, typed: str) -> None:
    answer = client.post("/me/profile", data=FIELDS | {field: typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "Пловдив" in answer.text
    assert account(app, me).name == "Before"


def test_a_picture_loses_its_metadata_and_size(app: Flask, client: FlaskClient, me: int) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "SecretCam", 6
    exif.get_ifd(0x8825)[1] = "N"
    upload = photo(size=(1600, 1200), exif=exif.tobytes())
    data = FIELDS | {"picture": (io.BytesIO(upload), "../me.jpg")}
    assert client.post("/me/profile", data=data).status_code == 303
    digest = account(app, me).picture
    assert digest is not None
    with app.app_context():
        path = files.find(digest)
        assert path is not None
        content = path.read_bytes()
    with Image.open(io.BytesIO(content)) as kept:
        assert (kept.format, kept.size, dict(kept.getexif())) == ("WEBP", (512, 512), {})
    assert b"SecretCam" not in content
    assert digest in client.get("/me").text
    client.post("/me/profile", data=FIELDS)
    assert account(app, me).picture == digest
    client.post("/me/profile", data=FIELDS | {"remove_picture": "y"})
    assert account(app, me).picture is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a<script>",
        photo()[:300],
        photo("PNG")[:60],
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
        photo("PNG", (8, 8)).replace(b"\x00\x00\x00\x08\x00\x00\x00\x08", b"\x00\x01\x00\x00\x00\x01\x00\x00"),
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
        b"PK\x03\x04 not a picture",
    ],
)
def test_nasty_files_get_a_sentence(app: Flask, client: FlaskClient, me: int, content: bytes) -> None:
    answer = client.post("/me/profile", data=FIELDS | {"picture": (io.BytesIO(content), "x.jpg")})
    assert answer.status_code == 422
    assert "picture" in answer.text
    assert 'value="Mira"' in answer.text
    assert (account(app, me).picture, account(app, me).name) == (None, "Before")


def test_signed_in_browsers_are_listed_and_ended(app: Flask, client: FlaskClient, me: int) -> None:
    phone, tablet = app.test_client(), app.test_client()
    for other in (phone, tablet):
        sign_in(other, me)
    page = client.get("/me/sessions").text
    assert page.count("test browser") == 3
    assert page.count("This browser") == 1
    with app.app_context():
        ids = db.session.scalars(sa.select(SignInSession.id).order_by(SignInSession.id)).all()
    assert client.post(f"/me/sessions/{ids[1]}/end").status_code == 303
    assert phone.get("/me").status_code == 303
    assert tablet.get("/me").status_code == 200
    assert client.post(f"/me/sessions/{ids[1]}/end").status_code == 404
    client.post("/me/sessions/end-others")
    assert tablet.get("/me").status_code == 303
    assert client.get("/me").status_code == 200


def test_use_is_noted_to_the_hour_and_prolongs(app: Flask, client: FlaskClient, me: int) -> None:
    def row() -> SignInSession:
        with app.app_context():
            return db.session.scalars(sa.select(SignInSession)).one()

    with client.session_transaction() as cookie:
        cookie.permanent = True
    begun = row().seen_at
    client.get("/me")
    assert row().seen_at == begun
    with time_machine.travel(now() + timedelta(days=40), tick=False):
        assert client.get("/me").status_code == 200
        assert row().seen_at == now()
        assert row().expires_at == now() + timedelta(days=60)
    with time_machine.travel(now() + timedelta(days=80)):
        assert client.get("/me").status_code == 200
    with time_machine.travel(now() + timedelta(days=150)):
        assert client.get("/me").status_code == 303


def test_what_is_over_is_deleted(app: Flask, given: Given) -> None:
    def arrange() -> None:
        mira = make_account()
        sessions.begin(mira, "open")
        sessions.begin(mira, "ended")
        db.session.execute(sa.update(SignInSession).where(SignInSession.browser == "ended").values(ended_at=now()))
        for n, minutes in enumerate((5, -30, -61)):
            db.session.add(
                SignIn(
                    email="mira@example.org",
                    code_hash="x",
                    link_hash=str(n),
                    expires_at=now() + timedelta(minutes=minutes),
                )
            )

    given(arrange)
    with app.app_context():
        jobs.forget_ended()
        assert db.session.scalars(sa.select(SignInSession.browser)).all() == ["open"]
        assert db.session.scalars(sa.select(SignIn.link_hash).order_by(SignIn.id)).all() == ["0", "1"]


def test_names_are_one_honest_line() -> None:
    assert forms.one_line(" a\tb\n c\u202e\x00 ") == "a b c"
    assert forms.one_line("Zoe\u0308") == "Zoë"
    assert forms.one_line("👩\u200d💻") == "👩\u200d💻"
    assert forms.one_line(None) == ""


def test_zones_are_those_that_people_live_in() -> None:
    assert {"Europe/Sofia", "America/Argentina/Ushuaia", "UTC"} <= set(forms.zones())
    assert not {"GMT+0", "Etc/GMT-3", "US/Pacific", "Cuba", "posixrules"} & set(forms.zones())


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox, Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "Chrome, Linux"),
        ("curl/8.5", ""),
    ],
)
def test_browsers_in_three_words(agent: str, said: str) -> None:
    assert browsers.described(agent) == said
