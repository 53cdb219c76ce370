"""What was promised and what came, month by month, from any unit."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import Supply
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.selectors.delivered import promised_and_delivered
from sponsors.inkind.selectors.traffic import Step
from sponsors.inkind.selectors.value import gifts_of
from sponsors.inkind.services import supplies
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import SECOND, replaced, valued

pytestmark = pytest.mark.django_db
TODAY = date(2025, 3, 15)


def shown(line, today=TODAY):
    lines = CommitmentLine.versions.select_related("commitment", "added_by", "removed_by")
    return promised_and_delivered(lines.get(pk=line.pk), today)


def test_a_metered_gift_is_read_from_use():
    line = factories.gift_line()
    factories.gift_terms(line)
    service = factories.service()
    factories.supplied(service, line)
    for month in (date(2024, 12, 1), date(2025, 1, 1)):
        factories.month_of_use(service, month, billable_bytes=66 * 10**15, requests=10**11)
    found = shown(line)
    assert len(found.months) == 15
    december = found.months[11]
    assert (december.quantity, december.year, december.used.requests) == (66_000, 1, 10**11)
    assert (december.promise_share, december.ceiling_share) == (Decimal("1.1"), Decimal(66) / 70)
    assert found.months[0].quantity is found.months[0].promise_share is None
    first, second = found.years
    assert (first.promised, first.quantity, second.promised, second.quantity) == (
        720_000,
        66_000,
        180_000,
        66_000,
    )
    assert (first.used.bytes, first.worth.value, found.is_metered) == (66 * 10**15, None, True)


def test_use_counts_on_the_days_of_the_supply_only():
    line = factories.gift_line()
    factories.gift_terms(line, unit=GiftUnit.REQUEST, per=Per.YEAR, quantity=1000, ceiling=None)
    service = factories.service()
    supply = factories.supplied(service, line, starts_on=date(2024, 1, 31))
    Supply.objects.filter(pk=supply.pk).update(ends_before=date(2024, 3, 3))
    for month in (date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)):
        factories.month_of_use(service, month, requests=31 * 29 * 100)
    found = shown(line, date(2024, 4, 1))
    assert [row.quantity for row in found.months] == [29 * 100, 31 * 29 * 100, 2 * 29 * 100, None]
    assert found.months[2].promise_share == Decimal(29 * 100 + 31 * 29 * 100 + 2 * 29 * 100) / 1000


def test_other_gifts_are_read_from_approved_valuations():
    line = factories.gift_line(category="staff_time")
    factories.gift_terms(line, unit=GiftUnit.HOUR, per=Per.WHOLE, quantity=10, ceiling=None)
    valued(line, date(2024, 2, 1))
    valued(line, date(2024, 3, 1))
    found = shown(line)
    assert [row.quantity for row in found.months[:4]] == [None, 1, 1, None]
    assert found.months[2].promise_share == Decimal("0.2")
    assert (found.months[1].worth.list_value, found.years[0].worth.value) == (100, 200)
    assert (found.is_metered, found.years[0].promised) == (False, None)


def test_without_terms_use_and_value_are_shown_all_the_same():
    line = factories.gift_line()
    service = factories.service()
    factories.supplied(service, line)
    factories.month_of_use(service, date(2024, 1, 1))
    found = shown(line)
    assert (found.terms, found.months[0].used.bytes, found.months[0].quantity) == (None, 10**15, None)
    assert found.years[0].promised is None
    assert not found.is_metered


def test_a_replaced_line_ends_where_the_new_one_begins():
    line = factories.gift_line()
    new = replaced(line)
    assert [row.month for row in shown(line).months][-1] == date(2024, 12, 1)
    assert [row.month for row in shown(new).months] == [SECOND, date(2025, 2, 1), date(2025, 3, 1)]
    assert shown(line, date(2023, 1, 1)).months == []


@pytest.mark.parametrize(("per", "step"), [(Per.MONTH, Step.MONTH), (Per.YEAR, Step.YEAR)])
def test_gifts_that_follow_each_other_are_not_promised_together(infrastructure, per, step):
    line = factories.gift_line()
    factories.gift_terms(line, per=per)
    supply = factories.supplied(factories.service(), line)
    new = replaced(line)
    supplies.put_under_line(actor=infrastructure, supply=supply, line=new, starts_on=date(2025, 1, 15))

    def promised(on):
        gifts = gifts_of(Supply.objects.all(), date(2024, 1, 1), date(2026, 1, 1))
        found = [gift.promised(GiftUnit.TERABYTE, step, on) for gift in gifts]
        return sorted(quantity for quantity, _ceiling in found if quantity is not None)

    assert promised(date(2024, 1, 1)) == [60_000]
    assert promised(SECOND) == [60_000]


def test_the_page_costs_the_same_however_much_is_used():
    line = factories.gift_line()
    factories.gift_terms(line)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            shown(line)
        return len(queries)

    factories.supplied(factories.service(), line, starts_on=date(2024, 1, 10))
    few = cost()
    for number in range(9):
        service = factories.service(f"more-{number}")
        factories.supplied(service, line, starts_on=date(2024, 1, 10) + timedelta(days=number))
        factories.month_of_use(service, date(2024, 2, 1))
    assert cost() == few <= 8
