"""Reads on commitments, installments and receipts: the one definition of each state in SQL."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Case, Exists, F, Func, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from foundation.money.fields import AmountField
from sponsors.commitments.querysets_renewals import RenewalReads, related
from sponsors.commitments.rules import (
    FIRM,
    AmendmentState,
    InstallmentKind,
    InstallmentState,
    InvoiceState,
    State,
    WriteOffState,
)

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
        WriteOff,
    )
    from sponsors.commitments.models.invoices import CreditNote, Invoice

ModelT_co = TypeVar("ModelT_co", bound=models.Model, covariant=True)

_ZERO = Value(Decimal(0), output_field=AmountField())
_SOMETHING_REMAINS = Q(amount__gt=F("paid") + F("written_off"))
# `rules.is_released` in SQL, for installments.
_TERMINATED = Q(
    kind=InstallmentKind.SCHEDULED,
    commitment__state=State.TERMINATED,
    due_on__gte=F("commitment__closed_on"),
)
_RELEASED = Q(released_on__isnull=False) | _TERMINATED


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


class CommitmentQuerySet(RenewalReads):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_commitment") else self.none()

    def in_force(self, on: date) -> Self:
        """Firm, and the day is in the period and before it was closed early."""
        return self.filter(state__in=FIRM, starts_on__lte=on, ends_before__gt=on).exclude(closed_on__lte=on)

    def not_over(self, on: date) -> Self:
        """Firm and in force on the day or starting later."""
        return self.filter(state__in=FIRM, ends_before__gt=on).exclude(closed_on__lte=on)

    def without_owner(self) -> Self:
        """Not closed, and nobody who may sign in looks after it."""
        return self.filter(state__in=[State.DRAFT, State.PROPOSED, State.SIGNED]).exclude(
            owner__is_active=True
        )

    def with_sponsor_name(self) -> Self:
        """Add `sponsor_name`: a page would otherwise make a hundred sponsors to read their names."""
        return self.annotate(sponsor_name=models.F("sponsor__name"))

    def with_promised(self) -> Self:
        """Add `cash` and `in_kind`: what the lines promise over the whole period."""
        lines = related(self.model, "lines")
        return self.annotate(
            cash=_sum_by_commitment(lines.filter(kind="cash"), "amount"),
            in_kind=_sum_by_commitment(lines.filter(kind="in_kind"), "amount"),
        )

    def with_received(self, today: date) -> Self:
        """Add `received`, what its installments and charges were paid, and `overdue`, what should have been."""
        installments = related(self.model, "installments")
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
        """Proposed; or approved and not in effect although the day is past, or not able to as things stand.

        That is known beforehand of one that changes an installment which was paid, invoiced or replaced since.
        """
        commitments: Any = self.model._meta.get_field("commitment").related_model
        rows = related(commitments, "installments").model.versions
        its_own = rows.filter(commitment=OuterRef("commitment")).with_fixed()
        changed = Func(
            OuterRef("change__installments_removed"),
            Func(F("pk"), function="to_jsonb"),
            template="(%(expressions)s)",
            arg_joiner=" @> ",
            output_field=models.BooleanField(),
        )
        gone = its_own.filter(Q(is_fixed=True) | Q(removed_by__isnull=False)).filter(changed)
        stuck = Q(effective_on__lt=today) | Exists(gone)
        return self.filter(Q(state=AmendmentState.PROPOSED) | (Q(state=AmendmentState.APPROVED) & stuck))

    def agreed(self) -> Self:
        """In effect, or approved and to take effect later."""
        return self.filter(state__in=[AmendmentState.APPROVED, AmendmentState.APPLIED])


class InstallmentQuerySet(AmendedQuerySet["Installment"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_installment") else self.none()

    def scheduled(self) -> Self:
        """What the commitment promises; without charges."""
        return self.filter(kind=InstallmentKind.SCHEDULED)

    def charges(self) -> Self:
        """Asked for beside what was promised, and not released."""
        return self.filter(kind=InstallmentKind.CHARGE, released_on=None)

    def with_paid(self) -> Self:
        """Add `remainder`, what is still to be paid, to the `paid` and `written_off` of each row."""
        return self.annotate(remainder=F("amount") - F("paid") - F("written_off"))

    def with_state(self, today: date) -> Self:
        """Add `remainder` and `state`: `rules.installment_state` in SQL, in the same order."""
        return self.with_paid().annotate(
            state=Case(
                When(paid__gte=F("amount"), then=Value(InstallmentState.PAID)),
                When(~_SOMETHING_REMAINS, then=Value(InstallmentState.WRITTEN_OFF)),
                When(
                    commitment__state__in=[State.DRAFT, State.PROPOSED], then=Value(InstallmentState.PLANNED)
                ),
                When(
                    Q(commitment__state__in=[State.WITHDRAWN, State.DECLINED]) | _RELEASED,
                    then=Value(InstallmentState.RELEASED),
                ),
                When(due_on__lt=today, then=Value(InstallmentState.OVERDUE)),
                When(paid__gt=0, then=Value(InstallmentState.PARTLY_PAID)),
                When(due_on=today, then=Value(InstallmentState.DUE)),
                default=Value(InstallmentState.SCHEDULED),
                output_field=models.CharField(),
            )
        )

    def with_fixed(self) -> Self:
        """Add `is_fixed`: paid or written off in part or whole, or on an invoice; no amendment changes it."""
        on_invoice = related(self.model, "invoice_lines").filter(installment=OuterRef("pk"), stands=True)
        return self.annotate(
            is_fixed=Case(
                When(Q(paid__gt=0) | Q(written_off__gt=0) | Exists(on_invoice), then=Value(True)),
                default=Value(False),
            )
        )

    def ever_firm(self) -> Self:
        """Of a signed commitment, and not released by its termination."""
        return self.filter(commitment__state__in=FIRM).exclude(_TERMINATED)

    def firm(self) -> Self:
        """Of a signed commitment, and not released."""
        return self.ever_firm().filter(released_on=None)

    def open(self) -> Self:
        """Firmly due, now or later, and neither fully paid nor written off. Adds `remainder`."""
        return self.firm().with_paid().filter(_SOMETHING_REMAINS)

    def owed_on(self, day: date) -> Self:
        """What was firmly due, then or later, and not paid at the end of the day. Adds `remainder`.

        Reckoned from the dates of the facts: what was booked since is taken off the kept sums.
        """
        paid = related(self.model, "allocations").filter(booked_on__gt=day)
        lost = related(self.model, "write_offs").filter(booked_on__gt=day, state=WriteOffState.APPROVED)
        released = Q(released_on__lte=day) | Q(_TERMINATED, commitment__closed_on__lte=day)
        signed = self.filter(commitment__state__in=FIRM, commitment__signed_on__lte=day)
        known = signed.exclude(charged_on__gt=day).exclude(released)
        changed = Q(pk__in=paid.values("installment")) | Q(pk__in=lost.values("installment"))
        kept = F("amount") - F("paid") - F("written_off")
        return (
            known.filter(_SOMETHING_REMAINS | changed)
            .annotate(remainder=kept + self._sum_of(paid) + self._sum_of(lost))
            .filter(remainder__gt=0)
        )

    def _sum_of(self, rows: "models.QuerySet[Any]") -> Coalesce:
        own = rows.filter(installment=OuterRef("pk")).order_by().values("installment")
        total = own.annotate(sum=Sum("amount")).values("sum")
        return Coalesce(Subquery(total, output_field=AmountField()), _ZERO)

    def not_invoiced(self) -> Self:
        """On no invoice, or only on such as were credited in full."""
        lines = related(self.model, "invoice_lines")
        return self.exclude(Exists(lines.filter(installment=OuterRef("pk"), stands=True)))

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


class WriteOffQuerySet(models.QuerySet["WriteOff"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_writeoff") else self.none()

    def with_left(self) -> Self:
        """Add `left`, what of an approved write-off was not recovered; zero for every other row."""
        recovered = (
            self.model._default_manager.filter(recovers=OuterRef("pk"))
            .order_by()
            .values("recovers")
            .annotate(sum=Sum("amount"))
            .values("sum")
        )
        return self.annotate(
            left=Case(
                When(
                    recovers=None,
                    state=WriteOffState.APPROVED,
                    then=F("amount") + Coalesce(Subquery(recovered, output_field=AmountField()), _ZERO),
                ),
                default=_ZERO,
                output_field=AmountField(),
            )
        )


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_invoice") else self.none()

    def with_settled(self) -> Self:
        """Add `paid`, `written_off` and `outstanding`: `rules.line_settled` over its lines, in SQL."""
        due = "installment__"
        exact = AmountField()
        since = Greatest(F(f"{due}paid") - F("paid_before"), _ZERO, output_field=exact)
        paid = Least(since, F("amount"), output_field=exact)
        remainder = F(f"{due}amount") - F(f"{due}paid") - F(f"{due}written_off")
        rows = self.annotate(
            paid=self._sum_of_lines(paid),
            written_off=self._sum_of_lines(
                Greatest(F("amount") - paid - remainder, _ZERO, output_field=exact)
            ),
        )
        given_up = Greatest(F("credited"), F("written_off"), output_field=exact)
        left = F("total") - F("paid") - given_up
        return rows.annotate(outstanding=Greatest(left, _ZERO, output_field=exact))

    def to_be_paid(self) -> Self:
        """Of which something is still to be paid. Adds what `with_settled` adds."""
        return self.with_settled().filter(outstanding__gt=0)

    def _sum_of_lines(self, what: Any) -> Coalesce:
        lines = related(self.model, "lines").filter(invoice=OuterRef("pk"), stands=True)
        total = lines.order_by().values("invoice").annotate(sum=Sum(what)).values("sum")
        return Coalesce(Subquery(total, output_field=AmountField()), _ZERO)

    def with_state(self, today: date) -> Self:
        """Add `state` to what `with_settled` adds: `rules.invoice_state` in SQL, in the same order."""
        return self.with_settled().annotate(
            state=Case(
                When(credited__gte=F("total"), then=Value(InvoiceState.CREDITED)),
                When(outstanding__lte=0, written_off__gt=0, then=Value(InvoiceState.WRITTEN_OFF)),
                When(outstanding__lte=0, then=Value(InvoiceState.PAID)),
                When(due_on__lt=today, then=Value(InvoiceState.OVERDUE)),
                When(paid__gt=0, then=Value(InvoiceState.PARTLY_PAID)),
                default=Value(InvoiceState.ISSUED),
                output_field=models.CharField(),
            )
        )


class CreditNoteQuerySet(models.QuerySet["CreditNote"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_creditnote") else self.none()


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
