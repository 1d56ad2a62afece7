"""All settings of an installation, read from the environment once. `organizer settings` prints them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

DEFAULT_URL = "http://127.0.0.1:8000"
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_HOST.pattern}", re.ASCII)
KNOWN_SECRETS = {"dev", "secret", "changeme", "change-me", "password", "test"}


def setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    """Declare one setting: its default and what it means to an operator; secrets are never printed."""
    return field(default=default, metadata={"doc": doc, "secret": secret})


class BadSettings(ValueError):
    """The installation must not start like this."""


@dataclass(frozen=True)
class Settings:
    """Every field is read from `ORGANIZER_<NAME>`; `DATABASE_URL`, `REDIS_URL` and `SECRET_KEY` are accepted bare as well."""

    env: str = setting(
        "development", "`development` or `production`. Production refuses weak secrets and a missing URL."
    )
    instance: str = setting("instance", "Folder of everything that must be kept: SQLite database, files, keys.")
    secret_key: str = setting(
        "", "Signs sessions and private links; made and kept in the instance folder if empty.", secret=True
    )
    url: str = setting(
        DEFAULT_URL,
        "The public address, without a slash at its end. Links in mails use it, never the request's host.",
    )
    site_name: str = setting("Organizer", "The name shown in the header and in mails.")
    database_url: str = setting(
        "", "SQLAlchemy address of PostgreSQL; empty means SQLite in the instance folder.", secret=True
    )
    redis_url: str = setting(
        "",
        "Redis for jobs and rate limits when there is more than one machine; empty means SQLite and memory.",
        secret=True,
    )
    default_locale: str = setting("en", "Language for visitors who state none: `en` or `bg`.")
    default_zone: str = setting("Europe/Sofia", "IANA time zone proposed for new communities and accounts.")
    community_creation: str = setting(
        "owner", "`owner`: only the installation's owner starts communities; `anyone`: everybody signed in."
    )
    smtp_host: str = setting(
        "", "Mail server. Empty: nothing is sent; in development the letters are shown at `/dev/outbox`."
    )
    smtp_port: int = setting(587, "Port of the mail server.")
    smtp_security: str = setting("starttls", "`starttls`, `tls` or `none`.")
    smtp_user: str = setting("", "User name at the mail server; empty means no login.")
    smtp_password: str = setting("", "Password at the mail server.", secret=True)
    mail_from: str = setting(
        "", "Sender address of all letters; empty means `organizer@` and the host of the public address."
    )
    mail_reply_to: str = setting("", "Where answers to letters go; empty means to the sender address.")
    mail_host: str = setting(
        "", "Right part of Message-ID and List-Id of letters; empty means the host of the public address."
    )
    mail_dkim_selector: str = setting(
        "", "Selector of the DKIM key that the mail server signs with; only `organizer doctor --mail` looks at it."
    )
    letters_per_day: int = setting(
        10, "Letters a day to one address, answers to what its holder did not counted; more wait for the daily letter."
    )
    quiet_from: int = setting(22, "Hour of the reader's clock from which letters that can wait do wait.")
    quiet_until: int = setting(8, "Hour at which they go out; the same as `quiet_from` means no quiet hours.")
    digest_hour: int = setting(8, "Hour of the reader's clock at which the daily letter goes out.")
    ask_hours: int = setting(
        48,
        "Hours before a start at which those going are asked whether they still come; hosts may choose others. 0: never.",
    )
    calendar_host: str = setting(
        "organizer.invalid",
        "Right part of the UIDs in calendars. Never change it: calendar programs know events by it.",
    )
    tile_url: str = setting(
        "", "Street map tiles, `https://…/{z}/{x}/{y}.png`; empty means the built-in world map only."
    )
    tile_attribution: str = setting("", "Credit shown with the tiles.")
    proxy_count: int = setting(0, "Number of reverse proxies in front whose X-Forwarded headers are trusted.")
    session_days: int = setting(60, "Days after which an unused sign-in ends.")
    rate_limits: bool = setting(True, "Limits per address and account; switch off only for measuring.")
    max_upload_mb: int = setting(10, "Largest request in MiB.")
    worker_count: int = setting(2, "Threads of the job worker.")
    log_format: str = setting("console", "`console` or `json`.")
    log_level: str = setting("INFO", "Least level that is logged.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read all settings. Raises BadSettings naming the variable that is wrong."""
        env = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for spec in fields(cls):
            raw = env.get(f"ORGANIZER_{spec.name.upper()}")
            if raw is None and spec.name in {"database_url", "redis_url", "secret_key"}:
                raw = env.get(spec.name.upper())
            if raw is not None:
                values[spec.name] = _parsed(spec.name, raw, type(spec.default))
        return cls(**values | overrides).checked()

    def checked(self) -> Settings:
        """Return self. Raises BadSettings if these settings are unsafe or make no sense."""
        if self.env not in {"development", "production"}:
            raise BadSettings("ORGANIZER_ENV must be development or production")
        if self.smtp_security not in {"starttls", "tls", "none"}:
            raise BadSettings("ORGANIZER_SMTP_SECURITY must be starttls, tls or none")
        for name in ("mail_from", "mail_reply_to"):
            if (address := getattr(self, name)) and not _ADDRESS.fullmatch(address):
                raise BadSettings(f"ORGANIZER_{name.upper()} must be a mail address like organizer@meet.example.org")
        if self.mail_host and not _HOST.fullmatch(self.mail_host):
            raise BadSettings("ORGANIZER_MAIL_HOST must be a host name like meet.example.org")
        for name in ("quiet_from", "quiet_until", "digest_hour"):
            if not 0 <= getattr(self, name) <= 23:
                raise BadSettings(f"ORGANIZER_{name.upper()} must be an hour from 0 to 23")
        if not 0 <= self.ask_hours <= 720:
            raise BadSettings("ORGANIZER_ASK_HOURS must be from 0 to 720")
        if self.letters_per_day < 1:
            raise BadSettings("ORGANIZER_LETTERS_PER_DAY must be at least 1")
        if self.community_creation not in {"owner", "anyone"}:
            raise BadSettings("ORGANIZER_COMMUNITY_CREATION must be owner or anyone")
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or self.url.endswith("/"):
            raise BadSettings("ORGANIZER_URL must be like https://meet.example.org, without a slash at its end")
        if self.production and self.url == DEFAULT_URL:
            raise BadSettings("ORGANIZER_URL must be the public address in production")
        if self.secret_key and (self.secret_key.lower() in KNOWN_SECRETS or len(self.secret_key) < 32):
            raise BadSettings("ORGANIZER_SECRET_KEY must be at least 32 random characters")
        return self

    @property
    def production(self) -> bool:
        """Whether this serves real people."""
        return self.env == "production"

    @property
    def folder(self) -> Path:
        """The instance folder, absolute."""
        return Path(self.instance).resolve()

    @property
    def host(self) -> str:
        """Host name of the public address."""
        return urlsplit(self.url).hostname or "localhost"

    @property
    def sender(self) -> str:
        """Mail address that letters come from."""
        return self.mail_from or f"organizer@{self.host}"

    @property
    def letter_host(self) -> str:
        """Host name in the identifiers of letters."""
        return self.mail_host or self.host

    def database(self) -> str:
        """SQLAlchemy address of the database."""
        if not self.database_url:
            return f"sqlite:///{self.folder / 'organizer.db'}"
        # Platforms hand out both spellings; psycopg 3 is the driver we ship.
        for prefix in ("postgres://", "postgresql://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        return self.database_url

    def secret(self) -> str:
        """The signing secret: as set, or made once and kept in the instance folder readable by its owner only."""
        return self.secret_key or kept_secret(self.folder / "secret-key")


def kept_secret(path: Path) -> str:
    """Return the secret in the file at `path`, making it first (mode 600) if need be. Safe when two processes start at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # somebody else was first: theirs counts
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _parsed(name: str, raw: str, kind: type) -> Any:
    if kind is bool:
        if raw.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
            raise BadSettings(f"ORGANIZER_{name.upper()} must be yes or no")
        return raw.lower() in {"1", "true", "yes", "on"}
    try:
        return kind(raw.strip())
    except ValueError as error:
        raise BadSettings(f"ORGANIZER_{name.upper()} must be a number") from error


def current() -> Settings:
    """Return the settings of the running application."""
    from flask import current_app  # not at the top: services import this module and stay free of Flask

    found: Settings = current_app.extensions["settings"]
    return found


def running() -> Settings | None:
    """Return the settings of the running application; None outside of one."""
    from flask import has_app_context

    return current() if has_app_context() else None
