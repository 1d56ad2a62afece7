"""`organizer import events FILE`: what the import page does, from a terminal."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from organizer.accounts.models import Account
from organizer.communities.models import Community, MemberRole, Membership, Standing
from organizer.core.db import db, reading, retried
from organizer.core.errors import DomainError

from . import importing, importing_columns
from .importing_writes import Outcome, compared, written


@click.group("import")
def import_group() -> None:
    """Bring in what stands elsewhere."""


@import_group.command("events")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--community", "slug", required=True, help="The community that the events will belong to.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--shift-weeks", default=0, help="Move all dates by so many weeks (may be negative).")
@click.option("--map", "columns", multiple=True, metavar="FIELD=COLUMN", help="Which column means what; else guessed.")
@click.option("--source", default="import", show_default=True, help="Where the rows come from; sources never mix.")
@click.option("--draft", is_flag=True, help="As drafts instead of published events.")
@with_appcontext
def import_events(
    file: Path, slug: str, dry_run: bool, shift_weeks: int, columns: tuple[str, ...], source: str, draft: bool
) -> None:
    """Import events from a CSV or JSON file (also .gz): all or nothing, and the same file again changes nothing."""
    with reading():
        community = db.session.scalar(sa.select(Community).where(Community.slug == slug))
        owner = _owner(community) if community else None
        db.session.expunge_all()  # read again later, they would open a transaction that locks out other writers
    if community is None or owner is None:
        raise click.ClickException(f"There is no community {slug!r} with an owner.")
    try:
        started = time.perf_counter()
        plan = _plan(file, community, shift_weeks, columns, source, not draft)
        planned = time.perf_counter()
        outcome = _dry(community, plan) if dry_run else retried(lambda: written(owner, community, plan))
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(report_lines(plan, outcome, dry_run)))
    seconds = time.perf_counter() - planned
    each = f", {seconds / count * 1e6:.0f} µs an event" if (count := outcome.created + outcome.updated) else ""
    click.echo(
        f"Read and planned in {planned - started:.1f} s, {'compared' if dry_run else 'written'} in {seconds:.2f} s{each}."
    )


def _plan(
    file: Path, community: Community, shift_weeks: int, columns: tuple[str, ...], source: str, publish: bool
) -> importing.Plan:
    table = importing.read_file(file.read_bytes())
    said = dict(pair.partition("=")[::2] for pair in columns)
    mapping = importing_columns.guessed(table.headers) | said
    options = importing.Options(mapping, source[:80], shift_weeks, publish)
    with click.progressbar(length=len(table.rows), label="Reading rows", file=sys.stderr) as bar:
        return importing.planned(
            table, options, community.zone, community.name, lambda done, _total: bar.update(done - bar.pos)
        )


def _dry(community: Community, plan: importing.Plan) -> Outcome:
    with reading():
        return compared(community, plan)


def _owner(community: Community) -> Account | None:
    return db.session.scalar(
        sa.select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.community_id == community.id,
            Membership.role == MemberRole.OWNER,
            Membership.standing == Standing.ACTIVE,
        )
        .order_by(Membership.id)
        .limit(1)
    )


def report_lines(plan: importing.Plan, outcome: Outcome, dry_run: bool) -> list[str]:
    """The report of an import in plain words: every row accounted for, every refusal and unknown place named."""
    will = "would be " if dry_run else ""
    lines = [
        f"{plan.rows} rows: {len(plan.events)} events, {plan.merged} rows joined to them, {len(plan.refusals)} refused.",
        f"Events: {outcome.created} {will}created, {outcome.updated} {will}updated, {outcome.unchanged} unchanged.",
        f"Located: {plan.rows_located} of {plan.rows_with_city} rows with a city ({plan.located_share:.2%}).",
    ]
    if plan.unlocated:
        lines.append(f"Places not known ({len(plan.unlocated)}), by rows:")
        lines += [f"  {count:>4}  {place}" for place, count in plan.unlocated]
    if plan.refusals:
        lines.append(f"Refused rows ({len(plan.refusals)}):")
        lines += [f"  line {each.line}: {each.title or '(no title)'}: {each.sentence}" for each in plan.refusals]
    return lines
