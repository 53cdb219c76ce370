"""Amounts as people type them."""

from decimal import Decimal

import pytest
from django import forms

from foundation.audit.forms import AmountField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1234.50", "1234.50"),
        (" 1,234.56 ", "1234.56"),
        ("1,234,567", "1234567"),
        ("1 234 567.8", "1234567.8"),
        ("12\u202f345", "12345"),
        ("1'234.5", "1234.5"),
        ("-1,234.56", "-1234.56"),
        (".5", "0.5"),
    ],
)
def test_separators_that_nobody_reads_otherwise_are_taken(typed, amount):
    assert AmountField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed", ["1,234", "1.234,56", "1,23", "12,34.5", "1e5", "NaN", "1 23", ".", "abc", "1,234 567.0"]
)
def test_what_could_be_two_amounts_is_refused(typed):
    with pytest.raises(
        forms.ValidationError, match=r"Write the amount in digits with a dot, such as 1234\.50\."
    ):
        AmountField().clean(typed)


def test_nothing_is_no_amount():
    assert AmountField(required=False).clean("") is None
