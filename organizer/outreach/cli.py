"""Looking after the outbox from the terminal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer.core.db import unit_of_work

from . import queries, service
from .models import LetterState


@click.command("letters")
@click.option("--resend", "again", type=click.Choice(["failed", "held"]), multiple=True, help="Try these again.")
@with_appcontext
def letters(again: tuple[str, ...]) -> None:
    """Print how many letters are in each state; send failed or held ones again."""
    if again:
        with unit_of_work():
            count = service.resend([LetterState(state) for state in again])
        click.echo(f"{count} letters are due again.")
    counts = queries.counts()
    for state in LetterState:
        click.echo(f"{state.value:<8} {counts[state]:>8}")


commands = (letters,)
