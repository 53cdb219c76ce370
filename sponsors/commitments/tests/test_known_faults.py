"""Faults that systems of this kind are known for: each is told as it happened there, and must not happen here."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from foundation.books.models import Organization
from sponsors.commitments.models import Installment, WriteOff
from sponsors.commitments.rules import InstallmentState
from sponsors.commitments.selectors import money_by_year
from sponsors.commitments.services import recover_write_off, reverse_receipt, revise_draft
from sponsors.commitments.tests.amending import amended, cash_of, due, schedule
from sponsors.commitments.tests.factories import (
    START,
    cash_line,
    colleague,
    drafted_commitment,
    received,
    signed_commitment,
    written_off,
    yearly,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)


def test_saving_a_commitment_again_does_not_double_its_installments():
    draft = drafted_commitment(years=3)
    before = schedule(draft)
    for _ in range(2):
        revise_draft(actor=colleague(), commitment=draft, lines=[cash_line(180_000)], schedule=yearly())
    assert schedule(draft) == before
    assert Installment.versions.filter(commitment=draft).count() == 3


def test_changing_what_is_promised_neither_doubles_nor_replaces_the_other_installments():
    commitment = signed_commitment(years=3)
    first, second, third = commitment.installments.order_by("position")
    parts = [due(2024, 60_000), due(2025, 60_000), due(2026, 90_000)]
    amended(commitment, today=date(2025, 6, 1), **cash_of(parts))

    assert schedule(commitment) == parts
    standing = set(Installment.objects.filter(commitment=commitment).values_list("pk", flat=True))
    assert standing > {first.pk, second.pk}
    assert third.pk not in standing


def test_a_payment_that_is_taken_back_leaves_the_installment_due_on_its_day():
    commitment = signed_commitment(years=1)
    (installment,) = commitment.installments.all()
    receipt = received(commitment.sponsor, 60_000, on=START)
    reverse_receipt(actor=colleague(), receipt=receipt, reason="The bank took it back.", today=TODAY)

    after = Installment.objects.with_state(TODAY).get()
    assert (after.pk, after.due_on, after.amount, after.paid) == (installment.pk, START, 60_000, 0)
    assert after.state == InstallmentState.OVERDUE


def test_a_write_off_leaves_the_earlier_ones_as_they_were():
    commitment = signed_commitment(years=1)
    installment = commitment.installments.select_related("commitment").get()
    earlier = written_off(installment, 10_000)
    kept = WriteOff.objects.filter(pk=earlier.pk).values().get()
    later = written_off(Installment.objects.select_related("commitment").get(), 5_000)
    recover_write_off(
        actor=colleague(), write_off=later, amount=Decimal(5_000), reason="It came.", today=TODAY
    )

    assert WriteOff.objects.filter(pk=earlier.pk).values().get() == kept
    assert Installment.objects.get().written_off == 10_000


@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_money_counts_in_the_fiscal_year_of_its_day_and_in_no_other(month):
    Organization.objects.update_or_create(pk=1, defaults={"name": "Owl", "fiscal_year_start_month": month})
    sponsor = signed_commitment(years=1).sponsor
    begins = date(2025, month, 1)
    received(sponsor, 10, on=begins - timedelta(days=1), allocate="none")
    received(sponsor, 200, on=begins, allocate="none")

    found = {
        shown.year.starts_on: figure.amount
        for shown in money_by_year(TODAY).years
        for line in shown.lines
        for name, figure in line.figures.items()
        if name == "received" and figure.amount
    }
    assert found == {begins.replace(year=2024): 10, begins: 200}
