"""The `organizer` command: what an operator does from a terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import fields
from typing import Any

import click
from flask import current_app
from flask.cli import FlaskGroup, with_appcontext

from organizer import settings
from organizer.app import create_app
from organizer.core.access import ALLOWED, Role
from organizer.core.errors import DomainError
from organizer.core.jobs import run_due
from organizer.places import gazetteer


def main() -> None:
    """Run the command line. What it writes is readable by its user only: databases and keys hold people's data."""
    os.umask(0o077)
    try:
        organizer(prog_name="organizer")
    except settings.BadSettings as error:
        raise SystemExit(f"Error: {error}") from error


class Commands(FlaskGroup):
    """Flask's group, and the commands of migrations: Alembic is imported by those who ask for them only."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return the command of that name."""
        if name != "db":
            return super().get_command(context, name)
        from flask_migrate.cli import db

        found: click.Command = db
        return found

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted({*super().list_commands(context), "db"})


@click.group(cls=Commands, create_app=create_app, add_version_option=False)
def organizer() -> None:
    """Run a community's meetups: this installation's commands."""


@organizer.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
@click.option("--worker/--no-worker", default=True, show_default=True, help="Run the job worker beside it.")
@with_appcontext
def serve(host: str, port: int, threads: int, worker: bool) -> None:
    """Serve the site (embedded server) and, beside it, the job worker. Ctrl-C ends both."""
    from waitress import create_server

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        server = create_server(app, host=host, port=port, threads=threads, ident="", channel_timeout=60)
    except OSError as error:
        raise click.ClickException(f"Cannot listen at {host}:{port}: {error.strerror}. Choose another PORT.") from error
    companion = subprocess.Popen([sys.executable, "-m", "organizer", "worker"]) if worker else None

    def stop(*_: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    click.echo(f"Organizer answers at http://{host}:{port}", err=True)
    try:
        server.run()  # returns upon Ctrl-C or SIGTERM
    finally:
        server.close()
        if companion is not None:
            companion.terminate()
            companion.wait(timeout=10)
        click.echo("Stopped.", err=True)


@organizer.command()
@with_appcontext
def worker() -> None:
    """Run jobs: send letters, import files, everything that must not keep a page waiting."""
    run_due()
    queue = current_app.extensions["jobs"]
    queue.create_consumer(workers=settings.current().worker_count, worker_type="thread", periodic=True).run()


@organizer.command()
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")
@click.option("--empty", is_flag=True, help="Start without the demo community.")
@click.pass_context
@with_appcontext
def up(context: click.Context, port: int, empty: bool) -> None:
    """Bring the database up to date, fill an empty one with the demo, print how to sign in, and serve (`make run`)."""
    from flask_migrate import upgrade

    from organizer import demo

    if settings.current().production:
        raise click.UsageError("This prints links to sign in. In production use `db upgrade`, `serve` and `owner`.")
    upgrade()
    gazetteer.prepare()
    click.echo(f"\n  {settings.current().site_name} at {settings.current().url}\n")
    for who, link in demo.welcome(empty=empty):
        click.echo(f"  {who}\n    {link}\n")
    context.invoke(serve, port=port)


@organizer.command("demo")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same community.")
@click.option("--scale", default=0, show_default=True, help="Make 10^SCALE more members with RSVPs, for benchmarks.")
@with_appcontext
def load_demo(seed: int, scale: int) -> None:
    """Load the demo community into this installation (once; a second time only adds what --scale asks for)."""
    from organizer import demo

    click.echo((demo.load(seed) and "The demo community is here.") or "The demo community was here already.")
    if scale:
        with click.progressbar(demo.crowd(seed, 10**scale), length=10**scale, label="Members") as steps:
            for _ in steps:
                pass


@organizer.command()
@click.option("--mail", "address", metavar="EMAIL", help="Send a test letter there, and look at SPF, DKIM and DMARC.")
@with_appcontext
def doctor(address: str | None) -> None:
    """Look at this installation and say what to mend. Ends with status 1 if the site cannot serve like this."""
    from organizer.doctor import examine, examine_mail

    grave = False
    try:
        for finding in examine_mail(address) if address else examine():
            click.echo(f"{'ok  ' if finding.right else 'LOOK'}  {finding.name}: {finding.found}")
            if not finding.right:
                click.echo(f"      {finding.mend}")
                grave |= finding.grave
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    if grave:
        raise SystemExit(1)


@organizer.command("settings")
@click.option("--markdown", is_flag=True, help="Print the table of the operator's guide.")
@with_appcontext
def show_settings(markdown: bool) -> None:
    """Print all settings, their values and what they mean. Secrets are not shown."""
    click.echo(settings_table() if markdown else settings_list(settings.current()))


def settings_list(chosen: settings.Settings) -> str:
    """Return every setting with its present value."""
    lines = []
    for spec in fields(chosen):
        value = getattr(chosen, spec.name)
        shown = ("(set)" if value else "(not set)") if spec.metadata["secret"] else value
        lines.append(f"ORGANIZER_{spec.name.upper()}={shown}\n    {spec.metadata['doc']}")
    return "\n".join(lines)


def settings_table() -> str:
    """Return the settings as the Markdown table that docs/operator.md carries."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for spec in fields(settings.Settings):
        default = f"`{spec.default}`" if spec.default != "" else "empty"
        rows.append(f"| `ORGANIZER_{spec.name.upper()}` | {default} | {spec.metadata['doc']} |")
    return "\n".join(rows)


@organizer.command()
def access() -> None:
    """Print who may do what."""
    width = max(len(role) for role in Role)
    for action, roles in ALLOWED.items():
        click.echo(f"{action}\n" + "\n".join(f"    {role:<{width}}" for role in Role if role in roles))
