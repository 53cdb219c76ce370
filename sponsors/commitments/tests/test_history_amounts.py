"""The history says every amount with its currency."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db.models import JSONField

from foundation.audit.history import history_page
from foundation.audit.units import HasUnit
from foundation.money.rules import currency_codes
from foundation.money.services import import_reference_rates
from sponsors.commitments.services import revise_draft
from sponsors.commitments.tests.amending import cash_of, due, proposed_amendment
from sponsors.commitments.tests.factories import (
    cash_line,
    colleague,
    drafted_commitment,
    received,
    signed_commitment,
    yearly,
)

pytestmark = pytest.mark.django_db


def told(record, *children):
    """Return the (label, old, new) of every field that the record's history tells."""
    entries, _page = history_page(record, children=children)
    return [
        (field.label, field.old, field.new)
        for entry in entries
        for change in entry.changes
        for field in change.fields
    ]


OF_THE_BOOKS = {"sponsors.RenewalSettings", "sponsors.ScoringPolicy"}


def test_every_amount_leads_to_its_currency():
    amounts = [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, HasUnit) and not hasattr(model, "pgh_tracked_model")
    ]
    assert len(amounts) > 15
    # Amounts in the books' own currency, which no row holds.
    assert {model._meta.label for model, field in amounts if not field.unit_path} == OF_THE_BOOKS
    for model, field in amounts:
        if not field.unit_path:
            continue
        *relations, name = field.unit_path.split("__")
        owner: Any = model
        for relation in relations:
            owner = owner._meta.get_field(relation).related_model
        codes = {code for code, _text in owner._meta.get_field(name).flatchoices}
        assert codes == set(currency_codes()), f"{model.__name__}.{field.name}"


def test_each_amount_of_a_receipt_is_in_its_own_currency():
    rates = b"Date,USD\n2026-02-10,1.10\n"
    import_reference_rates(actor=None, file_name="r.csv", content=rates, today=date(2026, 2, 14))
    commitment = signed_commitment(years=2, yearly_amount=30_000)
    receipt = received(
        commitment.sponsor, 10_000, currency="EUR", on=date(2026, 2, 10), commitment=commitment
    )
    fields = told(receipt, "allocations")
    assert ("Amount", "—", "EUR 10,000.00") in fields
    assert ("Amount", "—", "USD 11,000.00") in fields
    assert ("Receipt amount", "—", "EUR 10,000.00") in fields
    assert ("Realized difference", "—", "USD 0.00") in fields
    # A rate is no amount.
    assert ("Rate", "—", "1.1") in fields


@pytest.mark.django_db(transaction=True)
def test_what_a_draft_promised_stays_in_the_currency_it_had_then():
    commitment = drafted_commitment(years=2, yearly_amount=1000)
    revise_draft(
        actor=colleague(),
        commitment=commitment,
        currency="JPY",
        lines=[cash_line(Decimal(9000))],
        schedule=yearly(),
    )
    amounts = [field for field in told(commitment, "lines", "installments") if field[0] == "Amount"]
    assert ("Amount", "—", "USD 2,000.00") in amounts
    assert ("Amount", "USD 2,000.00", "JPY 9,000") in amounts
    assert all(text.startswith(("USD", "JPY", "—")) for _label, *texts in amounts for text in texts)


def test_what_an_amendment_keeps_for_programs_is_not_shown():
    commitment = signed_commitment(years=5, yearly_amount=1000)
    amendment = proposed_amendment(commitment, **cash_of([due(2027, 1000), due(2028, 2000)]))
    assert isinstance(type(amendment)._meta.get_field("change"), JSONField)
    labels = {label for label, _old, _new in told(amendment)}
    assert "Reason" in labels
    assert "Change" not in labels
