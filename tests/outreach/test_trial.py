"""`organizer doctor --mail`: a test letter, and what a real name server says of the sender's domain."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from organizer.cli import organizer
from organizer.outreach import trial
from tests.conftest import settings_for
from tests.outreach.conftest import Mailing

GOOD = {
    "meet.example.org.": ["some-site-verification=1", "v=spf1 a:mail.example.org -all"],
    "s1._domainkey.meet.example.org.": ["v=DKIM1; k=rsa; p=MIIBIjANBg"],
    "_dmarc.example.org.": ["v=DMARC1; p=quarantine"],
}
NameServer = Callable[[dict[str, list[str]] | None], None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    """`names({"example.org.": ["v=spf1 …"]})` answers with these TXT records; `names(None)` answers nothing."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    known: list[dict[str, list[str]] | None] = [{}]

    def serve() -> None:
        while True:
            try:
                raw, asker = line.recvfrom(4096)
            except OSError:
                return
            if known[0] is None:
                continue
            query = dns.message.from_wire(raw)
            name = query.question[0].name
            answer = dns.message.make_response(query)
            if texts := known[0].get(str(name)):
                quoted = [
                    " ".join(f'"{text[first : first + 200]}"' for first in range(0, len(text), 200)) for text in texts
                ]
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *quoted))
            elif not any(str(name).endswith(zone) for zone in known[0]):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            line.sendto(answer.to_wire(), asker)

    threading.Thread(target=serve, daemon=True).start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], line.getsockname()[1]
    monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
    monkeypatch.setattr(trial, "PATIENCE", 0.3)
    yield lambda records: known.__setitem__(0, records)
    line.close()


def doctor(app: Flask, address: str) -> Result:
    """Run `organizer doctor --mail`."""
    script = ScriptInfo(create_app=lambda: app)
    return CliRunner().invoke(organizer, ["doctor", "--mail", address], obj=script)


def found(folder: Path, **more: Any) -> dict[str, trial.Record]:
    usual = {"url": "https://meet.example.org", "smtp_host": "mail.example.org", "mail_dkim_selector": "s1"}
    return {record.proof: record for record in trial.records(settings_for(folder, **usual | more))}


def test_all_is_well(tmp_path: Path, names: NameServer) -> None:
    names(GOOD)
    seen = found(tmp_path)
    assert all(record.right for record in seen.values())
    assert seen["SPF"].found == "v=spf1 a:mail.example.org -all"
    assert seen["DKIM"].found == "a key of 10 characters"
    assert seen["DMARC"].found == "v=DMARC1; p=quarantine (of example.org)"


def test_nothing_is_published(tmp_path: Path, names: NameServer) -> None:
    names({})
    seen = found(tmp_path)
    assert {record.found for record in seen.values()} == {"none"}
    assert not any(record.right for record in seen.values())
    assert seen["SPF"].publish == ("meet.example.org", '"v=spf1 a:mail.example.org ~all"')
    assert seen["DKIM"].publish[0] == "s1._domainkey.meet.example.org"
    assert seen["DMARC"].check == "dig +short TXT _dmarc.meet.example.org"


@pytest.mark.parametrize(
    ("proof", "records", "meaning"),
    [
        ("SPF", {"meet.example.org.": ["v=spf1 +all"]}, "lets everybody send"),
        ("SPF", {"meet.example.org.": ["v=spf1 a -all", "v=spf1 mx -all"]}, "one SPF record only"),
        ("SPF", {"meet.example.org.": ["v=spf10 a"]}, "lists the servers"),
        ("DKIM", {"s1._domainkey.meet.example.org.": ["v=DKIM1; p="]}, "revoked"),
        ("DMARC", {"_dmarc.meet.example.org.": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "one DMARC record only"),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, names: NameServer, proof: str, records: dict[str, list[str]], meaning: str
) -> None:
    names(records)
    record = found(tmp_path)[proof]
    assert not record.right
    assert meaning in record.meaning


def test_long_records_are_put_together(tmp_path: Path, names: NameServer) -> None:
    names({"s1._domainkey.meet.example.org.": ["v=DKIM1; p=" + "A" * 392]})
    assert found(tmp_path)["DKIM"].found == "a key of 392 characters"


def test_without_a_selector_it_says_how_to_find_it(tmp_path: Path, names: NameServer) -> None:
    names(GOOD)
    record = found(tmp_path, mail_dkim_selector="")["DKIM"]
    assert "ORGANIZER_MAIL_DKIM_SELECTOR" in str(record.found)


def test_the_doctor_sends_and_explains(mailing: Mailing, names: NameServer) -> None:
    names(GOOD)
    done = doctor(mailing.app, "Mira@Example.org")
    assert done.exit_code == 0, done.output
    assert "ok    Test letter: handed over; the mail server said: OK" in done.output
    assert "ok    SPF: v=spf1 a:mail.example.org -all" in done.output
    assert "LOOK  DKIM: not looked for" in done.output
    (mail,) = mailing.postman.letters
    assert mailing.postman.recipients == ["mira@example.org"]
    assert mail["Subject"] == "A test letter from Sofia Walks"
    assert mailing.rows() == []


def test_the_doctor_says_plainly_that_it_could_not_look(mailing: Mailing, names: NameServer) -> None:
    names(None)
    mailing.stop()
    done = doctor(mailing.app, "mira@example.org")
    assert done.exit_code == 1
    assert "LOOK  Test letter: not handed over: ConnectionRefusedError" in done.output
    assert done.output.count("could not look: the DNS does not answer here") == 2
    assert 'Publish at meet.example.org, type TXT:\n          "v=spf1 a:127.0.0.1 ~all"' in done.output
    assert "dig +short TXT _dmarc.meet.example.org" in done.output


def test_the_doctor_explains_a_refusal_and_a_bad_address(mailing: Mailing, names: NameServer) -> None:
    names(GOOD)
    mailing.postman.replies["mira@example.org"] = "550 5.7.1 Relaying denied"
    refused = doctor(mailing.app, "mira@example.org")
    assert (refused.exit_code, "refused: 550 5.7.1 Relaying denied" in refused.output) == (1, True)
    assert doctor(mailing.app, "mira").exit_code == 1


def test_without_a_mail_server_the_doctor_still_explains(app: Flask, names: NameServer) -> None:
    names(GOOD)
    done = doctor(app, "mira@example.org")
    assert "Set ORGANIZER_SMTP_HOST" in done.output
    assert "DMARC" in done.output
