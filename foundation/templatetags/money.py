"""Amounts in templates: `{{ amount|money:currency }}`."""

from decimal import Decimal

from django import template

from foundation.money.display import money_text

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Return the amount with its currency's code, or a dash when there is none."""
    return money_text(amount, currency) if amount is not None else "—"
