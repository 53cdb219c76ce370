"""Metered use at the prices of three versions of rate cards: what drafts and adjustments are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.books.selectors import current_organization
from foundation.money.conversion import convert
from sponsors.inkind.models import RateCardVersion
from sponsors.inkind.rules import Estimate, InKindError
from sponsors.inkind.rules.pricing import Use, quote
from sponsors.inkind.rules.valuation import Exchange, Reckoning, Reckonings, by_card, check_range, last_day
from sponsors.inkind.selectors.metered import MeteredUse, days_text
from sponsors.inkind.selectors.rate_cards import mapping_of, prices_of


@dataclass(frozen=True, slots=True)
class CardChoice:
    """By which versions use is valued, and less which discount; without low or high the base stands for it."""

    base: RateCardVersion
    low: RateCardVersion | None
    high: RateCardVersion | None
    discount_percent: Decimal

    def version(self, estimate: Estimate) -> RateCardVersion:
        chosen = {Estimate.LOW: self.low, Estimate.BASE: self.base, Estimate.HIGH: self.high}[estimate]
        return chosen or self.base


def reckon(use: MeteredUse, choice: CardChoice, currency: str) -> Reckonings:
    """Return low, base and high of the use in the currency.

    Raises InKindError for a region that a card has no prices for and a range out of order, and NoRate.
    """
    exchanges = {
        source: _exchange(source, currency, last_day(use.month))
        for source in {choice.version(estimate).card.currency for estimate in Estimate}
    }
    by_version: dict[int, Reckoning] = {}
    for version in {choice.version(estimate) for estimate in Estimate}:
        by_version[version.pk] = by_card(
            quote(prices_of(version), _uses(use, version)),
            exchange=exchanges[version.card.currency],
            discount_percent=choice.discount_percent,
            remarks=_remarks(use),
        )
    reckonings = {estimate: by_version[choice.version(estimate).pk] for estimate in Estimate}
    check_range(
        reckonings, {estimate: str(choice.version(estimate)) for estimate in Estimate}, currency, by="version"
    )
    return reckonings


def _exchange(source: str, target: str, day: date) -> Exchange:
    found = convert(
        Decimal(0), source=source, target=target, on=day, oldest=current_organization().oldest_rate_days
    )
    return Exchange(source, target, found.rate, found.day)


def _uses(use: MeteredUse, version: RateCardVersion) -> Sequence[Use]:
    """Return the use by region of the card. Raises InKindError for a region that is not mapped."""
    mapping = mapping_of(version.card)
    uses = []
    for row in use.rows:
        if not row.bytes and not row.requests:
            continue
        if row.region.pk not in mapping:
            msg = (
                f"{version.card} does not say which of its regions prices “{row.region.name}” of "
                f"{row.region.get_provider_display()}, where {row.service} was used. Map the region on the page of the card."
            )
            raise InKindError(msg, code="region_unmapped", field="base_version")
        uses.append(Use(mapping[row.region.pk], row.bytes, row.requests))
    return uses


def _remarks(use: MeteredUse) -> list[str]:
    """Return what the steps say was assumed: days that lack, and bytes that were not told as billable."""
    remarks = [f"Not complete: {lack.service} on {days_text(lack.days)}" for lack in use.lacks]
    if use.aside:
        remarks.append(f"Not counted: use that is kept aside, in {', '.join(use.aside)}")
    for row in use.rows:
        where = f"{row.service} in {row.region}"
        if row.delivered_days:
            days = _days(row.delivered_days)
            remarks.append(f"{where}: delivered bytes, for billable ones are unknown on {days}")
        if row.unknown_days:
            remarks.append(f"{where}: no bytes are known on {_days(row.unknown_days)}")
    return remarks


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
