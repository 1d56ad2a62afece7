"""`/patterns`: every part of the look with all its states. Registered in development only."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, render_template
from wtforms import BooleanField, Form, IntegerField, RadioField, SelectField, StringField, TextAreaField, validators
from wtforms.fields.choices import SelectChoice

from organizer.core.time import at_wall, now, to_wall
from organizer.web.covers import ACCENTS

ZONE = "Europe/Sofia"
PEOPLE = (
    ("Mira Ivanova", "m1"),
    ("Георги Стоянов", "g2"),
    ("Željko Kovačević-Petrović van der Berg", "z3"),
    ("Ελένη Παπαδοπούλου", "e4"),
    ("田中 美咲", "t5"),
    ("Bo", "b6"),
    ("", "n7"),
    ("🦊", "f8"),
)


class PatternForm(Form):  # type: ignore[misc]  # WTForms has no types
    """One field of each kind; submitting it empty shows every error."""

    title = StringField("Title", [validators.InputRequired("Give the event a title.")])
    email = StringField("E-mail", [validators.InputRequired("Tell us where to send the ticket.")])
    about = TextAreaField("What will happen?")
    places = IntegerField("Places", [validators.Optional()])
    city = SelectField("City", choices=[SelectChoice("sof", "Sofia"), SelectChoice("pdv", "Пловдив")])
    seen = RadioField(
        "Who can see it?",
        choices=[
            SelectChoice("public", "Everybody"),
            SelectChoice("unlisted", "Who has the link"),
            SelectChoice("members", "Members"),
        ],
        default="public",
    )
    news = BooleanField("Tell me about the next walk")


def sample_event(title: str, days: int, **given: Any) -> SimpleNamespace:
    """An event in `days` days, as the macros want it."""
    starts = to_wall(now(), ZONE).replace(hour=18, minute=30, second=0, microsecond=0) + timedelta(days=days)
    ends = given.pop("ends_wall", starts + timedelta(hours=2))
    usual = {
        "key": f"pattern{abs(days)}",
        "slug": "pattern",
        "title": title,
        "starts_wall": starts,
        "ends_wall": ends,
        "starts_at": at_wall(starts, ZONE),
        "ends_at": at_wall(ends, ZONE),
        "zone": ZONE,
        "all_day": False,
        "city": "Sofia",
        "country": "BG",
        "venue_name": "Eagles’ Bridge",
        "online_url": "",
        "cover_hash": None,
        "state": "published",
        "going": 14,
        "capacity": 20,
        "taken": 16,
        "community": {"name": "Sofia Light Walks", "slug": "sofia-light-walks", "accent": "coral"},
    }
    return SimpleNamespace(**(usual | given))


def samples() -> list[SimpleNamespace]:
    """Events in every state, with short and long names."""
    ocean = {"name": "Фотографи от Пловдив", "slug": "plovdiv", "accent": "ocean"}
    return [
        sample_event("Nightfall photo walk along the Perlovska", 4),
        sample_event("Вечерна фоторазходка из Капана с гостуващи фотографи", 12, city="Пловдив", community=ocean),
        sample_event("Full house: portraits in the tram depot", 1, taken=20, going=20, key="full"),
        sample_event("Darkroom evening", 0, state="cancelled", key="off"),
        sample_event("A weekend in the Rhodopes", 30, all_day=True, key="rhodopes", capacity=None, going=0),
        sample_event("Critique online", 9, city="", country="", venue_name="", online_url="/x", key="online", going=1),
    ]


def create_blueprint() -> Blueprint:
    """The route of the pattern page."""
    bp = Blueprint("patterns", __name__)

    @bp.get("/patterns")
    def show() -> str:
        """All parts with their states."""
        wrong = PatternForm(data={"email": "mira@"})
        wrong.validate()
        events = samples()
        return render_template(
            "ui/patterns.html", events=events, people=PEOPLE, form=PatternForm(), wrong=wrong, accents=list(ACCENTS)
        )

    return bp


def init_app(app: Flask) -> None:
    """Register the page."""
    app.register_blueprint(create_blueprint())
