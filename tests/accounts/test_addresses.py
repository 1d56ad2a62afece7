"""One spelling for one mailbox."""

from __future__ import annotations

import pytest

from organizer.accounts.addresses import BadAddress, normalised


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Mira.Ivanova+walk@Example.ORG\n", "mira.ivanova+walk@example.org"),
        ("mira@пример.бг", "mira@xn--e1afmkfd.xn--90ae"),
        ("mira@BÜCHER.example.com", "mira@xn--bcher-kva.example.com"),
        ("Jose\u0301@example.org", "jos\u00e9@example.org"),
        ("МИРА@example.org", "мира@example.org"),
        ("straße@example.org", "straße@example.org"),
    ],
)
def test_spellings_meet(typed: str, kept: str) -> None:
    assert normalised(typed) == kept
    assert normalised(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mira",
        "mira@",
        "@example.org",
        "mira@localhost",
        "mira@exam ple.org",
        "a b@example.org",
        "mira@example.org\nBcc: all@example.org",
        "mira@example.org,other@example.org",
        "Mira <mira@example.org>",
        "mira@[127.0.0.1]",
        "x" * 65 + "@example.org",
        "x@" + "a" * 60 + ("." + "a" * 60) * 4 + ".org",
        "mira@example.org\x00",
    ],
)
def test_what_no_letter_reaches_is_refused(typed: str) -> None:
    with pytest.raises(BadAddress) as refused:
        normalised(typed)
    assert refused.value.field == "email"
