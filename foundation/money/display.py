"""Amounts as people read them."""

from decimal import Context, Decimal, localcontext
from functools import lru_cache

from babel.numbers import format_currency

from foundation.money.rules import decimals, in_currency

# What is refused for its size is told too.
_ANY_SIZE = Context(prec=60)


def money_text(amount: Decimal, currency: str) -> str:
    """Return the amount with its code, such as `USD 150,000.00`: unambiguous for every dollar."""
    with localcontext(_ANY_SIZE):
        text: str = format_currency(
            amount,
            currency,
            format="¤¤ #,##0." + "0" * decimals(currency) if decimals(currency) else "¤¤ #,##0",
            locale="en_US",
            currency_digits=False,
        )
    return text.replace("\xa0", " ")


@lru_cache(maxsize=4096)  # a page of a list says the same amounts over and over
def plain_amount(amount: Decimal, currency: str) -> str:
    """Return the amount for machines: the currency's decimals, no separators."""
    return str(in_currency(amount, currency))
