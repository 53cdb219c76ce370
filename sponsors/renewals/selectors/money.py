"""Amounts in the foundation's own currency, by the reference rates of a day."""

from datetime import date
from decimal import Decimal

from foundation.books.selectors import current_organization
from foundation.money.conversion import NoRate, RateTable


class InOwnCurrency:
    """Turns amounts into the foundation's currency. Each other currency is read once: one query a currency."""

    def __init__(self, today: date) -> None:
        organization = current_organization()
        self.currency: str = organization.base_currency
        self._today = today
        self._oldest = organization.oldest_rate_days
        self._tables: dict[str, RateTable] = {}

    def of(self, amount: Decimal, source: str) -> Decimal | None:
        """Return the amount in the own currency; None where no recent rate is there."""
        if source == self.currency:
            return amount
        if source not in self._tables:
            self._tables[source] = RateTable(
                {source, self.currency}, first=self._today, last=self._today, oldest=self._oldest
            )
        try:
            return (
                self._tables[source]
                .convert(amount, source=source, target=self.currency, on=self._today)
                .result
            )
        except NoRate:
            return None
