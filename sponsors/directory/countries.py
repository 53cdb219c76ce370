"""Countries as ISO 3166-1 alpha-2 codes with their English names (CLDR, from Babel)."""

from functools import cache

from babel import Locale

# Said wherever a country is typed; it takes what was typed.
NO_COUNTRY = "{} is no country. Write its two-letter code (ISO 3166-1), such as US or DE."

# CLDR regions that are two letters but no country: outlying parts, pseudo-regions, user-assigned.
_NOT_A_COUNTRY = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


@cache
def country_choices() -> tuple[tuple[str, str], ...]:
    """Return (code, English name) pairs in the order of the names."""
    territories = Locale("en").territories
    countries = [
        (code, str(name))
        for code, name in territories.items()
        if code.isalpha() and len(code) == len("US") and code not in _NOT_A_COUNTRY
    ]
    return tuple(sorted(countries, key=lambda pair: pair[1]))
