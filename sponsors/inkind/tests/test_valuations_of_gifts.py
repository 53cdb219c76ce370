"""Gifts that no meter counts: quantity times unit value."""

from datetime import date
from decimal import Decimal

import pytest

from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.admin.gift_choice import GiftField
from sponsors.inkind.models import GiftTerms, Valuation
from sponsors.inkind.rules import InKindError
from sponsors.inkind.services import valuations as services
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.supplying import SECOND, replaced
from sponsors.inkind.tests.valuing import (
    drafted,
    drafted_gift,
    metered_line,
    refused,
    treasurer,
    with_policy,
)

pytestmark = pytest.mark.django_db


def test_a_gift_is_valued_by_the_technique_of_its_category():
    valuation = drafted_gift("hardware", 4, 250)
    assert (valuation.value, valuation.statements_value, valuation.tax_value) == (1000, 1000, 1000)
    assert valuation.technique == "Fair market value"
    assert {step.unit for step in valuation.steps.all()} == {"Pieces"}


def test_a_gift_has_a_range_expired_credits_and_the_unit_of_its_terms():
    line = factories.gift_line(category="cloud_credits")
    GiftTerms.objects.create(line=line, unit="hour", per="as_used")
    valuation = drafted_gift(
        line=line,
        quantity=100,
        unit_value=1,
        low_unit_value=Decimal("0.5"),
        high_unit_value=Decimal("1.25"),
        expired=Decimal(900),
        technique="Console of the provider",
    )
    assert (valuation.low_value, valuation.value, valuation.high_value) == (50, 100, 125)
    assert valuation.steps.filter(label__startswith="Expired", quantity=900, amount=0).count() == 3
    assert {step.unit for step in valuation.steps.all()} == {"Hours"}
    again = drafted_gift(line=line, quantity=80, unit_value=1)
    assert (again.pk, again.value, again.steps.count()) == (valuation.pk, 80, 3)


def test_contributed_time_needs_the_services_test():
    line = factories.gift_line(category="staff_time")
    assert drafted_gift(line=line, quantity=10, unit_value=150).statements_value == 0
    tested = drafted_gift(
        line=line, quantity=10, unit_value=150, services_test="An audit we would have bought."
    )
    assert (tested.statements_value, tested.tax_value) == (1500, 0)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("quantity", {"quantity": -1}),
        ("quantity", {"quantity": "0.00001"}),
        ("quantity", {"quantity": 10**20}),
        ("unit_value", {"unit_value": "NaN"}),
        ("expired", {"expired": Decimal(-1)}),
        ("low_unit_value", {"low_unit_value": Decimal(-1)}),
        ("technique", {"technique": "x" * 301}),
        ("low_unit_value", {"low_unit_value": Decimal(251)}),
        ("high_unit_value", {"high_unit_value": Decimal(249)}),
        ("services_test", {"services_test": "x" * 500}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(field, given):
    line = factories.gift_line(category="staff_time")
    with pytest.raises(InKindError) as caught:
        drafted_gift(line=line, **{"quantity": 4, "unit_value": 250, **given})
    assert caught.value.field == field
    assert not Valuation.objects.exists()


def test_a_draft_of_the_other_way_is_discarded_first():
    line = with_policy(metered_line())
    first = drafted(line)
    refused("other_method", "month", lambda: drafted_gift(line=line))
    services.discard_valuation(actor=treasurer(), valuation=first)
    drafted_gift(line=line)
    refused("other_method", "month", lambda: drafted(line))


def test_a_month_is_valued_under_the_line_that_stood_in_it():
    line = factories.gift_line()
    new = replaced(line)

    def draft(of, month):
        return services.draft_other_gift(
            actor=treasurer(),
            line=of,
            month=month,
            today=date(2025, 3, 10),
            quantity=Decimal(1),
            unit_value=Decimal(1),
        )

    december, january = date(2024, 12, 1), SECOND
    assert draft(CommitmentLine(pk=line.pk), december).line == line
    assert draft(new, january).line == new
    told = refused("line_is_removed", "line", lambda: draft(line, january))
    assert "An amendment took" in told
    refused("line_not_there_yet", "line", lambda: draft(new, december))
    field = GiftField()
    labels = [
        field.label_from_instance(each) for each in CommitmentLine.versions.filter(pk__in=[line.pk, new.pk])
    ]
    assert sorted(label.endswith(", to 2024-12-31") for label in labels) == [False, True]
    assert field.queryset is not None
    assert {line, new} <= set(field.queryset)
