"""The import page for organizers: upload, say what the columns mean, look, start, watch, read the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_percent, get_locale
from flask_babel import gettext as _

from organizer.accounts.session import member
from organizer.communities import service as communities
from organizer.communities.models import Community
from organizer.core.access import Action, require
from organizer.core.db import reading
from organizer.core.errors import N_, Invalid
from organizer.places import gazetteer
from organizer.web.errors import translated
from organizer.web.htmx import wants_fragment
from organizer.web.security import limiter

from . import import_runs as runs
from . import importing
from .importing import Options
from .importing_columns import FIELDS, REQUIRED
from .importing_rows import RowEvent
from .models import ImportRun

bp = Blueprint("imports", __name__, url_prefix="/c/<slug>/import")
SHOWN_REFUSALS, SHOWN_EVENTS = 100, 8


def _community(slug: str) -> Community:
    community = communities.get(slug)
    require(member(), Action.IMPORT_EVENTS, community)
    return community


@bp.route("", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
def start(slug: str) -> ResponseReturnValue:
    """Choose a file; below it, what was imported before."""
    error = ""
    if request.method == "POST":
        with reading():  # a file is read while nobody waits for our lock
            _community(slug)
        try:
            return redirect(url_for(".show", slug=slug, key=_taken(slug).key), 303)
        except Invalid as refusal:
            error = translated(refusal)
    community = _community(slug)
    page = render_template("events/import.html", community=community, error=error, recent=runs.recent(community))
    return page, 422 if error else 200


def _taken(slug: str) -> ImportRun:
    """The import begun with the uploaded file. Raises Invalid for none and for one that cannot be read."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Invalid(N_("Choose a file first."), "file")
    upload.stream.seek(0)  # this view may be run a second time
    content = upload.read()
    table = importing.read_file(content)
    return runs.begin(member(), _community(slug), upload.filename, content, table)


@bp.route("/<key>", methods=["GET", "POST"])
def show(slug: str, key: str) -> ResponseReturnValue:
    """Where one import stands: its columns and a preview, how far it is, or what came of it."""
    community = _community(slug)
    run = runs.get(community, key)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            runs.change(member(), community, run, _typed())
            return redirect(url_for(".show", slug=slug, key=key, _anchor="preview"), 303)
        except Invalid as refusal:
            errors[refusal.field or "title"] = translated(refusal)
    if run.state == "preview":
        return _preview(community, run, errors)
    return _progress(community, run)


@bp.post("/<key>/start")
def carry_out(slug: str, key: str) -> ResponseReturnValue:
    """Hand it to a worker."""
    community = _community(slug)
    runs.start(member(), community, runs.get(community, key))
    return redirect(url_for(".show", slug=slug, key=key), 303)


def _typed() -> Options:
    """The form as typed; what is no number of weeks is refused like any other mistake."""
    weeks = request.form.get("shift_weeks", "").strip() or "0"
    if not weeks.removeprefix("-").isdecimal() or len(weeks) > 5:
        raise Invalid(_("Write a whole number of weeks."), "shift_weeks")
    columns = {field: request.form.get(f"column_{field}", "")[:80] for field in FIELDS}
    return Options(columns, request.form.get("source", ""), int(weeks), request.form.get("publish") != "draft")


def _preview(community: Community, run: ImportRun, errors: dict[str, str]) -> ResponseReturnValue:
    chosen: Mapping[str, Any] = run.options
    plan, outcome = None, None
    if not errors:
        try:
            plan, outcome = runs.previewed(community, run)
        except Invalid as refusal:
            errors[refusal.field or "title"] = translated(refusal)
    typed = request.form if request.method == "POST" else None
    page = render_template(
        "events/import_preview.html",
        community=community,
        run=run,
        fields=[(name, _(label), name in REQUIRED) for name, (label, _known) in FIELDS.items()],
        columns={
            name: (typed.get(f"column_{name}") if typed else chosen["columns"].get(name)) or "" for name in FIELDS
        },
        header_choices=[("", _("not in the file")), *((header, header) for header in chosen["headers"])],
        options=typed or chosen,
        publish=(typed.get("publish") != "draft") if typed else chosen["publish"],
        errors=errors,
        report=_readable(runs.report_of(plan, outcome)) if plan and outcome else None,
        first=[(event.row, _place(event.row)) for event in plan.events[:SHOWN_EVENTS]] if plan else [],
        shown=SHOWN_REFUSALS,
    )
    return page, 422 if request.method == "POST" else 200


def _place(row: RowEvent) -> str:
    """Where a previewed event would be, as we understood it."""
    if row.spot is None:
        return str(_("Online"))
    city = gazetteer.by_id(row.spot.city_id) if row.spot.city_id else None
    where = gazetteer.label(city, get_locale() or "en") if city else row.place.city
    known = where if row.is_located else str(_("%(place)s (place not known)", place=where or row.place.name))
    return ", ".join(part for part in (row.place.name, known) if part)


def _progress(community: Community, run: ImportRun) -> Response:
    waits = run.state in {"queued", "running"}
    report = _readable(run.report) if run.report else None
    context = {"community": community, "run": run, "waits": waits, "report": report, "shown": SHOWN_REFUSALS}
    if wants_fragment() and waits:
        return make_response(render_template("events/_import_progress.html", **context))
    response = make_response(render_template("events/import_run.html", **context))
    if wants_fragment():
        response.headers["HX-Refresh"] = "true"
    elif waits:
        response.headers["Refresh"] = "3"  # for browsers without scripts; htmx is faster
    return response


def _readable(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report with its sentences in the reader's language."""
    readable = dict(report)
    if error := report.get("error"):
        readable["error"] = _(error["message"], **error["params"])
        return readable
    readable["refusals"] = [
        (each["line"], each["title"], _(each["message"], **each["params"])) for each in report["refusals"]
    ]
    share = report["located"] / report["with_city"] if report["with_city"] else 1
    readable["share"] = format_percent(share, "#,##0.0%")
    return readable
