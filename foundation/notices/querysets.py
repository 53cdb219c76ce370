"""Reads on notices."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from foundation.notices.models import Notice
    from foundation.people.models import User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_notice") else self.none()

    def about(self, record: models.Model) -> Self:
        """Mail that tells of the record."""
        return self.filter(subject_type=record._meta.label_lower, subject_pk=record.pk)

    def due(self, now: datetime) -> Self:
        """Waiting notices whose time has come, and those whose sender died holding the lease."""
        return self.filter(
            Q(state="queued", next_attempt_at__lte=now) | Q(state="sending", leased_until__lte=now)
        )
