"""Forms complain in our words, in the visitor's language."""

from __future__ import annotations

from pathlib import Path

import pytest
from wtforms import FloatField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from organizer import create_app
from organizer.web.forms import Form
from tests.conftest import settings_for


class Sample(Form):
    name = StringField("Name", [InputRequired(), Length(max=3)])
    age = IntegerField("Age", [NumberRange(1, 5)])
    size = FloatField("Size")
    kind = SelectField("Kind", choices=[SelectChoice("a", "A")])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "At most 3 characters.",
                "Between 1 and 5, please.",
                "Please write a number.",
                "Please choose one of the list.",
            ],
        ),
        ("bg", ["Най-много 3 знака.", "Между 1 и 5.", "Напишете число.", "Изберете от списъка."]),
    ],
)
def test_complaints_are_ours(tmp_path: Path, language: str, words: list[str]) -> None:
    app = create_app(settings_for(tmp_path), TESTING=True, WTF_CSRF_ENABLED=False)
    sent = {"name": "long name", "age": "7", "size": "x", "kind": "z"}
    with app.test_request_context("/", method="POST", data=sent, headers={"Accept-Language": language}):
        form = Sample()
        assert not form.validate()
        assert [form[name].errors[0] for name in sent] == words
        assert all("Field" not in error for errors in form.errors.values() for error in errors)
