"""Money by fiscal year and currency: the right year, the right rate, and a sentence where there is none."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.books.models import Organization
from foundation.money.models import ExchangeRate
from sponsors.commitments.api.by_year import MoneyByYearSerializer
from sponsors.commitments.selectors import Figure, money_by_year
from sponsors.commitments.selectors.by_year import YearsOutOfReach
from sponsors.commitments.services import recover_write_off, reverse_receipt
from sponsors.commitments.tests.calls import assert_shape, errors
from sponsors.commitments.tests.factories import (
    charged,
    colleague,
    received,
    signed_commitment,
    written_off,
)
from sponsors.commitments.tests.refusals import refused
from sponsors.directory.tests.factories import SponsorFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 2, 14)
PAGE = "/admin/sponsors/receipt/by-year/"
API = "/api/v1/money-by-year/"


def organization(**profile):
    Organization.objects.update_or_create(pk=1, defaults={"name": "Owl", **profile})


def rate(day, value, currency="USD"):
    ExchangeRate.objects.create(day=day, currency=currency, rate=Decimal(value))


def year(number, today=TODAY, **asked):
    return next(found for found in money_by_year(today, **asked).years if found.year.number == number)


def figures(found, currency="USD"):
    (line,) = (line for line in found.lines if line.currency == currency)
    return tuple(line.figures[figure].amount for figure in Figure)


def test_a_day_belongs_to_the_fiscal_year_it_falls_in():
    organization(fiscal_year_start_month=7)
    sponsor = SponsorFactory()
    for day, amount in ((date(2025, 6, 30), 100), (date(2025, 7, 1), 20), (date(2026, 2, 14), 3)):
        received(sponsor, amount, on=day, allocate="none")

    assert figures(year(2025))[1] == 100
    assert figures(year(2026))[1] == 23
    assert (year(2025).year.starts_on, year(2025).as_of) == (date(2024, 7, 1), date(2025, 6, 30))
    assert year(2026).as_of == TODAY


def test_a_year_tells_what_was_open_at_its_end_received_and_written_off_in_it():
    commitment = signed_commitment(years=2)
    first = commitment.installments.select_related("commitment").get(position=1)
    received(commitment.sponsor, 10_000, on=date(2024, 5, 1))
    loss = written_off(first, 5_000, on=date(2025, 1, 31))
    recover_write_off(actor=colleague(), write_off=loss, amount=Decimal(1_000), reason="Came", today=TODAY)
    charged(commitment, 500, on=TODAY)

    assert [figures(year(number)) for number in (2024, 2025, 2026)] == [
        (110_000, 10_000, 0),
        (105_000, 0, 5_000),
        (106_500, 0, -1_000),
    ]
    assert [found.year.number for found in money_by_year(TODAY).years] == [2026, 2025, 2024, 2023, 2022]
    assert year(2023).lines == ()


def test_a_balance_is_converted_by_the_last_day_and_receipts_by_their_own():
    commitment = signed_commitment(years=1, yearly_amount=1_000, currency="EUR")
    rate(date(2024, 3, 1), "1.10")
    rate(date(2024, 6, 3), "1.25")
    rate(date(2024, 12, 30), "1.05")
    received(commitment.sponsor, 100, currency="EUR", on=date(2024, 3, 1))
    received(commitment.sponsor, 100, currency="EUR", on=date(2024, 6, 5))

    found = year(2024)
    (line,) = found.lines
    open_, got, lost = (line.figures[figure] for figure in Figure)

    assert (open_.amount, open_.in_base, open_.rates) == (800, Decimal("840.00"), "at 1.05 of 2024-12-30")
    assert (got.amount, got.in_base) == (200, Decimal("235.00"))
    assert got.rates == "at 2 rates of 2024-03-01 to 2024-06-03, 1.1 to 1.25"
    assert [(part.on, part.conversion.rate, part.conversion.day) for part in got.parts] == [
        (date(2024, 3, 1), Decimal("1.10"), date(2024, 3, 1)),
        (date(2024, 6, 5), Decimal("1.25"), date(2024, 6, 3)),
    ]
    assert (lost.amount, lost.in_base, lost.rates) == (0, 0, "")
    assert found.totals[Figure.RECEIVED].amount == Decimal("235.00")


def test_what_undoes_an_amount_counts_by_the_same_rate():
    commitment = signed_commitment(years=1, yearly_amount=1_000, currency="EUR")
    for day, value in ((date(2025, 3, 3), "1.10"), (date(2025, 6, 3), "1.25"), (date(2025, 12, 31), "1")):
        rate(day, value)
    loss = written_off(commitment.installments.get(), 100, on=date(2025, 3, 3))
    receipt = received(commitment.sponsor, 100, currency="EUR", on=date(2025, 3, 3))
    reverse_receipt(actor=colleague(), receipt=receipt, reason="Bounced", today=date(2025, 6, 3))
    recover_write_off(actor=colleague(), write_off=loss, reason="Came", today=date(2025, 6, 3))

    totals = year(2025).totals

    assert (totals[Figure.RECEIVED].amount, totals[Figure.WRITTEN_OFF].amount) == (0, 0)


def test_currencies_are_added_in_the_base_currency_alone():
    organization(base_currency="GBP")
    sponsor = SponsorFactory()
    for currency, value in (("USD", "1.20"), ("GBP", "0.80")):
        rate(date(2025, 3, 3), value, currency)
    for currency in ("USD", "EUR", "GBP"):
        received(sponsor, 100, currency=currency, on=date(2025, 3, 3), allocate="none")

    found = year(2025)

    in_base = {line.currency: line.figures[Figure.RECEIVED].in_base for line in found.lines}
    assert in_base == {"USD": Decimal("66.67"), "EUR": Decimal("80.00"), "GBP": 100}
    assert found.totals[Figure.RECEIVED].amount == Decimal("246.67")


def test_without_a_rate_a_sentence_stands_in_place_of_the_figure():
    sponsor = SponsorFactory()
    rate(date(2025, 3, 3), "1.10")
    for day in (date(2025, 3, 3), date(2025, 9, 1)):
        received(sponsor, 100, currency="EUR", on=day, allocate="none")
    received(sponsor, 7, on=date(2025, 9, 1), allocate="none")

    found = year(2025)
    amount = found.lines[0].figures[Figure.RECEIVED]
    total = found.totals[Figure.RECEIVED]

    sentence = "There is no exchange rate from EUR to USD for 2025-09-01"
    assert (amount.amount, amount.in_base, amount.rates) == (200, None, "at 1.1 of 2025-03-03")
    assert sentence in amount.problem
    assert (total.amount, sentence in total.problem) == (None, True)
    assert found.totals[Figure.WRITTEN_OFF].amount == 0


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"first": 2025, "last": 2024}, "last"),
        ({"last": 2027}, "last"),
        ({"first": 1989}, "last"),
        ({"first": 2011, "last": 2026}, "first"),
    ],
)
def test_years_out_of_reach_are_refused(asked, field):
    with refused("Choose", field=field, kind=YearsOutOfReach):
        money_by_year(TODAY, **asked)


def test_the_years_asked_for_are_shown():
    assert [found.year.number for found in money_by_year(TODAY, first=2020, last=2021).years] == [2021, 2020]
    assert len(money_by_year(TODAY, first=2012).years) == 15


def test_it_costs_the_same_whatever_there_is():
    costs = []
    for count in (1, 5):
        for number in range(count):
            commitment = signed_commitment(years=1, yearly_amount=100, currency=("EUR", "JPY")[number % 2])
            received(commitment.sponsor, 50, currency=commitment.currency, on=date(2025, 1, number + 1))
        with CaptureQueriesContext(connection) as queries:
            money_by_year(TODAY)
        costs.append(len(queries))
    assert costs == [9, 9]


# Page, file and API -------------------------------------------------------------------------


def test_page_shows_figures_rates_and_what_is_missing(signed_in, finance):
    sponsor = SponsorFactory()
    rate(date(2025, 3, 3), "1.10")
    for day in (date(2025, 3, 3), date(2024, 9, 1)):
        received(sponsor, 100, currency="EUR", on=day, allocate="none")

    shown = " ".join(signed_in(finance).get(PAGE, {"first": 2024, "last": 2025}).content.decode().split())

    assert "USD 110.00 at 1.1 of 2025-03-03" in shown
    assert "No total: There is no exchange rate from EUR to USD for 2024-09-01" in shown
    assert "FY 2025, 2025-01-01 to 2025-12-31" in shown


def test_page_refuses_years_in_words(signed_in, finance):
    assert "cannot be shown" in signed_in(finance).get(PAGE, {"last": "2999"}).content.decode()
    assert "whole number" in signed_in(finance).get(PAGE, {"first": "soon"}).content.decode()


def test_files_hold_every_day_with_its_rate(signed_in, finance):
    sponsor = SponsorFactory()
    rate(date(2025, 3, 3), "1.10")
    for day in (date(2025, 3, 3), date(2025, 9, 1)):
        received(sponsor, 100, currency="EUR", on=day, allocate="none")
    client = signed_in(finance)

    answer = client.get(PAGE, {"first": 2025, "last": 2025, "format": "csv"})

    assert answer["Content-Disposition"] == 'attachment; filename="money-by-year-2025-2025.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["day"], row["amount"], row["rate"], row["in base currency"]) for row in rows] == [
        ("2025-03-03", "100.00", "1.1", "110.00"),
        ("2025-09-01", "100.00", "", ""),
    ]
    assert "no exchange rate" in rows[1]["without a rate"]
    sheet = client.get(PAGE, {"format": "xlsx"})
    assert sheet.content.startswith(b"PK")
    assert "spreadsheetml" in sheet["Content-Type"]


def test_page_is_for_those_who_see_money(signed_in, infrastructure):
    assert signed_in(infrastructure).get(PAGE).status_code == 403


def test_the_same_over_the_api(treasury):
    rate(date(2025, 3, 3), "1.10")
    received(SponsorFactory(), 100, currency="EUR", on=date(2025, 3, 3), allocate="none")

    answer = treasury.get(API, {"first": 2025, "last": 2025})

    assert_shape(answer.json(), MoneyByYearSerializer)
    (found,) = answer.json()["years"]
    (line,) = found["currencies"]
    assert line["figures"][1]["in_base"] == "110.00"
    assert line["figures"][1]["parts"] == [
        {"on": "2025-03-03", "amount": "100.00", "rate": "1.1", "rate_on": "2025-03-03", "in_base": "110.00"}
    ]
    assert found["totals"][1] == {"figure": "received", "in_base": "110.00", "problem": ""}
    refused_ = treasury.get(API, {"first": 2011, "last": 2026})
    assert errors(refused_) == {("first", "years_out_of_reach")}
    assert treasury.get(API, {"first": "soon"}).status_code == 400
