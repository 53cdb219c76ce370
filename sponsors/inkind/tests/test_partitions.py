"""Months of usage, each a partition."""

from datetime import date

import pytest
from django.db import connection

from sponsors.directory.tests.races import at_once
from sponsors.inkind.storage.partitions import make_partitions, make_partitions_ahead, months_there
from sponsors.inkind.tasks import make_usage_partitions
from sponsors.inkind.tests import factories
from sponsors.inkind.tests.usage_rows import loaded, raw_row


@pytest.fixture
def no_partitions(transactional_db):
    """Take away what tests of real transactions left, this one too: partitions are no rows, and stay."""
    drop_partitions()
    yield
    drop_partitions()


def drop_partitions():
    with connection.cursor() as cursor:
        for month in months_there():
            cursor.execute(f"DROP TABLE sponsors_usagerecord_{month:%Y_%m}")


@pytest.mark.django_db
def test_this_month_and_the_next_three_are_made_ahead():
    made = [date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)]
    assert make_partitions_ahead(today=date(2026, 11, 26)) == made
    assert make_partitions_ahead(today=date(2026, 12, 31)) == [date(2027, 3, 1)]
    assert months_there() == {*made, date(2027, 3, 1)}


@pytest.mark.django_db
def test_the_task_makes_them_once():
    assert make_usage_partitions() == "4 partitions made"
    assert make_usage_partitions() == "0 partitions made"


@pytest.mark.django_db
def test_an_import_makes_the_months_it_needs():
    factories.service(), factories.region()
    loaded(raw_row(start="2026-02-28T23:00:00Z"), raw_row(2, start="2026-03-01T00:00:00Z"))
    assert months_there() == {date(2026, 2, 1), date(2026, 3, 1)}


@pytest.mark.django_db
def test_usage_before_2000_has_no_partition():
    with pytest.raises(ValueError, match="Usage of 1999-12 is not kept"):
        make_partitions([date(1999, 12, 31)])


def test_two_who_make_the_same_partition_make_it_once(no_partitions):
    month = date(2026, 11, 1)
    results = at_once(*[lambda: make_partitions([month])] * 3)
    assert sorted(results) == [[], [], [month]]
    assert months_there() == {month}
