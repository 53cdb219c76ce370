"""Model fields for amounts and currencies."""

from typing import Any

from django.db import models

from foundation.money.rules import currency_codes


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # generic only in the stubs
    """An exact amount; wide enough for any ISO 4217 currency (up to 4 decimals)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 18)
        kwargs.setdefault("decimal_places", 4)
        super().__init__(*args, **kwargs)


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
