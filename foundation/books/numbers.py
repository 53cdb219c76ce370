"""Numbers people quote, such as C-2026-0007: unique, in order, and without gaps."""

from django.db import connection


def next_number(*, series: str, year: int) -> str:
    """Take the next number of the series in the year. Call inside the transaction that uses it.

    The counter's row stays locked until that transaction ends, so two callers never get the same
    number, and a number taken by a transaction that rolls back is given again.
    """
    return next_numbers(series=series, year=year, count=1)[0]


def next_numbers(*, series: str, year: int, count: int) -> list[str]:
    """Take as many numbers at once, in order; as `next_number` takes one."""
    if not connection.in_atomic_block:
        msg = "next_number needs the transaction that uses the number"
        raise RuntimeError(msg)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO foundation_numbersequence AS counter (series, year, last) VALUES (%s, %s, %s)
            ON CONFLICT (series, year) DO UPDATE SET last = counter.last + EXCLUDED.last
            RETURNING last
            """,
            [series, year, count],
        )
        (last,) = cursor.fetchone()
    return [f"{series}-{year}-{number:04d}" for number in range(last - count + 1, last + 1)]
