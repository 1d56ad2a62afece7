"""What an operator should know about this installation: `organizer doctor`."""

from __future__ import annotations

import importlib.metadata
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from organizer import settings
from organizer.app import migrations_folder
from organizer.core import jobs
from organizer.core.db import db
from organizer.core.time import now
from organizer.outreach import smtp, trial
from organizer.outreach.models import Letter, LetterState
from organizer.rsvps import counts
from organizer.web.health import LATEST_QUEUE, LEAST_DISK, database_writes


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `mend` says what to do if it is not right; `grave`: the site cannot serve like this."""

    name: str
    right: bool
    found: str
    mend: str = ""
    grave: bool = False


def examine() -> Iterator[Finding]:
    """Look at everything, cheap things first."""
    chosen = settings.current()
    yield Finding(
        "Python", sys.version_info >= (3, 11), sys.version.split()[0], "Python 3.11 or newer is needed.", True
    )
    yield _address(chosen)
    yield _secret(chosen)
    yield _disk(chosen.folder)
    yield Finding("Database writes", database_writes(), db.engine.dialect.name, "Look at the log.", True)
    yield _migrations()
    yield _queue()
    yield _mail(chosen)
    yield _letters()
    yield _counters()
    yield _zones()


def examine_mail(address: str) -> Iterator[Finding]:
    """Send a test letter to `address` and look at what others see of our sender address. Raises BadAddress."""
    chosen = settings.current()
    yield _mail(chosen)
    if chosen.smtp_host:
        yield _trial(address, chosen)
    yield Finding("Sender", True, f"{chosen.sender}, answers to {chosen.mail_reply_to or chosen.sender}")
    for record in trial.records(chosen):
        name, text = record.publish
        found = "could not look: the DNS does not answer here" if record.found is None else record.found
        if record.right:
            yield Finding(record.proof, True, f"{found}\n      {record.meaning}")
        else:
            todo = f"Publish at {name}, type TXT:\n          {text}\n      See what is there: {record.check}"
            yield Finding(record.proof, False, found, f"{record.meaning}\n      {todo}")


def _trial(address: str, chosen: settings.Settings) -> Finding:
    try:
        said = trial.send(address, chosen)
    except smtp.Refused as refused:
        mend = "The mail server will not take letters to this address, or not from this sender."
        return Finding("Test letter", False, f"refused: {refused}", mend, True)
    except smtp.Trouble as trouble:
        mend = "Look at ORGANIZER_SMTP_HOST, _PORT, _SECURITY, _USER and _PASSWORD, and at the mail server's own log."
        return Finding("Test letter", False, f"not handed over: {trouble}", mend, True)
    return Finding("Test letter", True, f"handed over; the mail server said: {said}")


def _address(chosen: settings.Settings) -> Finding:
    fine = chosen.url.startswith("https:") or not chosen.production
    mend = "Phones allow camera and offline use only over https. Set ORGANIZER_URL to the public https address."
    return Finding("Public address", fine, chosen.url, mend)


def _secret(chosen: settings.Settings) -> Finding:
    path = chosen.folder / "secret-key"
    if chosen.secret_key or not path.exists():
        return Finding("Secret", True, "from the environment")
    private = not stat.S_IMODE(path.stat().st_mode) & 0o077
    return Finding(
        "Secret", private, "kept in the instance folder", f"chmod 600 {path.name} in the instance folder.", True
    )


def _disk(folder: Path) -> Finding:
    usage = shutil.disk_usage(folder)
    found = f"{usage.free / 10**9:.1f} GB free"
    return Finding("Disk", usage.free > min(LEAST_DISK, usage.total // 20), found, "Make room; writes will fail.", True)


def _migrations() -> Finding:
    with db.engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory(str(migrations_folder())).get_current_head()
    return Finding("Migrations", here == head, f"{here or 'none'} of {head}", "Run `organizer db upgrade`.", True)


def _queue() -> Finding:
    age = jobs.queue_age()
    found = "up to date" if age is None else f"{int(age.total_seconds())} s late"
    return Finding("Job worker", age is None or age < LATEST_QUEUE, found, "Start `organizer worker`.")


def _mail(chosen: settings.Settings) -> Finding:
    if chosen.smtp_host:
        return Finding("Mail", True, f"{chosen.smtp_host}:{chosen.smtp_port} ({chosen.smtp_security})")
    where = "" if chosen.production else " Until then letters are shown at /dev/outbox."
    return Finding("Mail", False, "no server set, nothing is sent", f"Set ORGANIZER_SMTP_HOST.{where}")


def _letters() -> Finding:
    failed = db.session.scalar(sa.select(sa.func.count()).where(Letter.state == LetterState.FAILED)) or 0
    return Finding(
        "Letters", not failed, f"{failed} failed", "Look at their reasons at /site/letters, and send them again there."
    )


def _counters() -> Finding:
    wrong = sum(1 for _ in counts.differences())
    return Finding("Seat counters", not wrong, f"{wrong} wrong", "Run `organizer repair counts`.")


def _zones() -> Finding:
    version = importlib.metadata.version("tzdata")
    fresh = now().date() - date(int(version.split(".")[0]), 1, 1) < timedelta(days=550)
    return Finding("Time zone rules", fresh, f"tzdata {version}", "Upgrade, then run `organizer events retime`.")
