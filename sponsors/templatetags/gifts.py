"""Figures of gifts in kind in templates, in words that people read."""

from decimal import Decimal

from django import template

from sponsors.inkind.rules.wording import bytes_in_words, count_in_words, percent_in_words

register = template.Library()
_NOTHING = "—"


@register.filter
def in_bytes(value: int | None) -> str:
    """Return such as 66 PB, in decimal units; a dash when nobody told."""
    return _NOTHING if value is None else bytes_in_words(value)


@register.filter
def in_count(value: int | None) -> str:
    """Return such as 100 billion."""
    return _NOTHING if value is None else count_in_words(value)


@register.filter
def in_percent(share: float | Decimal | None) -> str:
    """Return such as 99.1% of a share of one."""
    return _NOTHING if share is None else percent_in_words(float(share))


@register.filter
def rounded(value: Decimal | None) -> str:
    """Return the quantity to a thousandth, which of terabytes is a gigabyte; the files are exact."""
    return quantity(None if value is None else round(value, 3))


@register.filter
def quantity(value: Decimal | None) -> str:
    """Return the exact quantity, with separators and without the column's trailing zeros."""
    return _NOTHING if value is None else f"{value.normalize():,f}"
