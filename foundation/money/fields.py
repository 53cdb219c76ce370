"""Model fields for amounts and currencies."""

from decimal import Decimal
from typing import Any

from django.db import models

from foundation.audit.units import HasUnit
from foundation.money.display import money_text
from foundation.money.rules import currency_codes


class AmountField(HasUnit, models.DecimalField):  # type: ignore[type-arg]  # generic only in the stubs
    """An exact amount; wide enough for any ISO 4217 currency (up to 4 decimals).

    `currency` leads from the row to the currency the amount is in, as a query would: an amount means
    nothing without it. Empty: it is in the foundation's own. The path stays out of migrations: the column does not
    depend on it.
    """

    def __init__(self, *args: Any, currency: str = "currency", **kwargs: Any) -> None:
        self.unit_path = currency
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)

    def with_unit(self, value: Decimal, unit: str) -> str:
        return money_text(value, unit)


class CurrencyField(models.CharField):  # type: ignore[type-arg]  # generic only in the stubs
    """An ISO 4217 code. The choices stay out of migrations: a new currency is no schema change."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 3
        kwargs["choices"] = [(code, code) for code in currency_codes()]
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("choices", None)
        kwargs.pop("max_length", None)
        return name, path, args, kwargs
