"""Puts a test database back as migrations left it, after a test that commits.

Django empties every table instead, which makes new files for some 250 tables and a thousand indexes, and takes
what migrations wrote with it: each test that commits then starts from another database than the tests beside it.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

_COPIES = "as_migrated"
# Partitions hold the rows of the tables that they are part of. What migrations are applied stays as it is.
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'django_migrations'
"""
_SUM = 'SELECT sum(hashtextextended(kept::text, 0)) FROM "{0}" AS kept'
_ANY = "SELECT '{0}' WHERE EXISTS (SELECT FROM \"{0}\")"
_REMOVE = 'DELETE FROM "{0}"'
_COPY = f'CREATE TABLE "{_COPIES}"."{{0}}" AS TABLE "{{0}}"'
_RETURN = f'INSERT INTO "{{0}}" TABLE "{_COPIES}"."{{0}}"'


@dataclass
class AsMigrated:
    """The rows that a migrated database holds: by table, a sum over its rows. Others are empty."""

    kept: dict[str, Decimal | None] = field(default_factory=dict)

    @classmethod
    def remember(cls) -> Self:
        """Copy every row of the default database, to put it back from there."""
        found = cls()
        with connection.cursor() as cursor:
            cursor.execute(f'DROP SCHEMA IF EXISTS "{_COPIES}" CASCADE; CREATE SCHEMA "{_COPIES}"')
            for name in _with_rows(cursor):
                cursor.execute(_COPY.format(name))
                found.kept[name] = _sum(cursor, name)
        return found

    def put_back(self) -> None:
        """Remove what was added, return what was removed or changed; no trigger is asked, and no foreign key."""
        with transaction.atomic(), connection.cursor() as cursor:
            left = set(_with_rows(cursor))
            differ = {name for name, was in self.kept.items() if _sum(cursor, name) != was}
            changed = sorted((left - self.kept.keys()) | differ)
            if changed:
                cursor.execute("SET LOCAL session_replication_role = replica")
                cursor.execute("; ".join([*map(_REMOVE.format, changed), *map(_RETURN.format, differ)]))


def _sum(cursor: CursorWrapper, name: str) -> Decimal | None:
    cursor.execute(_SUM.format(name))
    found: Decimal | None = cursor.fetchone()[0]
    return found


def _with_rows(cursor: CursorWrapper) -> list[str]:
    """Return the tables that have rows; a table that never had any has no pages either."""
    cursor.execute(f"{_TABLES} AND pg_relation_size(oid) > 0 ORDER BY relname")
    candidates = [name for (name,) in cursor.fetchall()]
    if not candidates:
        return []
    cursor.execute(" UNION ALL ".join(map(_ANY.format, candidates)))
    return [name for (name,) in cursor.fetchall()]
