"""Templates translate as with Flask-Babel, only faster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel, force_locale

from organizer.web import words


@pytest.fixture(autouse=True)
def _app() -> Iterator[None]:
    app = Flask("bare")
    Babel(app, default_locale="en")
    words.init_app(app)
    with app.test_request_context():
        yield


def test_values_are_escaped_and_counts_fill_themselves() -> None:
    assert render_template_string("{{ _('By %(name)s', name='<b>') }}") == "By &lt;b&gt;"
    assert render_template_string("{{ ngettext('%(num)s place', '%(num)s places', 2) }}") == "2 places"
    assert (
        render_template_string("{{ ngettext('%(num)s place', '%(num)s places', 2000, num='2,000') }}") == "2,000 places"
    )


def test_trans_blocks_work_too() -> None:
    source = "{% trans name='<i>' %}By {{ name }}{% endtrans %}|{% trans n=1 %}one{% pluralize %}{{ n }}{% endtrans %}"
    assert render_template_string(source) == "By &lt;i&gt;|one"


def test_the_language_can_change_within_a_request() -> None:
    assert words.language() == "en"
    with force_locale("bg"):
        assert words.language() == "bg"
    assert words.language() == "en"
