"""Large figures as people read them: three digits and a word, never more than was measured."""

from collections.abc import Sequence
from decimal import Decimal

Number = int | float | Decimal
Units = Sequence[tuple[int, str]]

_COUNTS: Units = ((10**12, " trillion"), (10**9, " billion"), (10**6, " million"))
_BYTES: Units = (
    (10**18, " EB"),
    (10**15, " PB"),
    (10**12, " TB"),
    (10**9, " GB"),
    (10**6, " MB"),
    (10**3, " kB"),
)
_ENERGY: Units = ((10**9, " TWh"), (10**6, " GWh"), (10**3, " MWh"))
_MASS: Units = ((10**6, " kt"), (10**3, " t"))
# 999.6 million is read as 1 billion, not as 1,000 million.
_ALMOST = 0.9995
_FEW = 100


def count_in_words(value: Number) -> str:
    """Return such as 1.2 billion; in full below a million."""
    return _scaled(float(value), _COUNTS, "")


def bytes_in_words(value: Number) -> str:
    """Return such as 66 PB, in decimal units."""
    return _scaled(float(value), _BYTES, " bytes")


def energy_in_words(kilowatt_hours: Number) -> str:
    """Return such as 1.98 GWh."""
    return _scaled(float(kilowatt_hours), _ENERGY, " kWh")


def mass_in_words(kilograms: Number) -> str:
    """Return such as 952 t."""
    return _scaled(float(kilograms), _MASS, " kg")


def percent_in_words(share: float) -> str:
    """Return such as 99.02%; what is close to none or to all keeps two digits of the difference."""
    percent = share * 100
    decimals = 1
    while decimals < 4 and 0 < min(percent, 100 - percent) < 10 ** (1 - decimals):  # noqa: PLR2004  # 0.0001% is enough
        decimals += 1
    return f"{percent:.{decimals}f}".rstrip("0").rstrip(".") + "%"


def times_in_words(factor: float) -> str:
    """Return such as 3.1 times."""
    return f"{_digits(factor, 2)} times"


def _scaled(value: float, units: Units, plain: str) -> str:
    for size, word in units:
        if abs(value) >= size * _ALMOST:
            return f"{_digits(value / size, 3)}{word}"
    return f"{_digits(value, 3) if abs(value) < _FEW else f'{value:,.0f}'}{plain}"


def _digits(value: float, digits: int) -> str:
    """Return at least so many digits, and all that stand before the point."""
    if abs(value) >= 10 ** (digits - 1):
        whole = len(f"{abs(value):.0f}")
        text = f"{value:,.{max(0, digits - whole)}f}"
    else:
        text = f"{value:.{digits}g}"
        if "e" in text:
            text = f"{value:.6f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
