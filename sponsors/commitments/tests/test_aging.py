"""Aged debt as of any day, and statements of account that agree with it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.books.models import Organization
from foundation.documents.tests.pdf import text_of
from foundation.money.models import ExchangeRate
from sponsors.commitments.models import Installment
from sponsors.commitments.papers import statement_pdf
from sponsors.commitments.rules import Age, age_of, due_dates_of
from sponsors.commitments.selectors import (
    EntryKind,
    EventKind,
    aged_debt,
    sponsor_balance,
    statement,
    timeline,
)
from sponsors.commitments.services import (
    recover_write_off,
    reverse_receipt,
    take_back_allocations,
    terminate,
)
from sponsors.commitments.tests.amending import amended, cash_of, due
from sponsors.commitments.tests.factories import (
    START,
    colleague,
    credited,
    invoiced,
    received,
    signed_commitment,
    written_off,
)
from sponsors.directory.tests.factories import SponsorFactory

TODAY = date(2026, 2, 14)
DAY = timedelta(days=1)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-200, 200))
def test_every_day_has_one_age(as_of, days):
    due_on = as_of - days * DAY
    age = age_of(due_on, as_of)
    for other in Age:
        first, last = due_dates_of(other, as_of)
        inside = (first is None or due_on >= first) and (last is None or due_on <= last)
        assert inside == (other is age)


@pytest.mark.parametrize(
    ("days", "age"),
    [
        (-1, Age.NOT_DUE),
        (0, Age.NOT_DUE),
        (1, Age.TO_30),
        (30, Age.TO_30),
        (31, Age.TO_60),
        (60, Age.TO_60),
        (61, Age.TO_90),
        (90, Age.TO_90),
        (91, Age.OVER_90),
    ],
)
def test_age_changes_after_30_60_and_90_days(days, age):
    assert age_of(TODAY - days * DAY, TODAY) == age


def debts(as_of):
    return {
        (row.sponsor_name, row.currency): {age: amount for age, amount in row.amounts.items() if amount}
        for row in aged_debt(as_of).rows
    }


@pytest.mark.django_db
def test_debt_is_by_sponsor_currency_and_age_as_of_any_day():
    acme, owl = SponsorFactory(name="Acme"), SponsorFactory(name="Owl")
    commitment = signed_commitment(acme, years=3)
    signed_commitment(owl, years=1, yearly_amount=10, currency="EUR", starts_on=date(2026, 2, 1))
    first, second, third = commitment.installments.order_by("position")
    receipt = received(acme, 50_000, on=date(2024, 3, 1))
    loss = written_off(first, 10_000, on=date(2024, 6, 1))
    take_back_allocations(
        actor=colleague(), allocations=list(receipt.allocations.all()), today=date(2025, 6, 1)
    )
    recover_write_off(actor=colleague(), write_off=loss, reason="It came.", today=TODAY)

    whole = 60_000
    assert debts(date(2023, 12, 31)) == {}
    assert debts(START) == {("Acme", "USD"): {Age.NOT_DUE: 3 * whole}}
    assert debts(date(2024, 1, 31)) == {("Acme", "USD"): {Age.TO_30: whole, Age.NOT_DUE: 2 * whole}}
    assert debts(date(2024, 3, 1)) == {("Acme", "USD"): {Age.TO_60: 10_000, Age.NOT_DUE: 2 * whole}}
    assert debts(date(2024, 6, 1)) == {("Acme", "USD"): {Age.NOT_DUE: 2 * whole}}
    assert debts(date(2025, 6, 1)) == {("Acme", "USD"): {Age.OVER_90: whole + 50_000, Age.NOT_DUE: whole}}
    assert debts(TODAY) == {
        ("Acme", "USD"): {Age.OVER_90: 2 * whole, Age.TO_60: whole},
        ("Owl", "EUR"): {Age.TO_30: 10},
    }
    rows = aged_debt(TODAY)
    assert [(row.sponsor_name, row.total, row.past_due) for row in rows.rows] == [
        ("Acme", 180_000, 180_000),
        ("Owl", 10, 10),
    ]
    assert [(total.currency, total.total) for total in rows.totals] == [("EUR", 10), ("USD", 180_000)]
    assert {row.sponsor for row in aged_debt(TODAY, sponsor=owl).rows} == {owl.pk}
    assert (second.pk, third.pk) != (first.pk, first.pk)


@pytest.mark.django_db
def test_terminated_commitment_owes_what_fell_due_before():
    commitment = signed_commitment(SponsorFactory(name="Acme"), years=3)
    terminate(
        actor=colleague(), commitment=commitment, closed_on=date(2025, 1, 1), today=TODAY, reason="Sold"
    )

    assert debts(date(2024, 12, 31)) == {("Acme", "USD"): {Age.OVER_90: 60_000, Age.NOT_DUE: 120_000}}
    assert debts(date(2025, 1, 1)) == {("Acme", "USD"): {Age.OVER_90: 60_000}}
    assert sum(row.remainder for row in Installment.objects.open()) == 60_000


# Statements ---------------------------------------------------------------------------------


def told(account):
    return [(entry.on, entry.kind, entry.amount, entry.balance) for entry in account.entries]


@pytest.mark.django_db
def test_statement_tells_what_happened_and_ends_with_what_is_owed():
    sponsor = SponsorFactory(legal_name="Acme Ltd.")
    commitment = signed_commitment(sponsor, years=3, title="Gold")
    row = commitment.installments.select_related("commitment").get(position=2)
    received(sponsor, 60_000, on=date(2024, 1, 20))
    invoice = invoiced(row, on=date(2024, 12, 1))
    credited(invoice, 5_000, on=date(2024, 12, 2))
    wrong = received(sponsor, 20_000, on=date(2025, 1, 5))
    reverse_receipt(actor=colleague(), receipt=wrong, reason="Bounced", today=date(2025, 1, 6))
    loss = written_off(row, 30_000, on=date(2025, 2, 1))
    recover_write_off(
        actor=colleague(), write_off=loss, amount=Decimal(10_000), reason="It came.", today=date(2025, 3, 1)
    )

    shown = statement(sponsor, date(2024, 12, 1), date(2025, 12, 31))

    (account,) = shown.accounts
    assert (account.currency, account.opening, account.closing) == ("USD", 0, 40_000)
    assert told(account) == [
        (date(2024, 12, 1), EntryKind.INVOICE, None, 0),
        (date(2024, 12, 2), EntryKind.CREDIT_NOTE, None, 0),
        (date(2025, 1, 1), EntryKind.DUE, 60_000, 60_000),
        (date(2025, 1, 5), EntryKind.RECEIPT, -20_000, 40_000),
        (date(2025, 1, 6), EntryKind.REVERSAL, 20_000, 60_000),
        (date(2025, 2, 1), EntryKind.WRITE_OFF, -30_000, 30_000),
        (date(2025, 3, 1), EntryKind.RECOVERY, 10_000, 40_000),
    ]
    assert statement(sponsor, date(2025, 1, 6), date(2025, 1, 6)).accounts[0].opening == 40_000
    assert statement(sponsor, date(2026, 1, 1), TODAY).accounts[0].closing == 100_000
    text = text_of(statement_pdf(Organization(name="Owl"), shown))
    # Why something was given up is for us; the sponsor reads only what and how much.
    assert {entry.reason for entry in account.entries} == {"", "They closed.", "It came."}
    assert "They closed." not in text
    assert "It came." not in text
    for words in ("Acme Ltd.", "Opening balance", "\u221230,000.00", "Closing balance in USD", "40,000.00"):
        assert words in text


@pytest.mark.django_db
def test_timeline_shows_invoices_and_write_offs_to_those_who_see_money():
    commitment = signed_commitment(years=1)
    row = commitment.installments.select_related("commitment").get()
    credited(invoiced(row), 10)
    recover_write_off(
        actor=colleague(), write_off=written_off(row, 100), amount=Decimal(40), reason="It came.", today=TODAY
    )
    claims = {EventKind.INVOICED, EventKind.CREDITED, EventKind.WRITTEN_OFF, EventKind.RECOVERED}

    told = {event.kind: event.text for event in timeline(commitment, TODAY).events}
    hidden = {event.kind for event in timeline(commitment, TODAY, with_claims=False).events}

    assert claims <= set(told)
    assert told[EventKind.INVOICED] == "INV-2024-0001 over USD 60,000.00"
    assert told[EventKind.CREDITED] == "CN-2024-0001 takes back USD 10.00 of INV-2024-0001"
    assert told[EventKind.RECOVERED] == f"USD 40.00 of {row}: It came."
    assert not claims & hidden


@pytest.mark.django_db
def test_money_that_pays_in_another_currency_moves_between_the_accounts():
    sponsor = SponsorFactory()
    commitment = signed_commitment(sponsor, years=1)
    ExchangeRate.objects.create(day=START, currency="USD", rate=Decimal("1.2"))
    received(sponsor, 10_000, currency="EUR", commitment=commitment)

    euros, dollars = statement(sponsor, START, TODAY).accounts

    assert [(entry.kind, entry.amount) for entry in euros.entries] == [
        (EntryKind.RECEIPT, -10_000),
        (EntryKind.EXCHANGE, 10_000),
    ]
    assert (euros.closing, dollars.closing) == (0, 48_000)
    balances = {balance.currency: balance for balance in sponsor_balance(sponsor, TODAY)}
    assert dollars.closing == balances["USD"].due


@pytest.mark.django_db
def test_statement_of_nothing():
    sponsor = SponsorFactory()
    assert statement(sponsor, START, TODAY).accounts == ()
    assert "Nothing fell due" in text_of(
        statement_pdf(Organization(name="Owl"), statement(sponsor, START, TODAY))
    )


@pytest.mark.django_db
def test_installment_of_a_late_signature_is_charged_when_signed():
    commitment = signed_commitment(years=1, signed_on=date(2024, 3, 1))
    sponsor = commitment.sponsor

    assert statement(sponsor, START, date(2024, 2, 28)).accounts == ()
    (account,) = statement(sponsor, START, date(2024, 3, 1)).accounts
    assert told(account) == [(date(2024, 3, 1), EntryKind.DUE, 60_000, 60_000)]


@pytest.mark.django_db
def test_amended_debt_stays_on_the_statements_of_past_days():
    commitment = signed_commitment(years=2)
    past, amended_on = date(2025, 1, 31), date(2025, 2, 14)
    before = statement(commitment.sponsor, START, past)

    amended(commitment, today=amended_on, **cash_of([due(2024, 60_000), due(2025, 80_000, 3)]))

    assert statement(commitment.sponsor, START, past) == before
    (account,) = statement(commitment.sponsor, past, date(2025, 3, 1)).accounts
    assert [(entry.on, entry.kind.label, entry.amount) for entry in account.entries] == [
        (amended_on, "No longer due", -60_000),
        (date(2025, 3, 1), "Due", 80_000),
    ]
    assert account.closing == 140_000 == aged_debt(date(2025, 3, 1)).totals[0].total
