"""Numbers are unique and gapless, whoever asks at the same time and whatever rolls back."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from foundation.books.numbers import next_number, next_numbers


@pytest.mark.django_db
def test_series_and_years_count_apart():
    taken = [next_number(series=s, year=y) for s, y in (("C", 2026), ("C", 2026), ("C", 2027), ("INV", 2026))]
    assert taken == ["C-2026-0001", "C-2026-0002", "C-2027-0001", "INV-2026-0001"]


@pytest.mark.django_db
def test_many_at_once_follow_each_other():
    next_number(series="C", year=2026)
    assert next_numbers(series="C", year=2026, count=3) == ["C-2026-0002", "C-2026-0003", "C-2026-0004"]
    assert next_number(series="C", year=2026) == "C-2026-0005"


@pytest.mark.django_db(transaction=True)
def test_a_number_is_only_given_inside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"):
        next_number(series="C", year=2026)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_get_eight_numbers_and_one_that_rolls_back_leaves_no_gap():
    def take(who: int) -> str:
        try:
            with transaction.atomic():
                number = next_number(series="C", year=2026)
                if who == 3:
                    transaction.set_rollback(True)
                    return ""
                return number
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(number for number in pool.map(take, range(8)) if number)
    assert taken == [f"C-2026-{n:04d}" for n in range(1, 8)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql", ["UPDATE foundation_numbersequence SET last = 0", "DELETE FROM foundation_numbersequence"]
)
def test_no_path_gives_a_number_again(sql):
    next_number(series="C", year=2026)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert next_number(series="C", year=2026) == "C-2026-0002"
