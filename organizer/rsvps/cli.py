"""Commands about answers: `organizer repair counts`."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer.core.db import unit_of_work

from . import counts


@click.group()
def repair() -> None:
    """Compare what is counted with what is there, and mend it."""


@repair.command("counts")
@click.option("--dry-run", is_flag=True, help="Print what would change; change nothing.")
@with_appcontext
def repair_counts(dry_run: bool) -> None:
    """Compare the places counted at each event with its answers, and set the counts right."""
    with unit_of_work():
        found = list(counts.differences())
        for difference in found:
            click.echo(f"{difference.key} {difference.title}")
            for name, was, now in zip((*counts.COUNTED, "ceiling"), difference.tally, difference.rows, strict=True):
                if was != now:
                    click.echo(f"    {name}: {was} → {now}")
            if not dry_run:
                counts.repair(difference)
    click.echo(f"{len(found)} events {'would change' if dry_run else 'changed'}.")


commands = (repair,)
