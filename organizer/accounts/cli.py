"""Signing in from the terminal, when no letter can be sent yet."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from organizer.core.db import unit_of_work
from organizer.core.errors import DomainError
from organizer.web.paths import front_path

from . import service
from .addresses import normalised
from .models import Account


@click.command("owner")
@click.argument("email")
@with_appcontext
def owner(email: str) -> None:
    """Give this installation to the holder of EMAIL and print a link that signs in once, within 15 minutes."""
    try:
        with unit_of_work():
            # An installation that is still empty explains itself on its front page.
            link = service.sign_in_link(service.make_owner(email), goes_to=front_path())
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(link)


@click.command("sign-in-link")
@click.argument("email")
@with_appcontext
def sign_in_link(email: str) -> None:
    """Print a link that signs in as the account with EMAIL once, within 15 minutes."""
    try:
        with unit_of_work():
            link = service.sign_in_link(_account(email))
    except DomainError as error:
        raise click.ClickException(error.message) from error
    click.echo(link)


def _account(email: str) -> Account:
    account = service.account_for(normalised(email))
    if account is None:
        raise click.ClickException("Nobody here has this address. `organizer owner` makes an account.")
    return account


commands = (owner, sign_in_link)
