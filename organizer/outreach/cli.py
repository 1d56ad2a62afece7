"""Looking after the outbox from the terminal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer import settings
from organizer.accounts.addresses import normalised
from organizer.core.db import unit_of_work
from organizer.core.errors import DomainError
from organizer.core.time import now

from . import service, transport
from .models import LetterState


@click.command("letters")
@click.option("--resend", "again", type=click.Choice(["failed", "held"]), multiple=True, help="Try these again.")
@click.option("--test", "address", metavar="EMAIL", help="Send one test letter to this address, now.")
@with_appcontext
def letters(again: tuple[str, ...], address: str | None) -> None:
    """Print how many letters are due, sent, failed or held; send some again, or a test letter."""
    if address:
        _test(address)
        return
    if again:
        with unit_of_work():
            count = service.resend([LetterState(state) for state in again])
        click.echo(f"{count} letters are due again.")
    counts = service.counts()
    for state in LetterState:
        click.echo(f"{state.value:<8} {counts.get(state, 0):>8}")


def _test(address: str) -> None:
    chosen = settings.current()
    if not chosen.smtp_host:
        raise click.ClickException("ORGANIZER_SMTP_HOST is not set.")
    text = f"If you can read this, {chosen.site_name} at {chosen.url} can send mail.\n"
    composed = transport.Composed(f"A test letter from {chosen.site_name}", text, f"<p>{text}</p>")
    try:
        email = normalised(address)
        mail = transport.message(composed, email, "", f"test:{now().isoformat()}", now(), chosen)
        with transport.mailer(chosen) as mailer:
            mailer.send(mail, email)
    except (DomainError, transport.Refused, transport.Trouble) as error:
        raise click.ClickException(str(error)) from error
    click.echo("Handed over to the mail server.")


commands = (letters,)
