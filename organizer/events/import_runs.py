"""One import by page: upload, say what the columns mean, look at what would happen, start, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from organizer.accounts.models import Account
from organizer.communities.models import Community
from organizer.core import files
from organizer.core.access import Action, Actor, require
from organizer.core.db import changed, db, reading, retried, save, unit_of_work
from organizer.core.errors import N_, DomainError, Invalid, NotFound
from organizer.core.ids import KEY_PATTERN
from organizer.core.jobs import job
from organizer.core.time import now

from . import importing, importing_columns
from .importing import MOST_NAMED, Options, Plan
from .importing_files import SourceTable, UnreadableFile
from .importing_writes import Outcome, compared, written
from .models import ImportMapping, ImportRun

MOST_WEEKS = 2600
_TELL_EVERY_SECONDS = 0.5
_GIVEN_UP_AFTER = timedelta(minutes=10)
log = structlog.get_logger()


class AlreadyStarted(DomainError):
    """What runs or is done is not changed."""

    message = N_("This import has already been started.")


def begin(actor: Actor | None, community: Community, file_name: str, content: bytes, table: SourceTable) -> ImportRun:
    """Take an uploaded file and what was read of it (before, since reading is slow and this holds a lock).

    Its columns mean what they meant last time, or what their names say.
    """
    require(actor, Action.IMPORT_EVENTS, community)
    remembered = db.session.scalar(_mapping_of(community, table.headers))
    columns = importing_columns.guessed(table.headers)
    if remembered is not None:
        columns = {field: header for field, header in remembered.columns.items() if header in table.headers}
    return save(
        ImportRun(
            community_id=community.id,
            started_by_id=actor.id if actor else None,
            file_name=file_name.replace("\\", "/").rpartition("/")[2][:120],
            blob=files.put(content),
            options=asdict(Options(columns)) | {"headers": list(table.headers)},
            rows_total=len(table.rows),
        )
    )


def get(community: Community, key: str) -> ImportRun:
    """Return the community's import. Raises NotFound."""
    run = None
    if KEY_PATTERN.fullmatch(key):
        run = db.session.scalar(
            sa.select(ImportRun).where(ImportRun.key == key, ImportRun.community_id == community.id)
        )
    if run is None:
        raise NotFound
    return run


def recent(community: Community) -> list[ImportRun]:
    """Return the community's last ten imports, newest first."""
    runs = sa.select(ImportRun).where(ImportRun.community_id == community.id)
    return list(db.session.scalars(runs.order_by(ImportRun.id.desc()).limit(10)))


def change(actor: Actor | None, community: Community, run: ImportRun, options: Options) -> None:
    """Keep what a person says of the file, for this import and for the next with the same columns. Raises BadMapping."""
    require(actor, Action.IMPORT_EVENTS, community)
    if run.state != "preview":
        raise AlreadyStarted
    if abs(options.shift_weeks) > MOST_WEEKS:
        raise Invalid(N_("At most %(most)s weeks."), "shift_weeks", most=MOST_WEEKS)
    headers = run.options["headers"]
    columns = importing_columns.checked(options.columns, headers)
    source = " ".join(options.source.split())[:80] or "import"
    run.options = run.options | asdict(Options(columns, source, options.shift_weeks, options.publish))
    known = db.session.scalar(_mapping_of(community, headers).with_for_update())
    if known is None:
        fingerprint = importing_columns.fingerprint(headers)
        save(ImportMapping(community_id=community.id, fingerprint=fingerprint, columns=columns))
    elif known.columns != columns:
        known.columns, known.changed_at = columns, now()
    db.session.flush()


def previewed(community: Community, run: ImportRun) -> tuple[Plan, Outcome]:
    """Say what the import would do. Raises BadMapping, or UnreadableFile when the file is gone."""
    plan = importing.planned(table_of(run), options_of(run), community.zone, community.name)
    return plan, compared(community, plan)


def start(actor: Actor | None, community: Community, run: ImportRun) -> None:
    """Have a worker do it. Starting twice changes nothing."""
    require(actor, Action.IMPORT_EVENTS, community)
    importing_columns.checked(run.options["columns"], run.options["headers"])
    options = {**run.options, "queued_at": now().isoformat()}
    waiting = sa.update(ImportRun).where(ImportRun.id == run.id, ImportRun.state == "preview")
    if changed(waiting.values(state="queued", options=options, started_by_id=actor.id if actor else None)):
        db.session.refresh(run)
        carry_out.wake(run.id)


def options_of(run: ImportRun) -> Options:
    """What was chosen for this import."""
    known: Mapping[str, Any] = run.options
    return Options(known["columns"], known["source"], known["shift_weeks"], known["publish"])


def table_of(run: ImportRun) -> SourceTable:
    """The uploaded file's rows. Raises UnreadableFile."""
    path = files.find(run.blob)
    if path is None:
        raise UnreadableFile(N_("The uploaded file is no longer here. Please upload it again."))
    return importing.read_file(path.read_bytes())


@job(own_units=True)
def carry_out(run_id: int) -> None:
    """Import what was queued: read and plan with no lock held, then write all in one transaction, the report included."""
    with unit_of_work():
        claim = sa.update(ImportRun).where(ImportRun.id == run_id, ImportRun.state == "queued")
        if not changed(claim.values(state="running", rows_done=0)):
            return
    try:
        with reading():
            run = db.session.get_one(ImportRun, run_id)
            community = db.session.get_one(Community, run.community_id)
            actor = db.session.get(Account, run.started_by_id) if run.started_by_id else None
            db.session.expunge_all()  # read again later, they would open a transaction that locks out other writers
        plan = importing.planned(table_of(run), options_of(run), community.zone, community.name, _Teller(run_id))
        retried(lambda: _write(run_id, actor, community, plan))
    except DomainError as error:
        _fail(run_id, error.message, error.params)
    except Exception:
        _fail(run_id, N_("Something broke on our side. Nothing was imported; please try again."), {})
        log.exception("import failed", run=run_id)


@job(every=timedelta(minutes=1), own_units=True)
def resume() -> None:
    """Take up again what a worker left behind when it was killed; doing it twice changes nothing."""
    with reading():
        rows = db.session.execute(
            sa.select(ImportRun.id, ImportRun.options).where(ImportRun.state.in_(["queued", "running"]))
        )
        late = [id for id, options in rows if _queued_at(options) < now() - _GIVEN_UP_AFTER]
    for id in late:
        with unit_of_work():
            changed(sa.update(ImportRun).where(ImportRun.id == id, ImportRun.state == "running").values(state="queued"))
        carry_out(id)


def _queued_at(options: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(options["queued_at"])


def _write(run_id: int, actor: Account | None, community: Community, plan: Plan) -> None:
    outcome = written(actor, community, plan)
    run = db.session.get_one(ImportRun, run_id, populate_existing=True)
    run.state, run.rows_done, run.finished_at = "done", plan.rows, now()
    run.report = report_of(plan, outcome)


def _fail(run_id: int, message: str, params: Mapping[str, Any]) -> None:
    report = {"error": {"message": message, "params": dict(params)}}
    with unit_of_work():
        changed(
            sa.update(ImportRun).where(ImportRun.id == run_id).values(state="failed", report=report, finished_at=now())
        )


class _Teller:
    """Writes how far an import is, seldom enough that nobody waits for it."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` rows are read."""
        if time.monotonic() - self._told < _TELL_EVERY_SECONDS:
            return
        self._told = time.monotonic()
        with unit_of_work():
            changed(sa.update(ImportRun).where(ImportRun.id == self._run_id).values(rows_done=done))


def report_of(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """What came of an import, as kept with it: all counts; of refused rows and unknown places the first thousand."""
    return {
        "rows": plan.rows,
        "events": len(plan.events),
        "merged": plan.merged,
        "refused": len(plan.refusals),
        **asdict(outcome),
        "with_city": plan.rows_with_city,
        "located": plan.rows_located,
        "unlocated": [list(place) for place in plan.unlocated[:MOST_NAMED]],
        "refusals": [asdict(refusal) for refusal in plan.refusals[:MOST_NAMED]],
    }


def _mapping_of(community: Community, headers: Iterable[str]) -> sa.Select[ImportMapping]:
    fingerprint = importing_columns.fingerprint(headers)
    return sa.select(ImportMapping).where(
        ImportMapping.community_id == community.id, ImportMapping.fingerprint == fingerprint
    )
