"""Reads on how commitments end: notice, what renews by itself, and after what nothing follows."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import Coalesce

from sponsors.commitments.rules import FIRM, AmendmentState, State, day_after

if TYPE_CHECKING:
    from sponsors.commitments.models import Commitment  # the base names it as text


def related(model: type[models.Model], name: str) -> Any:
    """Return the default manager of the rows that point to the model under the name."""
    rows: Any = model._meta.get_field(name).related_model
    return rows._default_manager


class RenewalReads(models.QuerySet["Commitment"]):
    """The part of a commitment's reads that is about its end."""

    def ending_between(self, first: date, last: date) -> Self:
        """Signed, with the last day in the given days, both included."""
        return self.filter(state=State.SIGNED, ends_before__gt=first, ends_before__lte=day_after(last))

    def without_renewal(self) -> Self:
        """Nothing drafted, proposed or firm follows it."""
        live = self.model._default_manager.exclude(state__in=[State.DECLINED, State.WITHDRAWN])
        return self.exclude(Exists(live.filter(renewal_of=OuterRef("pk"))))

    def renewing(self, earlier: Any) -> Self:
        """Firm ones that follow the commitment, which may be a reference to one of an outer query: with such it is renewed."""
        return self.filter(renewal_of=earlier, state__in=FIRM)

    def with_notice_on(self) -> Self:
        """Add `last_notice_on`, the last day for notice: `rules.notice_day` in SQL."""
        # A day less a number of days is a day.
        days = ExpressionWrapper(
            F("ends_before") - Coalesce("notice_days", 0) - 1, output_field=models.DateField()
        )
        return self.annotate(last_notice_on=days)

    def notice_due(self, first: date, last: date) -> Self:
        """Signed, with the last day for notice in the given days, and neither side gave notice. Adds `last_notice_on`."""
        return (
            self.with_notice_on()
            .filter(state=State.SIGNED, notice_days__isnull=False)
            .filter(ends_before__gt=first, last_notice_on__gte=first, last_notice_on__lte=last)
            .exclude(Exists(self._notices()))
        )

    def to_renew(self, today: date) -> Self:
        """To be renewed automatically: the last day for notice is past, none was given, and nothing follows yet.

        The hourly job renews them; what stays here could not be renewed. While an approved amendment
        waits for the day on which it moves the end, what follows has no first day and waits too.
        """
        agreed = related(self.model, "amendments").filter(state=AmendmentState.APPROVED)
        moves = agreed.filter(commitment=OuterRef("pk")).exclude(change__ends_before=None)
        return (
            self.with_notice_on()
            .filter(
                state__in=[State.SIGNED, State.ENDED], renews_automatically=True, last_notice_on__lt=today
            )
            .exclude(Exists(self._notices()))
            .exclude(Exists(moves))
            .without_renewal()
        )

    def nothing_follows(self, today: date) -> Self:
        """Nothing follows it, and nothing comes by itself: it was not agreed, notice was given or its day is past."""
        by_itself = Q(renews_automatically=True, last_notice_on__gte=today) & ~Exists(self._notices())
        return self.with_notice_on().without_renewal().exclude(by_itself)

    def _notices(self) -> "models.QuerySet[Any]":
        rows: models.QuerySet[Any] = related(self.model, "non_renewals").all()
        return rows.filter(commitment=OuterRef("pk"), withdrawn_on=None)
