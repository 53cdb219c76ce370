from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sponsors.banking.rules import (
    DateFormat,
    Decimals,
    Entry,
    Layout,
    StatementRefused,
    fingerprints,
    is_ofx,
    read_csv,
    read_ofx,
)
from sponsors.banking.rules import csv_files as csv_rules
from sponsors.banking.rules import ofx as ofx_rules
from sponsors.banking.tests.factories import LAYOUT, csv_statement, ofx, ofx_line, row

PLAIN = Layout(date_column="Day", amount_column="Sum")


def refusal(content, layout=PLAIN):
    with pytest.raises(StatementRefused) as caught:
        read_csv(content, layout)
    assert caught.value.field == "file"
    return caught.value.code, caught.value.message


def test_a_file_is_read_by_the_columns_of_its_account():
    content = csv_statement(
        row("1,250.00", Payer=" Acme\tInc. ", Reference="C-2024-0001", Text="For the index", Id="N1"),
        row("-3.10", Date="2024-02-02", Id="N2"),
        row("0.00", Text="Balance"),
    )
    assert read_csv(content, LAYOUT) == [
        Entry(2, date(2024, 2, 1), Decimal(1250), "Acme Inc.", "For the index", "C-2024-0001", "N1"),
        Entry(3, date(2024, 2, 2), Decimal("-3.10"), bank_id="N2"),
    ]
    assert len(read_csv(content, LAYOUT, most=1)) == 1


def test_columns_of_money_out_and_in_lines_above_and_another_language():
    layout = Layout(
        date_column="Datum",
        debit_column="Soll",
        credit_column="Haben",
        date_format=DateFormat.DOTS,
        decimals=Decimals.COMMA,
        delimiter=";",
        encoding="cp1252",
        skip_lines=2,
    )
    content = "Kontoauszug für 2024\n\n datum ;Soll;HABEN\n31.01.2024;12,50;\n01.02.2024;;1.234,56\n02.02.2024;-1;\n"
    found = read_csv(content.encode("cp1252"), layout)
    assert [(entry.line, entry.amount) for entry in found] == [
        (4, Decimal("-12.50")),
        (5, Decimal("1234.56")),
        (6, Decimal(-1)),
    ]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1", "1"),
        ("+1.50", "1.5"),
        ("1 000.00", "1000"),
        ("1'000", "1000"),
        ("5.00-", "-5"),
        ("1,000,000", "1000000"),
    ],
)
def test_amounts_are_read_as_banks_write_them(text, amount):
    (entry,) = read_csv(f'Day,Sum\n2024-01-01,"{text}"\n'.encode(), PLAIN)
    assert entry.amount == Decimal(amount)


@given(
    st.decimals(min_value=-(10**9), max_value=10**9, places=2).filter(bool), st.sampled_from(Decimals.values)
)
def test_any_amount_comes_back_as_it_was_written(amount, sign):
    text = f"{amount:,.2f}"
    if sign == Decimals.COMMA:
        text = text.translate({ord(","): ".", ord("."): ","})
    (entry,) = read_csv(f'Day,Sum\n2024-01-01,"{text}"\n'.encode(), replace(PLAIN, decimals=sign))
    assert entry.amount == amount


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "file_empty", "The file is empty."),
        (b"Day,Total\n", "column_unknown", "Line 1 names no column “Sum”. It names: Day, Total."),
        (
            b"Day,Sum\n2024-01-01,1\n2024-01-02\n",
            "line_too_short",
            "Line 3 has 1 of 2 cells: the file ends early",
        ),
        (
            b"Day,Sum\n2024-01-01,1500.00\n2024-01-02,15",
            "line_cut_off",
            "Line 3, the last, ends without a line end, so its amount may be cut off.",
        ),
        (b'Day,Sum\n2024-01-01,"1\n', "not_csv", "Line 2 cannot be read: a quotation mark is not closed."),
        (b"Day,Sum\n2024-01-01,\xff\n", "wrong_encoding", "The file is not written in UTF-8."),
        (b"Day,Sum\n2024-01-01,\x00\n", "not_csv", "The file holds binary data"),
        (b"Day,Sum\n01.02.2024,1\n", "not_a_day", "Line 2: “01.02.2024” is no day written as 2026-12-31."),
        (b"Day,Sum\n2024-01-01,1,50\n", "", ""),
        (
            b'Day,Sum\n2024-01-01,"1,50"\n',
            "not_an_amount",
            "Line 2: “1,50” is no amount with a decimal point.",
        ),
        (b"Day,Sum\n2024-01-01,\n", "not_an_amount", "Line 2: “” is no amount"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(content, code, sentence):
    if not code:  # more cells than columns say nothing of ours
        assert len(read_csv(content, PLAIN)) == 1
        return
    told = refusal(content)
    assert told[0] == code
    assert told[1].startswith(sentence)


def test_a_last_line_without_an_end_is_read_where_no_amount_could_be_cut():
    assert len(read_csv(b"Sum,Day\n1500.00,2024-01-01", PLAIN)) == 1
    assert len(read_csv(b"Day,Sum\n2024-01-01,1500.00\n2024-01-02,15", PLAIN, most=1)) == 1


def test_a_file_is_not_longer_than_can_be_looked_through(monkeypatch):
    monkeypatch.setattr(csv_rules, "MOST_LINES", 1)
    assert refusal(b"Day,Sum\n2024-01-01,1\n2024-01-01,1\n")[0] == "too_many_lines"
    monkeypatch.setattr(ofx_rules, "MOST_LINES", 1)
    with pytest.raises(StatementRefused, match="more than 1 lines"):
        read_ofx(ofx(ofx_line(), ofx_line(number="F2")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"date_column": ""}, "column_missing"),
        ({"amount_column": ""}, "amount_columns"),
        ({"debit_column": "Out", "credit_column": "In"}, "amount_columns"),
        ({"amount_column": "", "debit_column": "Out"}, "amount_columns"),
        ({"payer_column": "day"}, "column_twice"),
    ],
)
def test_a_layout_says_once_where_days_and_amounts_are(changes, code):
    with pytest.raises(StatementRefused) as caught:
        replace(PLAIN, **changes).check()
    assert caught.value.code == code


def test_an_ofx_file_is_read_by_its_own_names():
    content = ofx(
        ofx_line(number="F1", name="Acme &amp; Sons", memo="C-2024-0001", checknum="77"),
        ofx_line(day="20240202", amount="-3,10", number="F2"),
        ofx_line(amount="0", number="F3"),
    )
    assert is_ofx(content)
    found = read_ofx(content)
    assert (found.currency, found.account) == ("USD", "0012345678")
    assert found.entries == [
        Entry(1, date(2024, 2, 1), Decimal(100), "Acme & Sons", "C-2024-0001", "77", "F1"),
        Entry(2, date(2024, 2, 2), Decimal("-3.10"), bank_id="F2"),
    ]


def test_a_second_version_file_and_marked_sections_are_read_too():
    body = ofx(ofx_line(name="<![CDATA[Acme <& Sons>]]>")).decode().partition("\n\n")[2]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" '
    content = f'{head}OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n{body}'.encode()
    assert is_ofx(content)
    assert read_ofx(content).entries[0].payer == "Acme <& Sons>"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (ofx(ofx_line())[:-30], "file_cut"),
        (ofx(ofx_line(name="<![CDATA[Acme")), "file_cut"),
        (b"<OFX>what</OFX>", "not_ofx"),
        (ofx(ofx_line()).replace(b"</STMTTRN>", b"</STMTTRN>tail"), "not_ofx"),
        (ofx(ofx_line(day="soon")), "not_ofx"),
        (ofx(ofx_line(amount="much")), "not_ofx"),
        (ofx(ofx_line()).replace(b"STMTRS>", b"OTHER>"), "not_one_statement"),
    ],
)
def test_an_ofx_file_that_cannot_be_read_is_told(content, code):
    with pytest.raises(StatementRefused) as caught:
        read_ofx(content)
    assert caught.value.code == code


def test_entities_are_no_more_than_text(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    bomb = f'<!DOCTYPE x [<!ENTITY a "{"ha" * 50}"><!ENTITY b SYSTEM "file://{secret}">]>'
    content = ofx(ofx_line(name="&a;&b;")).replace(b"<OFX>", f"{bomb}<OFX>".encode(), 1)
    assert read_ofx(content).entries[0].payer == "&a;&b;"


def test_a_file_of_many_marks_is_read_quickly():
    mark = "<A><![CDATA[x]]></A>"
    content = ofx(ofx_line(), mark * 100_000)
    assert len(read_ofx(content).entries) == 1


def entry(line=1, **values):
    return Entry(
        **{"line": line, "booked_on": date(2024, 2, 1), "amount": Decimal(5), "payer": "Acme", **values}
    )


def test_equal_lines_of_a_day_are_two_and_the_same_file_again_adds_neither():
    first = fingerprints([entry(1), entry(2), entry(3, amount=Decimal(6))])
    assert len(set(first)) == 3
    assert fingerprints([entry(1, amount=Decimal(6)), entry(5), entry(9, amount=Decimal("5.00"))]) == [
        first[2],
        first[0],
        first[1],
    ]


def test_a_number_of_the_bank_tells_a_line_whatever_else_it_says():
    assert fingerprints([entry(bank_id="N1")]) == fingerprints(
        [entry(4, bank_id="N1", payer="ACME", text="x")]
    )
    with pytest.raises(StatementRefused, match="Lines 2 and 5 have the same number of the bank, N1"):
        fingerprints([entry(2, bank_id="N1"), entry(5, bank_id="N1", amount=Decimal(7))])
