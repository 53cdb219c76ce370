"""What the database refuses of charges, whoever asks."""

from datetime import date

import pytest

from sponsors.commitments.tests.factories import (
    START,
    charge_of,
    charged,
    colleague,
    credited,
    drafted_commitment,
    general_fund,
    received,
    signed_commitment,
)
from sponsors.commitments.tests.raw import denied

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)


@pytest.fixture
def commitment():
    """Return three years of 60,000 on 1 January, from 2024."""
    return signed_commitment(title="Gold", years=3)


def test_charge_exists_only_by_its_invoice(commitment):
    term = commitment.terms.first()
    denied(
        "a charge is made by the invoice that asks for it",
        "INSERT INTO sponsors_installment (commitment_id, term_id, position, kind, description, fund_id, "
        "due_on, amount, charged_on) VALUES (%s, %s, 9, 'charge', 'Booth', %s, %s, 500, %s)",
        commitment.pk,
        term.pk,
        general_fund().pk,
        TODAY,
        TODAY,
        deferred=True,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("released_on = '2026-02-14'", "only credit notes release a charge"),
        ("description = 'Booth'", "charge_says_what_it_is_for"),
        ("charged_on = '2026-02-14'", "charge_says_what_it_is_for"),
    ],
)
def test_an_installment_of_the_schedule_says_nothing_of_a_charge(change, words):
    draft = drafted_commitment()
    denied(words, f"UPDATE sponsors_installment SET {change} WHERE commitment_id = %s", draft.pk)  # noqa: S608  # written here


def test_charge_is_fixed_and_released_by_credit_notes_alone(commitment):
    charge = charge_of(charged(commitment, 500, on=TODAY))

    for change, words in (
        ("released_on = '2026-02-14'", "only credit notes release a charge"),
        ("amount = 600", "is fixed"),
        ("description = 'Other'", "is fixed"),
        ("kind = 'scheduled', description = '', fund_id = NULL, charged_on = NULL", "is fixed"),
    ):
        denied(words, f"UPDATE sponsors_installment SET {change} WHERE id = %s", charge.pk)  # noqa: S608  # written here
    denied("is fixed", "DELETE FROM sponsors_installment WHERE id = %s", charge.pk)


def test_released_charge_takes_no_money(commitment):
    invoice = charged(commitment, 500, on=START)
    receipt = received(commitment.sponsor, 500, allocate="none")
    credited(invoice)

    denied(
        "no longer due cannot be paid",
        "INSERT INTO sponsors_allocation (receipt_id, installment_id, amount, receipt_amount, booked_on, "
        "allocated_by_id) VALUES (%s, %s, 500, 500, %s, %s)",
        receipt.pk,
        charge_of(invoice).pk,
        START,
        colleague().pk,
    )
