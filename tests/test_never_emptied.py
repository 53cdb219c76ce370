"""TRUNCATE sees no row, so no trigger for rows sees it: tables of facts refuse it whole."""

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from foundation.books.models import Closing, NumberSequence
from foundation.money.models import ExchangeRate
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    ConditionProgress,
    CreditNote,
    Installment,
    Invoice,
    InvoiceLine,
    Receipt,
    WriteOff,
)
from sponsors.directory.models import Sponsor
from sponsors.inkind.models import Valuation

pytestmark = pytest.mark.django_db
KEPT = [
    Allocation,
    Amendment,
    Closing,
    Commitment,
    ConditionProgress,
    CreditNote,
    ExchangeRate,
    Invoice,
    InvoiceLine,
    NumberSequence,
    Receipt,
    Valuation,
    WriteOff,
]
# What these are referred to by is kept, and goes with them or not at all.
REFERRED_TO = [Installment, Sponsor, apps.get_model("foundation", "User")]


def name_of(model):
    return model._meta.db_table


@pytest.mark.parametrize("model", [*KEPT, *REFERRED_TO], ids=name_of)
def test_no_table_of_facts_is_emptied(model):
    with (
        pytest.raises(DatabaseError, match="is never emptied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"TRUNCATE {name_of(model)} CASCADE")


def test_every_table_that_the_books_hold_is_among_them():
    held = {
        model
        for model, trigger in pgtrigger.registered()
        if trigger.name == "fixed_when_closed" or str(trigger.name).endswith("_is_in_open_books")
    }
    assert held <= set(KEPT)
    never_emptied = {model for model, trigger in pgtrigger.registered() if trigger.name == "never_emptied"}
    assert never_emptied == set(KEPT)
