"""Reading the European Central Bank's file."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money.reference_rates import Rate, RatesNotAccepted, read_reference_rates

TODAY = date(2026, 3, 2)
FILE = "Date,USD,JPY,CYP,\n2026-02-27,1.0812,162.55,N/A,\n2026-02-26,1.0791,161.9,N/A,\n"


def test_every_rate_is_read_and_holes_are_left_out():
    assert read_reference_rates(FILE, today=TODAY) == [
        Rate(date(2026, 2, 27), "USD", Decimal("1.0812")),
        Rate(date(2026, 2, 27), "JPY", Decimal("162.55")),
        Rate(date(2026, 2, 26), "USD", Decimal("1.0791")),
        Rate(date(2026, 2, 26), "JPY", Decimal("161.9")),
    ]


def test_byte_order_mark_spaces_and_empty_lines_do_not_matter():
    assert read_reference_rates("\ufeffDate, USD\n\n2026-02-27, 1.0812\n", today=TODAY) == [
        Rate(date(2026, 2, 27), "USD", Decimal("1.0812"))
    ]


def test_lines_may_end_as_on_any_machine():
    rates = [Rate(date(2026, 2, 27), "USD", Decimal("1.0812"))]
    for end in ("\r\n", "\r", "\n"):
        assert read_reference_rates(f"Date,USD{end}2026-02-27,1.0812{end}", today=TODAY) == rates


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("Day,USD\n2026-02-27,1\n", "Line 1 must name the columns"),
        ("Date,\n2026-02-27,\n", "Line 1 must name the columns"),
        ("Date,usd\n2026-02-27,1\n", "“usd”"),
        ("Date,USD,USD\n2026-02-27,1,1\n", "once each"),
        ("Date,EUR\n2026-02-27,1\n", "“EUR”"),
        ("Date,USD\n", "holds no rate"),
        ("Date,USD\n2026-02-27,N/A\n", "holds no rate"),
        ("Date,USD\n27.02.2026,1\n", "Line 2 begins with “27.02.2026”"),
        ("Date,USD\n2026-03-03,1\n", "Line 2 is dated 2026-03-03"),
        ("Date,USD\n1998-12-31,1\n", "Line 2 is dated 1998-12-31"),
        ("Date,USD\n2026-02-27,1\n2026-02-27,1\n", "Line 3 gives 2026-02-27 again, after line 2"),
        ("Date,USD,JPY\n2026-02-27,1.08\n", "the file ends early"),
        ("Date,USD\n2026-02-27,1.08,3\n", "more values"),
        ("Date,USD\n2026-02-27,0\n", "Line 2 gives “0” for USD"),
        ("Date,USD\n2026-02-27,0.0\n", "above zero"),
        ("Date,USD\n2026-02-27,-1.08\n", "above zero"),
        ("Date,USD\n2026-02-27,NaN\n", "above zero"),
        ("Date,USD\n2026-02-27,1e3\n", "above zero"),
        ("Date,USD\n2026-02-27,1_0\n", "above zero"),
        ("Date,USD\n2026-02-27,one\n", "above zero"),
        ("Date,USD\n2026-02-27,99999999999\n", "above zero"),
        ("<Cube>" * 30_000, "Line 1 is no line of a CSV file"),
        ('Date,USD\n2026-02-27,"1.08' + "\n1" * 100_000, "is no line of a CSV file"),
    ],
)
def test_whatever_is_wrong_is_named_with_its_line(text, sentence):
    with pytest.raises(RatesNotAccepted) as refused:
        read_reference_rates(text, today=TODAY)
    assert sentence in refused.value.message
    assert refused.value.field == "file"


_DAYS = st.dates(min_value=date(1999, 1, 1), max_value=TODAY)
_RATES = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(1_000_000), places=6)


@given(st.dictionaries(_DAYS, st.lists(st.none() | _RATES, min_size=3, max_size=3), max_size=20))
def test_what_is_written_is_read(table):
    text = "Date,USD,JPY,CHF,\n" + "".join(
        f"{day}," + "".join(f"{'N/A' if value is None else f'{value:f}'}," for value in values) + "\n"
        for day, values in table.items()
    )
    expected = [
        Rate(day, code, value)
        for day, values in table.items()
        for code, value in zip(("USD", "JPY", "CHF"), values, strict=True)
        if value is not None
    ]
    if expected:
        assert read_reference_rates(text, today=TODAY) == expected
    else:
        with pytest.raises(RatesNotAccepted, match="holds no rate"):
            read_reference_rates(text, today=TODAY)
