"""Gifts on which much hangs already, and refusals, for tests."""

from datetime import date

import pytest

from foundation.errors import RuleViolation
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.tests.amending import amended
from sponsors.commitments.tests.factories import colleague, in_kind_line, second_colleague
from sponsors.inkind.models import Valuation
from sponsors.inkind.rules import Method, ValuationState

SECOND = date(2025, 1, 1)


def refused(call, code, field, **given):
    with pytest.raises(RuleViolation) as caught:
        call(**given)
    assert (caught.value.code, caught.value.field) == (code, field)
    return caught.value.message


def valued(line, month):
    """Return an approved valuation of the month, as a plain row."""
    return Valuation.objects.create(
        line=line,
        month=month,
        method=Method.QUANTITY,
        state=ValuationState.APPROVED,
        currency="USD",
        quantity=1,
        unit_value=100,
        technique="List price",
        list_value=100,
        discount=0,
        value=100,
        low_value=100,
        high_value=100,
        statements_value=100,
        tax_value=0,
        booked_on=month,
        submitted_by=colleague(),
        approved_by=second_colleague(),
        approved_on=month,
    )


def replaced(line):
    """Let an amendment put another line in the place of this one from 2025 on, and return it."""
    amended(line.commitment, effective_on=SECOND, lines=[in_kind_line(12_000_000)])
    return CommitmentLine.objects.get(commitment=line.commitment)
