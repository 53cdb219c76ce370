"""Taking in exchange rates, and converting by them."""

from datetime import date
from decimal import Decimal

import pghistory
import pytest
from django.db import IntegrityError, connection, transaction

from foundation.money.conversion import Conversion, NoRate, convert
from foundation.money.models import ExchangeRate, RatesImport
from foundation.money.reference_rates import RatesNotAccepted
from foundation.money.services import import_reference_rates

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)
FILE = b"Date,USD,JPY,KWD,\n2026-02-27,1.0812,162.55,0.3321,\n2026-02-26,1.0791,N/A,0.3318,\n"


def take_in(content=FILE, **more):
    return import_reference_rates(actor=None, file_name="rates.csv", content=content, today=TODAY, **more)


def test_file_is_taken_in_once():
    done = take_in()
    assert (done.new_count, done.same_count, done.changed_count) == (5, 0, 0)
    assert done.last_day == date(2026, 2, 27)
    again = take_in()
    assert (again.new_count, again.same_count, again.changed_count) == (0, 5, 0)
    assert ExchangeRate.objects.count() == 5


def test_longer_file_adds_what_is_new():
    take_in()
    done = take_in(FILE + b"2026-02-25,1.0777,161,0.33,\n")
    assert (done.new_count, done.same_count) == (3, 5)


def test_other_value_is_refused_and_names_both():
    take_in()
    with pytest.raises(RatesNotAccepted) as refused:
        take_in(FILE.replace(b"1.0812", b"1.0999").replace(b"0.3318", b"0.4"))
    assert "USD on 2026-02-27: 1.0812 is held, the file says 1.0999" in refused.value.message
    assert ExchangeRate.objects.get(currency="USD", day=date(2026, 2, 27)).rate == Decimal("1.0812")
    assert RatesImport.objects.count() == 1


def test_many_other_values_are_counted():
    take_in()
    with pytest.raises(RatesNotAccepted, match="and 2 more"):
        take_in(b"Date,USD,JPY,KWD,\n2026-02-27,2,2,2,\n2026-02-26,2,N/A,2,\n")


def test_other_value_replaces_with_a_reason_and_keeps_the_old_one():
    take_in()
    done = take_in(FILE.replace(b"1.0812", b"1.0999"), replace_because="The bank corrected it.")
    assert (done.new_count, done.same_count, done.changed_count) == (0, 4, 1)
    assert done.reason == "The bank corrected it."
    row = ExchangeRate.objects.get(currency="USD", day=date(2026, 2, 27))
    assert row.rate == Decimal("1.0999")
    assert pghistory.models.Events.objects.tracks(row).get().pgh_label == "update"


def test_reason_without_a_change_is_not_kept():
    assert take_in(replace_because="Just in case.").reason == ""


@pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", b"\xff\xfe\x00"])
def test_archive_or_other_file_is_refused(content):
    with pytest.raises(RatesNotAccepted, match="not text"):
        take_in(content)


def test_rate_of_zero_is_refused_by_the_database_too():
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_exchangerate (day, currency, rate) VALUES ('2026-01-05', 'USD', 0)"
        )


def test_from_euro_and_to_euro():
    take_in()
    day = date(2026, 2, 27)
    assert convert(Decimal(100), source="EUR", target="USD", on=day, oldest=0) == Conversion(
        "EUR", Decimal(100), "USD", Decimal("108.12"), Decimal("1.0812"), day
    )
    back = convert(Decimal("108.12"), source="USD", target="EUR", on=day, oldest=0)
    assert (back.result, back.rate) == (Decimal("100.00"), Decimal("0.924898261191"))


def test_cross_rate_goes_through_euro():
    take_in()
    done = convert(Decimal(1000), source="USD", target="JPY", on=date(2026, 2, 27), oldest=0)
    # 162.55 / 1.0812, to twelve digits.
    assert done.rate == Decimal("150.342212357")
    assert done.result == Decimal(150342)


def test_result_has_the_decimals_of_its_currency():
    take_in()
    assert convert(Decimal(1), source="EUR", target="KWD", on=date(2026, 2, 27), oldest=0).result == Decimal(
        "0.332"
    )


def test_half_is_rounded_up():
    take_in(b"Date,USD\n2026-02-27,0.5\n")
    assert convert(Decimal("0.01"), source="EUR", target="USD", on=TODAY, oldest=7).result == Decimal("0.01")


def test_last_rate_before_the_day_counts():
    take_in()
    done = convert(Decimal(100), source="EUR", target="USD", on=date(2026, 3, 1), oldest=7)
    assert done.day == date(2026, 2, 27)


def test_both_rates_are_of_one_day():
    take_in(b"Date,USD,JPY\n2026-02-27,1.08,N/A\n2026-02-26,1.07,160\n")
    done = convert(Decimal(107), source="USD", target="JPY", on=date(2026, 2, 28), oldest=7)
    assert (done.day, done.result) == (date(2026, 2, 26), Decimal(16000))


@pytest.mark.parametrize(
    ("source", "target", "on"),
    [
        ("EUR", "USD", date(2026, 2, 25)),
        ("EUR", "USD", date(2026, 3, 7)),
        ("USD", "CHF", date(2026, 2, 27)),
    ],
)
def test_without_a_recent_rate_pair_and_day_are_named(source, target, on):
    take_in()
    with pytest.raises(NoRate) as refused:
        convert(Decimal(1), source=source, target=target, on=on, oldest=7)
    assert f"from {source} to {target} for {on}" in refused.value.message


def test_same_currency_needs_no_rate(django_assert_num_queries):
    with django_assert_num_queries(0):
        done = convert(Decimal("1.25"), source="USD", target="USD", on=TODAY, oldest=0)
    assert (done.result, done.rate, done.day) == (Decimal("1.25"), Decimal(1), TODAY)
