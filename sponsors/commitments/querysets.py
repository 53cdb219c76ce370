"""Reads on commitments, installments and receipts: the one definition of each state in SQL."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from foundation.money.fields import AmountField
from sponsors.commitments.rules import FIRM, InstallmentState, State, day_after

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.commitments.models import Allocation, Commitment, Installment, Receipt

_ZERO = Value(Decimal(0), output_field=AmountField())


def _related(model: type[models.Model], name: str) -> Any:
    """Return the default manager of the rows that point to the model under the name."""
    related: Any = model._meta.get_field(name).related_model
    return related._default_manager


def _sum_by_commitment(queryset: "models.QuerySet[Any]", what: str) -> Coalesce:
    """Return the sum of `what` over the rows of the outer commitment."""
    total = (
        queryset.filter(commitment=OuterRef("pk"))
        .order_by()
        .values("commitment")
        .annotate(sum=Sum(what))
        .values("sum")
    )
    return Coalesce(Subquery(total, output_field=AmountField()), _ZERO)


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_commitment") else self.none()

    def in_force(self, on: date) -> Self:
        """Firm, and the day is in the period and before it was closed early."""
        return self.filter(state__in=FIRM, starts_on__lte=on, ends_before__gt=on).exclude(closed_on__lte=on)

    def not_over(self, on: date) -> Self:
        """Firm and in force on the day or starting later."""
        return self.filter(state__in=FIRM, ends_before__gt=on).exclude(closed_on__lte=on)

    def ending_between(self, first: date, last: date) -> Self:
        """Signed, with the last day in the given days, both included."""
        return self.filter(state=State.SIGNED, ends_before__gt=first, ends_before__lte=day_after(last))

    def without_renewal(self) -> Self:
        """Nothing drafted, proposed or firm follows it."""
        live = self.model._default_manager.exclude(state__in=[State.DECLINED, State.WITHDRAWN])
        return self.exclude(Exists(live.filter(renewal_of=OuterRef("pk"))))

    def without_owner(self) -> Self:
        """Not closed, and nobody who may sign in looks after it."""
        return self.filter(state__in=[State.DRAFT, State.PROPOSED, State.SIGNED]).exclude(
            owner__is_active=True
        )

    def with_promised(self) -> Self:
        """Add `cash` and `in_kind`: what the lines promise over the whole period."""
        lines = _related(self.model, "lines")
        return self.annotate(
            cash=_sum_by_commitment(lines.filter(kind="cash"), "amount"),
            in_kind=_sum_by_commitment(lines.filter(kind="in_kind"), "amount"),
        )

    def with_received(self, today: date) -> Self:
        """Add `received`, what its installments were paid, and `overdue`, what should have been."""
        installments = _related(self.model, "installments")
        return self.annotate(
            received=_sum_by_commitment(installments.all(), "paid"),
            overdue=_sum_by_commitment(installments.overdue(today), "remainder"),
        )


class InstallmentQuerySet(models.QuerySet["Installment"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_installment") else self.none()

    def with_paid(self) -> Self:
        """Add `remainder`, what is still to be paid, to the `paid` of each row."""
        return self.annotate(remainder=F("amount") - F("paid"))

    def with_state(self, today: date) -> Self:
        """Add `remainder` and `state`: `rules.installment_state` in SQL, in the same order."""
        terminated = Q(commitment__state=State.TERMINATED, due_on__gte=F("commitment__closed_on"))
        return self.with_paid().annotate(
            state=Case(
                When(paid__gte=F("amount"), then=Value(InstallmentState.PAID)),
                When(
                    commitment__state__in=[State.DRAFT, State.PROPOSED], then=Value(InstallmentState.PLANNED)
                ),
                When(
                    Q(commitment__state__in=[State.WITHDRAWN, State.DECLINED]) | terminated,
                    then=Value(InstallmentState.RELEASED),
                ),
                When(due_on__lt=today, then=Value(InstallmentState.OVERDUE)),
                When(paid__gt=0, then=Value(InstallmentState.PARTLY_PAID)),
                When(due_on=today, then=Value(InstallmentState.DUE)),
                default=Value(InstallmentState.SCHEDULED),
                output_field=models.CharField(),
            )
        )

    def firm(self) -> Self:
        """Of a signed commitment, and not released by its termination."""
        kept = ~Q(commitment__state=State.TERMINATED) | Q(due_on__lt=F("commitment__closed_on"))
        return self.filter(kept, commitment__state__in=FIRM)

    def open(self) -> Self:
        """Firmly due, now or later, and not fully paid. Adds `remainder`."""
        return self.firm().with_paid().filter(paid__lt=F("amount"))

    def overdue(self, today: date) -> Self:
        """Open, and due before the day. Adds `remainder`."""
        return self.open().filter(due_on__lt=today)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_receipt") else self.none()

    def standing(self) -> Self:
        """Receipts that were not reversed, without the reversals themselves."""
        return self.filter(reverses=None, is_reversed=False)

    def with_allocated(self) -> Self:
        """Add `unapplied`, what is left as credit, to the `allocated` of each row."""
        return self.annotate(
            unapplied=Case(
                When(Q(reverses__isnull=False) | Q(is_reversed=True), then=_ZERO),
                default=F("amount") - F("allocated"),
                output_field=AmountField(),
            )
        )

    def with_credit(self) -> Self:
        """Standing receipts of which something is left. Adds `unapplied`."""
        return self.standing().with_allocated().filter(allocated__lt=F("amount"))


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_allocation") else self.none()

    def standing(self) -> Self:
        """Allocations that were not taken back."""
        return self.filter(reverses=None, reversal=None)
