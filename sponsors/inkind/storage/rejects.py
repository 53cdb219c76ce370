"""Rows that cannot be taken: where each stood, and why."""

from typing import Self

from django.db import connection

from sponsors.inkind.formats.rows import RawRow
from sponsors.inkind.rules.buckets import shown

_MOST_HELD = 10_000
_LONGEST_EXCERPT = 200


class Rejects:
    """What is refused of one import, written a few thousand at a time."""

    def __init__(self, usage_import: int) -> None:
        self._usage_import = usage_import
        self._held: list[tuple[int, int, str, str]] = []
        self.count = 0

    def add(self, row: RawRow, reason: object) -> Self:
        excerpt = ", ".join(text for text in row[1:] if text)
        self._held.append((self._usage_import, row.line, str(reason), shown(excerpt, _LONGEST_EXCERPT)))
        self.count += 1
        return self

    @property
    def are_many(self) -> bool:
        return len(self._held) >= _MOST_HELD

    def write(self) -> None:
        if not self._held:
            return
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY sponsors_usagereject (usage_import_id, line, reason, excerpt) FROM STDIN"
            ) as copy,
        ):
            for held in self._held:
                copy.write_row(held)
        self._held.clear()
