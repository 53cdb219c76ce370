"""Reads on conditions, restrictions and notices of non-renewal."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce

from sponsors.commitments.querysets import AmendedQuerySet, StandingManager
from sponsors.commitments.rules import FIRM, ConditionState

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.commitments.models import (  # noqa: F401  # bases name them as text
        Condition,
        ConditionProgress,
        NonRenewal,
        Restriction,
    )


class ConditionQuerySet(AmendedQuerySet["Condition"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_condition") else self.none()

    def with_state(self, today: date) -> Self:
        """Add `state`: `rules.condition_state` in SQL, in the same order."""
        return self.annotate(
            state=Case(
                When(reached__gte=Coalesce("target", "amount"), then=Value(ConditionState.MET)),
                When(due_on__lt=today, then=Value(ConditionState.LAPSED)),
                When(reached__gt=0, then=Value(ConditionState.PARTLY_MET)),
                default=Value(ConditionState.OPEN),
                output_field=models.CharField(),
            )
        )

    def unmet(self) -> Self:
        """Of firm commitments, and not met in full."""
        return self.filter(commitment__state__in=FIRM, reached__lt=Coalesce("target", "amount"))


class ProgressQuerySet(models.QuerySet["ConditionProgress"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_conditionprogress") else self.none()

    def standing(self) -> Self:
        """Entries that were not reversed, without the reversals themselves."""
        return self.filter(reverses=None, is_reversed=False)

    def of(self, condition: "Condition") -> Self:
        """All that was recorded of the condition, also of the rows that amendments have replaced."""
        return self.filter(
            condition__commitment=condition.commitment_id, condition__position=condition.position
        )


class RestrictionQuerySet(AmendedQuerySet["Restriction"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_restriction") else self.none()


class NonRenewalQuerySet(models.QuerySet["NonRenewal"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_nonrenewal") else self.none()

    def standing(self) -> Self:
        """Notices that were not withdrawn."""
        return self.filter(withdrawn_on=None)


ConditionManager = StandingManager.from_queryset(ConditionQuerySet)
RestrictionManager = StandingManager.from_queryset(RestrictionQuerySet)
