"""What lists may be narrowed to."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django_filters import rest_framework as filters

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.money.rules import currency_codes
from sponsors.commitments.models import Allocation, CommitmentLine, Receipt
from sponsors.commitments.querysets import CommitmentQuerySet, InstallmentQuerySet, ReceiptQuerySet
from sponsors.commitments.rules import (
    InstallmentKind,
    InstallmentState,
    InvoiceState,
    State,
    WriteOffState,
    day_after,
)
from sponsors.directory.models import Sponsor

CURRENCIES = [(code, code) for code in currency_codes()]


class CommitmentFilters(ListFilters):
    number = filters.CharFilter(lookup_expr="iexact")
    sponsor = IdFilter()
    owner = IdFilter()
    state = filters.MultipleChoiceFilter(choices=State.choices)
    currency = filters.ChoiceFilter(choices=CURRENCIES)
    kind = filters.ChoiceFilter(
        choices=CommitmentLine.Kind.choices, method="of_kind", help_text="Has a line of this kind."
    )
    fund = filters.CharFilter(method="of_fund", help_text="Has a cash line into the fund of this code.")
    in_force_on = filters.DateFilter(method="in_force", help_text="Firm, and the day is in its period.")
    starts_from = filters.DateFilter("starts_on", lookup_expr="gte")
    starts_to = filters.DateFilter("starts_on", lookup_expr="lte")
    ends_from = filters.DateFilter("ends_before", lookup_expr="gt", help_text="Last day on or after this.")
    ends_to = filters.DateFilter(method="ends_until", help_text="Last day on or before this.")
    renewal_of = IdFilter()
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    search = filters.CharFilter(method="matching", help_text="Words in the number, title or sponsor.")

    def of_kind(self, queryset: CommitmentQuerySet, _name: str, value: str) -> CommitmentQuerySet:
        return queryset.filter(Exists(CommitmentLine.objects.filter(commitment=OuterRef("pk"), kind=value)))

    def of_fund(self, queryset: CommitmentQuerySet, _name: str, value: str) -> CommitmentQuerySet:
        lines = CommitmentLine.objects.filter(commitment=OuterRef("pk"), fund__code=value)
        return queryset.filter(Exists(lines))

    def in_force(self, queryset: CommitmentQuerySet, _name: str, value: date) -> CommitmentQuerySet:
        return queryset.in_force(value)

    def ends_until(self, queryset: CommitmentQuerySet, _name: str, value: date) -> CommitmentQuerySet:
        return queryset.filter(ends_before__lte=day_after(value))

    def matching(self, queryset: CommitmentQuerySet, _name: str, value: str) -> CommitmentQuerySet:
        sponsors = Sponsor.objects.matching(value).values("pk")
        return queryset.filter(
            Q(number__icontains=value) | Q(title__icontains=value) | Q(sponsor__in=sponsors)
        )


class InstallmentFilters(ListFilters):
    sponsor = IdFilter("commitment__sponsor")
    commitment = IdFilter()
    currency = filters.ChoiceFilter("commitment__currency", choices=CURRENCIES)
    kind = filters.ChoiceFilter(choices=InstallmentKind.choices)
    state = filters.MultipleChoiceFilter(choices=InstallmentState.choices)
    overdue = TrueOrFalse(method="is_overdue")
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")
    fund = filters.CharFilter(
        method="of_fund",
        help_text="Of a commitment with cash into the fund of this code; a charge goes into its own fund.",
    )

    def is_overdue(self, queryset: InstallmentQuerySet, _name: str, value: Any) -> InstallmentQuerySet:
        overdue = Q(state=InstallmentState.OVERDUE)
        return queryset.filter(overdue if value else ~overdue)

    def of_fund(self, queryset: InstallmentQuerySet, _name: str, value: str) -> InstallmentQuerySet:
        lines = CommitmentLine.objects.filter(commitment=OuterRef("commitment"), fund__code=value)
        scheduled = Q(Exists(lines), kind=InstallmentKind.SCHEDULED)
        return queryset.filter(scheduled | Q(fund__code=value))


class ReceiptFilters(ListFilters):
    sponsor = IdFilter()
    commitment = IdFilter(method="paying", help_text="Pays an installment of this commitment.")
    currency = filters.ChoiceFilter(choices=CURRENCIES)
    method = filters.ChoiceFilter(choices=Receipt.Method.choices)
    source = filters.CharFilter()
    reference = filters.CharFilter()
    received_from = filters.DateFilter("received_on", lookup_expr="gte")
    received_to = filters.DateFilter("received_on", lookup_expr="lte")
    is_reversed = TrueOrFalse()
    has_credit = TrueOrFalse(method="with_credit", help_text="Some of it pays nothing yet.")

    def paying(self, queryset: ReceiptQuerySet, _name: str, value: Any) -> ReceiptQuerySet:
        pays = Allocation.objects.standing().filter(receipt=OuterRef("pk"), installment__commitment=value)
        return queryset.filter(Exists(pays))

    def with_credit(self, queryset: ReceiptQuerySet, _name: str, value: Any) -> ReceiptQuerySet:
        credit = Receipt.objects.with_credit().values("pk")
        return queryset.filter(pk__in=credit) if value else queryset.exclude(pk__in=credit)


class WriteOffFilters(ListFilters):
    sponsor = IdFilter("installment__commitment__sponsor")
    commitment = IdFilter("installment__commitment")
    installment = IdFilter()
    state = filters.MultipleChoiceFilter(choices=WriteOffState.choices)
    booked_from = filters.DateFilter("booked_on", lookup_expr="gte")
    booked_to = filters.DateFilter("booked_on", lookup_expr="lte")


class InvoiceFilters(ListFilters):
    number = filters.CharFilter(lookup_expr="iexact")
    sponsor = IdFilter("commitment__sponsor")
    commitment = IdFilter()
    currency = filters.ChoiceFilter("commitment__currency", choices=CURRENCIES)
    state = filters.MultipleChoiceFilter(choices=InvoiceState.choices)
    issued_from = filters.DateFilter("issued_on", lookup_expr="gte")
    issued_to = filters.DateFilter("issued_on", lookup_expr="lte")
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")


class CreditNoteFilters(ListFilters):
    invoice = IdFilter()
    sponsor = IdFilter("invoice__commitment__sponsor")
    issued_from = filters.DateFilter("issued_on", lookup_expr="gte")
    issued_to = filters.DateFilter("issued_on", lookup_expr="lte")
