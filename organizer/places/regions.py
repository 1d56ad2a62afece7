"""States, provinces and lands that people write after a city's name: "Portland, OR", "Perth, Western Australia"."""

from functools import cache

from .names import fold

REGION_NAMES = {
    "AU.01": "Australian Capital Territory",
    "AU.02": "New South Wales",
    "AU.03": "Northern Territory",
    "AU.04": "Queensland",
    "AU.05": "South Australia",
    "AU.06": "Tasmania",
    "AU.07": "Victoria",
    "AU.08": "Western Australia",
    "CA.01": "Alberta",
    "CA.02": "British Columbia",
    "CA.03": "Manitoba",
    "CA.04": "New Brunswick",
    "CA.05": "Newfoundland and Labrador",
    "CA.07": "Nova Scotia",
    "CA.08": "Ontario",
    "CA.09": "Prince Edward Island",
    "CA.10": "Quebec",
    "CA.11": "Saskatchewan",
    "CA.12": "Yukon",
    "CA.13": "Northwest Territories",
    "CA.14": "Nunavut",
    "GB.ENG": "England",
    "GB.NIR": "Northern Ireland",
    "GB.SCT": "Scotland",
    "GB.WLS": "Wales",
}
"""GeoNames' codes (country.region) → names."""

US_STATES = {
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AZ": "Arizona", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DC": "District of Columbia", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "IA": "Iowa", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine",
    "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri", "MS": "Mississippi", "MT": "Montana",
    "NC": "North Carolina", "ND": "North Dakota", "NE": "Nebraska", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia", "VT": "Vermont", "WA": "Washington",
    "WI": "Wisconsin", "WV": "West Virginia", "WY": "Wyoming",
}  # fmt: skip

_ABBREVIATIONS = {
    "AU.01": "ACT",
    "AU.02": "NSW",
    "AU.03": "NT",
    "AU.04": "QLD",
    "AU.05": "SA",
    "AU.06": "TAS",
    "AU.07": "VIC",
    "AU.08": "WA",
    "CA.01": "AB",
    "CA.02": "BC",
    "CA.03": "MB",
    "CA.04": "NB",
    "CA.05": "NL",
    "CA.07": "NS",
    "CA.08": "ON",
    "CA.09": "PE",
    "CA.10": "QC",
    "CA.11": "SK",
    "CA.12": "YT",
    "CA.13": "NT",
    "CA.14": "NU",
}


def region_keys(country: str, region: str, admin: str) -> set[str]:
    """The folded words by which people mean the region `region` of `country`: its name and its usual abbreviation."""
    abbreviation = _ABBREVIATIONS.get(f"{country}.{region}", region if country == "US" else "")
    return {fold(text) for text in (admin, abbreviation) if text}


@cache
def _by_key() -> dict[str, frozenset[tuple[str, str]]]:
    known: dict[str, set[tuple[str, str]]] = {}
    for code, name in (REGION_NAMES | {f"US.{code}": name for code, name in US_STATES.items()}).items():
        country, _, region = code.partition(".")
        for key in region_keys(country, region, name):
            known.setdefault(key, set()).add((country, region))
    return {key: frozenset(regions) for key, regions in known.items()}


def region_of(key: str) -> frozenset[tuple[str, str]]:
    """The regions, as (country, GeoNames' code), that the folded `key` names: "or", "oregon", "wa" (two of them)."""
    return _by_key().get(key, frozenset())


def region_name(country: str, region: str) -> str:
    """The name of a region by GeoNames' code; "" in countries where nobody writes it after a city's name."""
    return US_STATES.get(region, "") if country == "US" else REGION_NAMES.get(f"{country}.{region}", "")
