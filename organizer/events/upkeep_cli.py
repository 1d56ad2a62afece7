"""`organizer events …`: what an operator does to all events."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer.core.db import unit_of_work

from . import upkeep


@click.group("events")
def events_group() -> None:
    """Look after all events."""


@events_group.command("retime")
@click.option("--dry-run", is_flag=True, help="Print what would change; change nothing.")
@with_appcontext
def retime(dry_run: bool) -> None:
    """Follow new time zone rules: the promised clock time stays, the instant is derived again."""
    with unit_of_work():
        keys = upkeep.retime(dry_run=dry_run)
    for key in keys:
        click.echo(key)
    click.echo(f"{len(keys)} events {'would change' if dry_run else 'changed'}")


@events_group.command("reindex")
@with_appcontext
def reindex() -> None:
    """Write anew under which words every event is found."""
    with unit_of_work():
        count = upkeep.reindex()
    click.echo(f"{count} events are found by their words")
