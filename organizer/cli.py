"""The `organizer` command: what an operator does from a terminal."""

from __future__ import annotations

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
from organizer.core.jobs import run_due


def main() -> None:
    """Run the command line."""
    organizer(prog_name="organizer")


@click.group(cls=FlaskGroup, create_app=create_app, add_version_option=False)
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
    server = create_server(app, host=host, port=port, threads=threads, ident="", channel_timeout=60)
    companion = subprocess.Popen([sys.executable, "-m", "organizer", "worker"]) if worker else None

    def stop(*_: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    click.echo(f"Organizer answers at http://{host}:{port}", err=True)
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        click.echo("Stopped.", err=True)
    finally:
        server.close()
        if companion is not None:
            companion.terminate()
            companion.wait(timeout=10)


@organizer.command()
@with_appcontext
def worker() -> None:
    """Run jobs: send letters, import files, everything that must not keep a page waiting."""
    run_due()
    queue = current_app.extensions["jobs"]
    queue.create_consumer(workers=settings.current().worker_count, worker_type="thread", periodic=True).run()


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
