"""Countries as people write them ↔ ISO 3166-1 codes, and their names in the reader's language."""

from functools import cache

from babel import Locale

from .names import fold

_FIRST_LOOKED_UP_IN = ("en", "bg")
_LOOKED_UP_IN = ("en", "bg", "ru", "uk", "sr", "mk", "de", "fr", "es", "it", "pt", "pl", "ro", "tr", "el", "nl", "cs")
"""Languages whose names are understood, each read only when those before it did not know a name."""

_ALSO = {
    "america": "US",
    "united states of america": "US",
    "the states": "US",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "britain": "GB",
    "uk": "GB",
    "holland": "NL",
    "czech republic": "CZ",
    "macedonia": "MK",
    "fyrom": "MK",
    "korea": "KR",
    "republic of korea": "KR",
    "dprk": "KP",
    "hong kong": "HK",
    "macau": "MO",
    "macao": "MO",
    "russian federation": "RU",
    "turkey": "TR",
    "ivory coast": "CI",
    "burma": "MM",
    "cape verde": "CV",
    "swaziland": "SZ",
    "palestine": "PS",
    "congo": "CG",
    "dr congo": "CD",
    "viet nam": "VN",
    "republic of ireland": "IE",
    "eire": "IE",
    "bosnia": "BA",
    "vatican": "VA",
    "moldavia": "MD",
    "republic of moldova": "MD",
    "prc": "CN",
    "peoples republic of china": "CN",
    "roc": "TW",
    "emirates": "AE",
    "ksa": "SA",
    "micronesia": "FM",
    "lao pdr": "LA",
    "timor leste": "TL",
    "сащ": "US",
    "англия": "GB",
    "шотландия": "GB",
    "уелс": "GB",
    "холандия": "NL",
    "македония": "MK",
    "корея": "KR",
    "оае": "AE",
}
"""What no list of territories holds: short, old and partial names. Folded."""

_THREE_LETTERS = {
    "usa": "US", "gbr": "GB", "uae": "AE", "deu": "DE", "bgr": "BG", "nld": "NL", "che": "CH", "aut": "AT",
    "esp": "ES", "fra": "FR", "ita": "IT", "prt": "PT", "pol": "PL", "rou": "RO", "grc": "GR", "srb": "RS",
    "mkd": "MK", "tur": "TR", "ukr": "UA", "rus": "RU", "can": "CA", "aus": "AU", "nzl": "NZ", "jpn": "JP",
    "chn": "CN", "ind": "IN", "bra": "BR", "mex": "MX", "arg": "AR", "zaf": "ZA", "irl": "IE", "dnk": "DK",
    "swe": "SE", "nor": "NO", "fin": "FI", "cze": "CZ", "svk": "SK", "hun": "HU", "hrv": "HR", "svn": "SI",
    "est": "EE", "lva": "LV", "ltu": "LT", "isr": "IL",
}  # fmt: skip
"""The three-letter codes that people really write."""


_NOT_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})


def _territories(locale: Locale) -> dict[str, str]:
    """ISO code → name. World regions (numbers) and pseudo territories are left out."""
    return {
        code: name
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }


@cache
def _keys(language: str) -> dict[str, str]:
    """Folded name → ISO code in one language; names with "&", "and" and brackets are known without them too."""
    keys: dict[str, str] = {}
    for code, name in _territories(Locale.parse(language)).items():
        keys.setdefault(fold(name), code)
        keys.setdefault(fold(name.partition("(")[0]), code)
        if language == "en":
            keys.setdefault(fold(name.replace("&", "and").replace("St.", "Saint")), code)
    return keys


def code_of(text: str, widely: bool = True) -> str | None:
    """The ISO 3166-1 code (two capitals) of a country however it is written, None if it is none we know.

    Not `widely` asks English and Bulgarian only: the names of all languages cost 80 ms and 20 MiB at first use.

    >>> code_of("U.S.A."), code_of("the Netherlands"), code_of("България"), code_of("Türkiye"), code_of("Atlantis")
    ('US', 'NL', 'BG', 'TR', None)
    """
    text = text.strip()
    key = fold(text)
    if not key:
        return None
    squeezed = key.replace(" ", "")
    if len(squeezed) == 2 and squeezed.isascii() and squeezed.upper() in _keys("en").values():
        return squeezed.upper()
    if len(squeezed) == 3 and squeezed in _THREE_LETTERS:
        return _THREE_LETTERS[squeezed]
    for name in (key, key.removeprefix("the ")):
        if found := _ALSO.get(name) or _ALSO.get(name.replace(" ", "")):
            return found
        for language in _LOOKED_UP_IN if widely else _FIRST_LOOKED_UP_IN:
            if found := _keys(language).get(name):
                return found
    return None


def _locale(locale: str | Locale) -> Locale:
    return locale if isinstance(locale, Locale) else Locale.parse(locale.replace("-", "_"))


def display_name(code: str, locale: str | Locale = "en") -> str:
    """The country's usual name in `locale` ("North Macedonia", "Северна Македония"); the code itself if unknown."""
    return str(_locale(locale).territories.get(code, code))
