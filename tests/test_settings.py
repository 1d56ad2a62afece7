"""Settings: read once, checked, and never weak in silence."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from organizer.settings import BadSettings, Settings, kept_secret


@pytest.mark.parametrize(
    "environ",
    [
        {"ORGANIZER_SECRET_KEY": "changeme"},
        {"SECRET_KEY": "short"},
        {"ORGANIZER_URL": "meet.example.org"},
        {"ORGANIZER_URL": "https://meet.example.org/"},
        {"ORGANIZER_ENV": "prod"},
        {"ORGANIZER_SMTP_PORT": "twenty"},
        {"ORGANIZER_SMTP_SECURITY": "maybe"},
        {"ORGANIZER_RATE_LIMITS": "perhaps"},
        {"ORGANIZER_COMMUNITY_CREATION": "nobody"},
        {"ORGANIZER_MAIL_FROM": "Organizer <o@example.org>"},
        {"ORGANIZER_MAIL_REPLY_TO": "o@example.org\nBcc: x@example.org"},
        {"ORGANIZER_MAIL_HOST": "meet.example.org>"},
        {"ORGANIZER_QUIET_FROM": "24"},
        {"ORGANIZER_DIGEST_HOUR": "-1"},
        {"ORGANIZER_LETTERS_PER_DAY": "0"},
    ],
)
def test_what_is_wrong_is_refused_at_the_start(environ: dict[str, str]) -> None:
    with pytest.raises(BadSettings):
        Settings.from_env(environ)


def test_platforms_spellings_are_understood(tmp_path: Path) -> None:
    chosen = Settings.from_env(
        {"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": "redis://x", "ORGANIZER_RATE_LIMITS": "no"}
    )
    assert chosen.database() == "postgresql+psycopg://u@h/d"
    assert chosen.redis_url == "redis://x"
    assert not chosen.rate_limits
    assert Settings.from_env({}, instance=str(tmp_path)).database() == f"sqlite:///{tmp_path}/organizer.db"
    assert Settings.from_env({"ORGANIZER_URL": "https://meet.example.org"}).sender == "organizer@meet.example.org"


def test_a_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret"
    secret = kept_secret(path)
    assert len(secret) >= 48
    assert kept_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [child.name for child in path.parent.iterdir()] == ["secret"]
