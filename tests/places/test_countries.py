"""Countries as people write them."""

import pytest

from organizer.places import countries


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("U.S.A.", "US"), ("USA", "US"), ("us", "US"), ("United States of America", "US"), ("САЩ", "US"),
        ("U.K.", "GB"), ("England", "GB"), ("Scotland", "GB"), ("Великобритания", "GB"), ("GB", "GB"),
        ("Czechia", "CZ"), ("Czech Republic", "CZ"), ("Korea", "KR"), ("South Korea", "KR"), ("UAE", "AE"),
        ("The Netherlands", "NL"), ("Holland", "NL"), ("Macedonia", "MK"), ("North Macedonia", "MK"),
        ("България", "BG"), ("bulgaria", "BG"), ("Deutschland", "DE"), ("Германия", "DE"), ("Ελλάδα", "GR"),
        ("Türkiye", "TR"), ("Turkey", "TR"), ("Kosovo", "XK"), ("Hong Kong", "HK"), ("Cote d'Ivoire", "CI"),
        ("Bosnia and Herzegovina", "BA"), ("Viet Nam", "VN"), ("Puerto Rico", "PR"),
        ("Atlantis", None), ("", None), ("-", None), ("Europe", None), ("zz", None),
    ],
)  # fmt: skip
def test_code_of(text: str, code: str | None) -> None:
    assert countries.code_of(text) == code


def test_names_in_the_readers_language() -> None:
    assert countries.display_name("MK", "bg") == "Северна Македония"
    assert countries.display_name("XK") == "Kosovo"
    assert countries.display_name("??", "bg") == "??"
