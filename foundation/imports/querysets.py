"""Who sees which imports, and which of them wait for a worker."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from foundation.imports.kinds import all_kinds
from foundation.imports.rules import AT_WORK, FILES_ARE_KEPT, RunState

if TYPE_CHECKING:
    from foundation.imports.models import ImportFault, ImportProgress, ImportRun, ImportStep
    from foundation.people.models import User


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: "User") -> Self:
        """Return the imports of the kinds whose records the person may see."""
        return self.filter(kind__in=[kind.name for kind in all_kinds() if kind.may_see(user)])

    def worn_out(self, now: datetime) -> Self:
        """Return those whose files and rows are no longer of use, except what a worker is busy with."""
        return self.filter(created_at__lt=now - FILES_ARE_KEPT).exclude(
            Q(file="") | Q(state__in=[RunState.CHECKING, RunState.APPLYING])
        )


class ImportProgressQuerySet(models.QuerySet["ImportProgress"]):
    def due(self, now: datetime) -> Self:
        """Return what a worker has to do and nobody does."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.filter(free, run__state__in=AT_WORK)

    def being_written(self, now: datetime) -> Self:
        """Return what a worker is writing at this moment."""
        return self.filter(run__state=RunState.APPLYING, leased_until__gte=now)


class ImportFaultQuerySet(models.QuerySet["ImportFault"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(run__kind__in=[kind.name for kind in all_kinds() if kind.may_see(user)])


class ImportStepQuerySet(models.QuerySet["ImportStep"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(run__kind__in=[kind.name for kind in all_kinds() if kind.may_see(user)])
