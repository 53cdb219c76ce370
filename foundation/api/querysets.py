"""Reads on API tokens, and the two tables that remember calls."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import connection, models

if TYPE_CHECKING:
    from foundation.api.models import ApiToken, CallCount, IdempotencyRecord
    from foundation.people.models import User


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.manage_apitoken") else self.filter(user=user)

    def usable(self, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


class IdempotencyRecordQuerySet(models.QuerySet["IdempotencyRecord"]):
    def older_than(self, moment: datetime) -> Self:
        return self.filter(created_at__lt=moment)


class CallCountQuerySet(models.QuerySet["CallCount"]):
    def count_call(self, caller: str, window: int) -> int:
        """Count one call more in the window and return how many there were, this one included."""
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO foundation_callcount AS counter (caller, "window", calls) VALUES (%s, %s, 1)
                ON CONFLICT (caller) DO UPDATE SET
                    calls = CASE WHEN counter."window" = EXCLUDED."window" THEN counter.calls + 1 ELSE 1 END,
                    "window" = EXCLUDED."window"
                RETURNING calls
                """,
                [caller, window],
            )
            (calls,) = cursor.fetchone()
        return int(calls)

    def before_window(self, window: int) -> Self:
        return self.filter(window__lt=window)
