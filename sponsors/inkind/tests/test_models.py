"""What the database refuses by itself, whichever path a write takes."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.inkind.models import RateTier, Supply, UsageRecord, Valuation
from sponsors.inkind.rules import Method, ValuationState
from sponsors.inkind.tests import factories

pytestmark = pytest.mark.django_db


def refused(write, expected=IntegrityError):
    with pytest.raises(expected), transaction.atomic():
        write()


def approved_valuation() -> Valuation:
    return Valuation.objects.create(
        line=factories.gift_line(),
        month=date(2024, 3, 1),
        method=Method.METERED,
        state=ValuationState.APPROVED,
        currency="USD",
        base_version=factories.rate_card(),
        list_value=100,
        discount=10,
        value=90,
        low_value=50,
        high_value=90,
        statements_value=90,
        tax_value=0,
        booked_on=date(2024, 3, 31),
        submitted_by=make_user("Ira", Role.INFRASTRUCTURE),
        approved_by=make_user("Fay", Role.FINANCE),
        approved_on=date(2024, 4, 3),
    )


def test_a_service_has_one_supplier_a_day():
    service, line = factories.service(), factories.gift_line()
    first = factories.supplied(service, line)
    refused(lambda: factories.supplied(service, line, starts_on=date(2025, 1, 1)))
    first.ends_before = date(2025, 1, 1)
    first.save(update_fields=["ends_before"])
    assert factories.supplied(service, line, starts_on=date(2025, 1, 1)).pk
    assert factories.supplied(factories.service("mirror"), line).pk
    assert Supply.objects.filter(service=service).on(date(2024, 12, 31)).get() == first
    assert str(first) == f"Files by {line.commitment.sponsor}"


def test_two_versions_of_a_card_never_overlap():
    version = factories.rate_card()
    version.valid_before = date(2024, 1, 1)
    version.save(update_fields=["valid_before"])
    version.pk, version.number, version.valid_from, version.valid_before = None, 2, date(2023, 12, 31), None
    refused(lambda: version.save(force_insert=True))
    version.pk, version.valid_from = None, date(2024, 1, 1)
    version.save(force_insert=True)
    assert version.card.versions.valid_on(date(2023, 12, 31)).get().number == 1
    assert version.card.versions.valid_on(date(2024, 1, 1)).get().number == 2


def test_prices_of_a_version_do_not_change():
    version = factories.rate_card()
    refused(lambda: RateTier.objects.update(rate=1), ProgrammingError)
    version.gigabyte = 2**30
    refused(lambda: version.save(update_fields=["gigabyte"]), ProgrammingError)


def test_an_approved_valuation_does_not_change():
    valuation = approved_valuation()
    refused(lambda: Valuation.objects.update(low_value=1))
    refused(lambda: Valuation.objects.filter(pk=valuation.pk)._raw_delete("default"))
    refused(lambda: Valuation.objects.update(state=ValuationState.DRAFT))
    Valuation.objects.update(state=ValuationState.REVERSED)
    refused(lambda: Valuation.objects.update(state=ValuationState.APPROVED))


def test_a_month_of_a_line_is_valued_once():
    valuation = approved_valuation()
    valuation.pk = None
    refused(lambda: valuation.save(force_insert=True))


def test_nobody_approves_what_they_submitted():
    valuation = approved_valuation()
    valuation.pk, valuation.month = None, date(2024, 4, 1)
    valuation.approved_by = valuation.submitted_by
    refused(lambda: valuation.save(force_insert=True))


def test_buckets_lie_in_partitions_by_month():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partstrat FROM pg_partitioned_table WHERE partrelid = 'sponsors_usagerecord'::regclass"
        )
        assert cursor.fetchone() == ("r",)
    assert not UsageRecord.objects.filter(starts_at__date=date(2024, 1, 1) + timedelta(days=1)).exists()
