"""Trying out whether mail goes out, and whether others will believe that it comes from us."""

from __future__ import annotations

from dataclasses import dataclass

from organizer.accounts.addresses import normalised
from organizer.core.time import now
from organizer.settings import Settings

from . import smtp, transport

PATIENCE = 4.0  # seconds for one look into the DNS


@dataclass(frozen=True)
class Record:
    """What the DNS says about one of the three proofs. `found` is None if the DNS could not be asked.

    `publish` is the record to add, as (name, text); `check` a command that shows it.
    """

    proof: str
    right: bool
    found: str | None
    meaning: str
    publish: tuple[str, str]

    @property
    def check(self) -> str:
        """A command that shows what is published."""
        return f"dig +short TXT {self.publish[0]}"


class NoNetwork(Exception):
    """The DNS could not be asked."""


def send(address: str, chosen: Settings) -> str:
    """Send a test letter now, past the outbox, and return what the mail server said.

    Raises BadAddress, smtp.Refused or smtp.Trouble.
    """
    email = normalised(address)
    text = (
        f"If you can read this, {chosen.site_name} at {chosen.url} can send mail.\n\n"
        "Now look at the source of this letter (often called “show original”). The line Authentication-Results should "
        f"say spf=pass, dkim=pass and dmarc=pass, all for {chosen.sender.rpartition('@')[2]}.\n"
    )
    html = "".join(f"<p>{part}</p>" for part in text.split("\n\n"))
    composed = transport.Composed(f"A test letter from {chosen.site_name}", text, html)
    mail = transport.message(composed, email, "", f"test:{now().isoformat()}", now(), chosen)
    with smtp.mailer(chosen) as mailer:
        return mailer.send(mail, email)


def records(chosen: Settings) -> list[Record]:
    """Return what the DNS says of the sender's domain: SPF, DKIM, DMARC."""
    domain = chosen.sender.rpartition("@")[2].lower()
    return [_spf(domain, chosen.smtp_host), _dkim(domain, chosen.mail_dkim_selector), _dmarc(domain)]


def _spf(domain: str, server: str) -> Record:
    meaning = (
        "SPF lists the servers that may send for the domain. Name your mail server, or include what its provider says."
    )
    publish = (domain, f'"v=spf1 a:{server or "mail.example.org"} ~all"')
    try:
        found = [text for text in texts(domain) if text.lower().split(" ")[0] == "v=spf1"]
    except NoNetwork:
        return Record("SPF", False, None, meaning, publish)
    if len(found) > 1:
        meaning = "There must be one SPF record only: with more, all of them count for nothing. Make one of them."
    elif found and found[0].lower().rstrip().endswith("+all"):
        meaning = "“+all” lets everybody send for this domain. End it with “~all” or “-all”."
    elif found:
        return Record("SPF", True, found[0], "Your mail server must be among those it names.", publish)
    return Record("SPF", False, " | ".join(found) or "none", meaning, publish)


def _dkim(domain: str, selector: str) -> Record:
    meaning = (
        "DKIM is a signature that your mail server adds; switch it on there, with a key for this domain. It must sign "
        "From, Subject, List-Unsubscribe and List-Unsubscribe-Post, or one-click unsubscribing is not offered."
    )
    name = f"{selector or 'SELECTOR'}._domainkey.{domain}"
    publish = (name, '"v=DKIM1; k=rsa; p=…" (the public key, as your mail server prints it)')
    if not selector:
        unknown = "not looked for: set ORGANIZER_MAIL_DKIM_SELECTOR to what follows s= in a letter's DKIM-Signature"
        return Record("DKIM", False, unknown, meaning, publish)
    try:
        found = [text for text in texts(name) if "p=" in text.replace(" ", "")]
    except NoNetwork:
        return Record("DKIM", False, None, meaning, publish)
    key = found[0].replace(" ", "").partition("p=")[2].partition(";")[0] if found else ""
    if found and not key:
        meaning = "The key is empty: it has been revoked. Publish a new one, and sign with it."
    elif found:
        return Record("DKIM", True, f"a key of {len(key)} characters", "Your mail server must sign with it.", publish)
    return Record("DKIM", False, "an empty key" if found else "none", meaning, publish)


def _dmarc(domain: str) -> Record:
    meaning = (
        "DMARC says what to do with letters that pass neither SPF nor DKIM for this domain, and where to report them. "
        "Begin with p=none, read the reports, then go to p=quarantine."
    )
    publish = (f"_dmarc.{domain}", f'"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"')
    labels = domain.split(".")
    try:
        for first in range(max(len(labels) - 1, 1)):  # a domain without a record follows the one above it
            name = ".".join(labels[first:])
            found = [text for text in texts(f"_dmarc.{name}") if text.replace(" ", "").lower().startswith("v=dmarc1")]
            if len(found) == 1:
                above = f" (of {name})" if first else ""
                return Record(
                    "DMARC", True, found[0] + above, "Letters must pass SPF or DKIM for this domain.", publish
                )
            if found:
                return Record("DMARC", False, " | ".join(found), "There must be one DMARC record only.", publish)
    except NoNetwork:
        return Record("DMARC", False, None, meaning, publish)
    return Record("DMARC", False, "none", meaning, publish)


def texts(name: str) -> list[str]:
    """Return the TXT records at `name`. Raises NoNetwork if the DNS cannot be asked."""
    from dns import exception, resolver  # only the doctor asks

    try:
        answer = resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return []
    except (exception.DNSException, OSError) as error:
        raise NoNetwork from error
    return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
