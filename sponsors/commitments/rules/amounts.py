"""Amounts: exact in their currency, more than zero, and no larger than the columns hold."""

from decimal import Decimal

from foundation.money.rules import AmountNotExact, in_currency
from sponsors.commitments.rules.refusals import CommitmentError

# What the columns hold: 14 digits before the decimal point.
LARGEST_AMOUNT = Decimal(10) ** 14


def check_amount(amount: Decimal, currency: str, *, what: str, field: str) -> Decimal:
    """Return the amount with exactly the currency's decimals.

    Raises CommitmentError when it is not more than zero, or too large, or has more decimals than
    the currency; `what` begins the sentence.
    """
    if not amount.is_finite() or amount <= 0:
        msg = f"{what} must be more than zero. Enter a positive amount."
        raise CommitmentError(msg, code="amount_not_positive", field=field)
    if amount >= LARGEST_AMOUNT:
        msg = f"{what} must be less than {LARGEST_AMOUNT:,}. Check the number of digits."
        raise CommitmentError(msg, code="amount_too_large", field=field)
    try:
        return in_currency(amount, currency)
    except AmountNotExact as error:
        msg = f"{what} is not exact. {error.message} Round it."
        raise CommitmentError(msg, code=error.code, field=field) from None
