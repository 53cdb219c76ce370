"""Rate cards: lists of prices in versions, and which of their regions prices what was metered where.

Whoever writes anything of a card holds its row, so that two versions added at once meet there.
"""

from datetime import date, timedelta
from decimal import Decimal

from foundation.audit.actions import action
from foundation.money.rules import AmountNotExact, currency_codes, in_currency
from foundation.people.models import User
from sponsors.commitments.rules import LARGEST_AMOUNT
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH
from sponsors.inkind.models import RateCard, RateCardVersion, RateTier, Region, RegionMapping
from sponsors.inkind.rules import (
    LONGEST_REGION,
    Confidence,
    Gigabyte,
    InKindError,
    Metric,
    Provider,
    check_tiers,
)
from sponsors.inkind.rules.tiers import Tiers
from sponsors.inkind.rules.versions import Span, check_end, version_that_ends
from sponsors.inkind.services.texts import check_choice, optional_text, required_slug, required_text

LONGEST_NOTES = 5000
LARGEST_UNIT = 10**9
LARGEST_FREE = 10**18
_FREE_DECIMALS = 4


@action("ratecard.add")
def add_card(*, actor: User, name: str, slug: str, provider: str, currency: str) -> RateCard:
    """Add a card without prices yet. Its slug names it in the API, and stays. Raises InKindError."""
    name, slug = _name(name), required_slug(slug)
    check_choice(provider, Provider.values, "provider")
    if currency not in currency_codes():
        msg = "The currency is not an ISO 4217 code. Choose one such as USD or EUR."
        raise InKindError(msg, code="unknown_currency", field="currency")
    _refuse_taken(name=name)
    _refuse_taken(slug=slug)
    card = RateCard.objects.create(name=name, slug=slug, provider=provider, currency=currency)
    card.refresh_from_db()
    return card


@action("ratecard.change")
def change_card(*, actor: User, card: RateCard, name: str) -> RateCard:
    """Call the card something else. What it is of and in which currency stays. Raises InKindError."""
    locked, name = _lock(card), _name(name)
    if name != locked.name:
        _refuse_taken(name=name)
        locked.name = name
        locked.save(update_fields=["name"])
        locked.refresh_from_db()
    return locked


@action("ratecard.add_version")
def add_version(
    *,
    actor: User,
    card: RateCard,
    valid_from: date,
    gigabyte: int,
    request_unit: int,
    source: str,
    as_of: str,
    confidence: str,
    bandwidth: Tiers,
    requests: Tiers,
    valid_until: date | None = None,
    monthly_minimum: Decimal = Decimal(0),
    free_gigabytes: Decimal = Decimal(0),
    free_requests: int = 0,
    notes: str = "",
) -> RateCardVersion:
    """Add the prices that hold from a day on; the version that held until then ends the day before.

    Between two versions there may be days without prices. Raises InKindError naming the field.
    """
    locked = _lock(card)
    _check_reach(valid_from, "valid_from")
    _check_units(gigabyte, request_unit, free_gigabytes, free_requests)
    check_choice(confidence, Confidence.values, "confidence")
    check_tiers(bandwidth, requests)
    for region in bandwidth:
        required_text(region, "name of a region", "tiers", longest=LONGEST_REGION)
    spans = _spans(locked)
    before = _day_after(valid_until)
    ends = version_that_ends(spans, valid_from, before)
    if ends is not None:
        # At once, for no two versions may hold on one day at any moment.
        ended = locked.versions.get(number=ends.number)
        ended.valid_before = valid_from
        ended.save(update_fields=["valid_before"])
    version = RateCardVersion.objects.create(
        card=locked,
        number=max((span.number for span in spans), default=0) + 1,
        valid_from=valid_from,
        valid_before=before,
        gigabyte=gigabyte,
        request_unit=request_unit,
        monthly_minimum=_minimum(monthly_minimum, locked.currency),
        free_gigabytes=free_gigabytes,
        free_requests=free_requests,
        source=required_text(source, "source", "source", longest=300),
        as_of=required_text(as_of, "time of the source", "as_of", longest=100),
        confidence=confidence,
        notes=optional_text(notes, "note", "notes", longest=LONGEST_NOTES),
    )
    RateTier.objects.bulk_create(
        RateTier(
            version=version,
            metric=metric,
            region=region,
            position=position,
            up_to=tier.up_to,
            rate=tier.rate,
            is_published=tier.is_published,
        )
        for metric, tiers in ((Metric.BANDWIDTH, bandwidth), (Metric.REQUESTS, requests))
        for region, slabs in tiers.items()
        for position, tier in enumerate(slabs, start=1)
    )
    version.refresh_from_db()
    return version


@action("ratecard.end_version")
def end_version(*, actor: User, version: RateCardVersion, valid_until: date) -> RateCardVersion:
    """Let the version hold up to and including a day, earlier or later than it did; the same again changes nothing.

    What was valued by it stays as it is. Raises InKindError.
    """
    card = _lock(version.card)
    locked = card.versions.get(pk=version.pk)
    before = _day_after(valid_until)
    assert before is not None  # a day was given
    spans = _spans(card)
    check_end(spans, next(span for span in spans if span.number == locked.number), before)
    if locked.valid_before != before:
        locked.valid_before = before
        locked.save(update_fields=["valid_before"])
        locked.refresh_from_db()
    return locked


@action("ratecard.map_region")
def map_region(*, actor: User, card: RateCard, region: Region, card_region: str) -> RegionMapping:
    """Let a region of the card price what a provider metered in one of its regions, from now on.

    What was valued stays as it is. Raises InKindError for a region that no version of the card prices.
    """
    locked = _lock(card)
    known = list(
        RateTier.objects.filter(version__card=locked)
        .order_by("region")
        .values_list("region", flat=True)
        .distinct()
    )
    if card_region not in known:
        fix = (
            f"Choose one of {', '.join(f'“{name}”' for name in known)}." if known else "Add a version first."
        )
        msg = f"{locked} has no prices for the region “{card_region[:80]}”. {fix}"
        raise InKindError(msg, code="region_without_prices", field="card_region")
    mapping, _created = RegionMapping.objects.update_or_create(
        card=locked, region=region, defaults={"card_region": card_region}
    )
    mapping.refresh_from_db()
    return mapping


def _lock(card: RateCard) -> RateCard:
    return RateCard.objects.select_for_update(no_key=True).get(pk=card.pk)


def _spans(card: RateCard) -> list[Span]:
    rows = card.versions.order_by("number").values_list("number", "valid_from", "valid_before")
    return [Span(*row) for row in rows]


def _name(name: str) -> str:
    return required_text(name, "name", "name", longest=100)


def _refuse_taken(**what: str) -> None:
    if RateCard.objects.filter(**what).exists():
        (field,) = what
        msg = f"There is a rate card with this {field} already. Choose another."
        raise InKindError(msg, code="rate_card_exists", field=field)


def _day_after(last: date | None) -> date | None:
    if last is None:
        return None
    _check_reach(last, "valid_until")
    return last + timedelta(days=1)


def _check_reach(day: date, field: str) -> None:
    if not EARLIEST_DAY <= day < LATEST_DAY:
        raise InKindError(OUT_OF_REACH, code="date_out_of_reach", field=field)


def _check_units(gigabyte: int, request_unit: int, free_gigabytes: Decimal, free_requests: int) -> None:
    check_choice(gigabyte, Gigabyte.values, "gigabyte")
    if not 1 <= request_unit <= LARGEST_UNIT:
        msg = f"A unit has from 1 to {LARGEST_UNIT:,} requests. Correct it."
        raise InKindError(msg, code="unit_out_of_reach", field="request_unit")
    for field, free, decimals in (
        ("free_gigabytes", free_gigabytes, _FREE_DECIMALS),
        ("free_requests", Decimal(free_requests), 0),
    ):
        if not 0 <= free < LARGEST_FREE or free != round(free, decimals):
            msg = f"What is free is from 0 to below {LARGEST_FREE:,}, with at most {decimals} decimals. Correct it."
            raise InKindError(msg, code="free_out_of_reach", field=field)


def _minimum(amount: Decimal, currency: str) -> Decimal:
    try:
        exact = in_currency(amount, currency)
    except AmountNotExact as error:
        raise InKindError(error.message, code=error.code, field="monthly_minimum") from None
    if not 0 <= exact < LARGEST_AMOUNT:
        msg = f"The monthly minimum is from 0 to below {LARGEST_AMOUNT:,}. Correct it."
        raise InKindError(msg, code="amount_out_of_reach", field="monthly_minimum")
    return exact
