"""Gifts that are used, priced and valued, through the services; one small function a step."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import RateCardVersion, RegionMapping, UsageDay, Valuation, ValuationPolicy
from sponsors.inkind.rules import InKindError
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories

MARCH = date(2024, 3, 1)
TODAY = date(2024, 6, 10)


def treasurer(name: str = "Tia") -> User:
    """Return a colleague in Finance; one of each name."""
    found = User.objects.filter(email=f"{name.lower()}@foundation.example").first()
    return found or make_user(name, Role.FINANCE)


def approver() -> User:
    return treasurer("Avery")


def card(slug: str = "list", rate: str = "0.10", *, currency: str = "USD") -> RateCardVersion:
    """Return a version whose card prices what is metered in the region usa."""
    version = factories.rate_card(slug, rate=rate)
    if currency != "USD":
        type(version.card).objects.filter(pk=version.card_id).update(currency=currency)
    RegionMapping.objects.create(card=version.card, region=factories.region(), card_region="usa")
    version.refresh_from_db()
    return version


def cards() -> tuple[RateCardVersion, RateCardVersion, RateCardVersion]:
    """Return a cheap, a middle and a dear card."""
    return card("low", "0.01"), card("list", "0.10"), card("high", "0.20")


def metered_line(month: date = MARCH, **use: Any) -> CommitmentLine:
    """Return a line whose service was used in the month: by default 10^15 bytes and 10^9 requests."""
    line = factories.gift_line()
    number = line.pk
    service = factories.service(f"files-{number}")
    factories.supplied(service, line)
    factories.month_of_use(service, month, **use)
    return line


def with_policy(line: CommitmentLine, **more: Any) -> CommitmentLine:
    low, base, high = cards()
    services.add_policy(
        actor=treasurer(),
        line=line,
        base_card=base.card,
        low_card=low.card,
        high_card=high.card,
        **more,
    )
    return line


def policy_by_cards(number: int) -> ValuationPolicy:
    """Return the policy of a line of its own, by three cards of its own."""
    cheap, base, dear = (card(f"{slug}-{number}") for slug in ("low", "list", "high"))
    return services.add_policy(
        actor=treasurer(),
        line=factories.gift_line(),
        base_card=base.card,
        low_card=cheap.card,
        high_card=dear.card,
    )


def drafted(line: CommitmentLine | None = None, month: date = MARCH, **more: Any) -> Valuation:
    line = line or with_policy(metered_line(month))
    return services.draft_valuation(actor=treasurer(), line=line, month=month, today=TODAY, **more)


def drafted_gift(
    category: str = "hardware", quantity: Any = 4, unit_value: Any = 250, month: date = MARCH, **more: Any
) -> Valuation:
    return services.draft_other_gift(
        actor=treasurer(),
        line=more.pop("line", None) or factories.gift_line(category=category),
        month=month,
        today=TODAY,
        quantity=Decimal(quantity),
        unit_value=Decimal(unit_value),
        **more,
    )


def submitted(valuation: Valuation | None = None) -> Valuation:
    return services.submit_valuation(actor=treasurer(), valuation=valuation or drafted())


def approved(valuation: Valuation | None = None, *, today: date = TODAY) -> Valuation:
    return services.approve_valuation(actor=approver(), valuation=submitted(valuation), today=today)


def reversed_by(valuation: Valuation) -> Valuation:
    return services.reverse_valuation(
        actor=approver(), valuation=valuation, reason="Wrong card.", today=TODAY
    )


def more_use(line: CommitmentLine, *, size: int = 10**12, month: date = MARCH) -> None:
    """Let a later import have found more bytes on the first day of the month."""
    service = line.supplies.get().service
    day = UsageDay.objects.get(service=service, day=month)
    UsageDay.objects.filter(service=service, day=month).update(billable_bytes=day.billable_bytes + size)


def refused(code, field, work, kind=InKindError):
    """Assert that the work is refused with the code at the field, and writes nothing; return the sentence."""
    before = Valuation.objects.count()
    with pytest.raises(kind) as caught:
        work()
    assert (caught.value.code, caught.value.field) == (code, field)
    assert Valuation.objects.count() == before
    return caught.value.message
