"""Months of usage, each a partition, so that old ones can be detached and kept elsewhere."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from sponsors.inkind.models import UsageRecord
from sponsors.inkind.rules.buckets import EARLIEST_BUCKET

# Of all writers of usage. An import meets services in the order of its file, so locks of single services would
# be taken in no order, and two imports could wait for each other.
_LOCK = 72_617_002
_TABLE = UsageRecord._meta.db_table
MONTHS_AHEAD = 3


def lock_usage() -> None:
    """Be the only writer of usage until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def partition_name(month: date) -> str:
    return f"{_TABLE}_{month:%Y_%m}"


def months_there() -> set[date]:
    """Return the months that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
            " WHERE inhparent = %s::regclass",
            [_TABLE],
        )
        names = [str(name).removeprefix(f"{_TABLE}_") for (name,) in cursor.fetchall()]
    return {datetime.strptime(name, "%Y_%m").replace(tzinfo=UTC).date() for name in names}


@transaction.atomic
def make_partitions(months: Iterable[date]) -> list[date]:
    """Make the partitions that are not there yet, and return their months. Only one makes them at a time."""
    asked = {month_of(month) for month in months}
    if asked <= months_there():
        return []
    lock_usage()
    made = sorted(asked - months_there())
    for month in made:
        if month < EARLIEST_BUCKET.date():
            raise ValueError(f"Usage of {month:%Y-%m} is not kept.")
        _make(month)
    return made


def make_partitions_ahead(*, today: date) -> list[date]:
    """Make the partitions of this month and the next ones."""
    months = [month_of(today)]
    for _ in range(MONTHS_AHEAD):
        months.append(month_after(months[-1]))
    return make_partitions(months)


def _make(month: date) -> None:
    """Attach a table of its own: `PARTITION OF` would keep everybody from reading usage until we commit."""
    name = partition_name(month)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (LIKE {_TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"ALTER TABLE {_TABLE} ATTACH PARTITION {name}"
            f" FOR VALUES FROM ('{month} 00:00:00+00') TO ('{month_after(month)} 00:00:00+00')"
        )
