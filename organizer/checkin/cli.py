"""The keys that sign tickets, from the terminal."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer import settings
from organizer.checkin import keyring


@click.command("ticket-keys")
@click.option("--rotate", is_flag=True, help="Sign with a new key from now on; tickets already out stay good.")
@click.option("--drop", type=int, metavar="ID", help="Forget a key: every QR code it signed is refused from now on.")
@with_appcontext
def ticket_keys(rotate: bool, drop: int | None) -> None:
    """List the keys that sign tickets, rotate them, or drop one that leaked."""
    folder = settings.current().folder
    ring = keyring.load(folder)
    try:
        changed = ring.rotated() if rotate else ring
        changed = changed if drop is None else changed.without(drop)
    except (ValueError, keyring.KeyRingFull) as refused:
        raise click.ClickException(f"Nothing was changed: {refused}.") from refused
    if changed is not ring:
        keyring.store(folder, changed)
    for key_id in sorted(changed.private):
        click.echo(f"{key_id}{'  signs' if key_id == changed.current else ''}")


commands = (ticket_keys,)
