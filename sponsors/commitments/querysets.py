"""Reads on commitments, installments and receipts: the one definition of each state in SQL."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from foundation.money.fields import AmountField
from sponsors.commitments.rules import FIRM, AmendmentState, InstallmentState, State, day_after

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.commitments.models import (  # noqa: F401  # bases name them as text
        Allocation,
        Amendment,
        Commitment,
        CommitmentLine,
        Installment,
        Pause,
        Receipt,
        Term,
    )

ModelT_co = TypeVar("ModelT_co", bound=models.Model, covariant=True)

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


class AmendedQuerySet(models.QuerySet[ModelT_co]):
    """Rows of a schedule that amendments add and remove."""

    def as_of(self, day: date) -> Self:
        """As it stood on the day: with the amendments that took effect then or before, and no later ones."""
        there = Q(added_by=None) | Q(added_by__effective_on__lte=day)
        not_yet_gone = Q(removed_by=None) | Q(removed_by__effective_on__gt=day)
        return self.filter(there, not_yet_gone)


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_amendment") else self.none()

    def waiting(self, today: date) -> Self:
        """Approved, and to take effect today or before."""
        return self.filter(state=AmendmentState.APPROVED, effective_on__lte=today)

    def undecided(self, today: date) -> Self:
        """Proposed, or approved and not in effect although the day is past."""
        late = Q(state=AmendmentState.APPROVED, effective_on__lt=today)
        return self.filter(Q(state=AmendmentState.PROPOSED) | late)

    def agreed(self) -> Self:
        """In effect, or approved and to take effect later."""
        return self.filter(state__in=[AmendmentState.APPROVED, AmendmentState.APPLIED])


class InstallmentQuerySet(AmendedQuerySet["Installment"]):
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


class LineQuerySet(AmendedQuerySet["CommitmentLine"]):
    pass


class TermQuerySet(AmendedQuerySet["Term"]):
    pass


class PauseQuerySet(AmendedQuerySet["Pause"]):
    pass


class StandingManager(models.Manager[ModelT_co]):
    """The schedule as it stands: without the rows that an amendment removed."""

    def get_queryset(self) -> models.QuerySet[ModelT_co]:
        return super().get_queryset().filter(removed_by=None)


LineManager = StandingManager.from_queryset(LineQuerySet)
TermManager = StandingManager.from_queryset(TermQuerySet)
InstallmentManager = StandingManager.from_queryset(InstallmentQuerySet)
PauseManager = StandingManager.from_queryset(PauseQuerySet)
