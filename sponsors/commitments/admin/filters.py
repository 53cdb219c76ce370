"""What the lists of commitments, installments and receipts can be narrowed to."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from foundation.books.models import Fund
from foundation.books.selectors import current_organization, local_today
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine, Receipt
from sponsors.commitments.rules import (
    ConditionState,
    InstallmentKind,
    InstallmentState,
    InvoiceState,
    State,
    add_months,
)
from sponsors.commitments.selectors.attention import ENDING_WITHIN, NOTICE_WITHIN, PROPOSAL_WAITS

if TYPE_CHECKING:
    from sponsors.commitments.querysets import (
        AmendmentQuerySet,
        CommitmentQuerySet,
        InstallmentQuerySet,
        ReceiptQuerySet,
    )

Choices = Sequence[tuple[str, str]]


class _Choice(DropdownFilter):
    """A list of choices; a value that is none of them narrows nothing."""

    def chosen(self) -> str:
        value = self.value()
        return str(value) if value in {str(key) for key, _label in self.lookup_choices} else ""


class Standing(_Choice):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [
            ("in_force", "In force today"),
            ("not_over", "In force or starting later"),
            ("open", "Draft or proposed"),
            ("waiting", "Proposed more than 30 days ago"),
            ("ends_30", "Ends within 30 days"),
            ("ends_90", "Ends within 90 days"),
            ("ends_180", "Ends within 180 days"),
            ("not_renewed", "Ends within 180 days, nothing follows"),
            ("notice", "Last day for notice within 60 days"),
            ("to_renew", "Agreed to renew by itself, not renewed yet"),
        ]

    def queryset(self, request: HttpRequest, queryset: "CommitmentQuerySet") -> "CommitmentQuerySet":
        del request
        chosen = self.chosen()
        today = local_today()
        narrowed: dict[str, Callable[[], CommitmentQuerySet]] = {
            "in_force": lambda: queryset.in_force(today),
            "not_over": lambda: queryset.not_over(today),
            "open": lambda: queryset.filter(state__in=[State.DRAFT, State.PROPOSED]),
            "waiting": lambda: queryset.filter(state=State.PROPOSED, proposed_on__lt=today - PROPOSAL_WAITS),
            "not_renewed": lambda: queryset.ending_between(today, today + ENDING_WITHIN).nothing_follows(
                today
            ),
            "notice": lambda: queryset.notice_due(today, today + NOTICE_WITHIN),
            "to_renew": lambda: queryset.to_renew(today),
        }
        if chosen.startswith("ends_"):
            return queryset.ending_between(today, today + timedelta(days=int(chosen.removeprefix("ends_"))))
        return narrowed[chosen]() if chosen else queryset


class ConditionStates(_Choice):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return ConditionState.choices

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        del request
        chosen = self.chosen()
        return queryset.filter(state=chosen) if chosen else queryset


class Owner(_Choice):
    title = "owner"
    parameter_name = "owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del model_admin
        people = User.objects.filter(owned_commitments__isnull=False).exclude(pk=request.user.pk).distinct()
        return [
            ("me", "Me"),
            ("none", "Nobody, and not closed"),
            *((str(person.pk), str(person)) for person in people.order_by("name", "pk")),
        ]

    def queryset(self, request: HttpRequest, queryset: "CommitmentQuerySet") -> "CommitmentQuerySet":
        chosen = self.chosen()
        if chosen == "me":
            return queryset.filter(owner=request.user.pk)
        if chosen == "none":
            return queryset.without_owner()
        return queryset.filter(owner=int(chosen)) if chosen else queryset


class Kind(_Choice):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [(kind.value, str(kind.label)) for kind in CommitmentLine.Kind]

    def queryset(self, request: HttpRequest, queryset: "CommitmentQuerySet") -> "CommitmentQuerySet":
        del request
        lines = CommitmentLine.objects.filter(commitment=models.OuterRef("pk"), kind=self.chosen())
        return queryset.filter(models.Exists(lines)) if self.chosen() else queryset


class FundOfLine(_Choice):
    """Commitments with a cash line into the fund, or their installments (`path`)."""

    title = "fund"
    parameter_name = "fund"
    path = "pk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [(str(pk), name) for pk, name in Fund.objects.values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        del request
        if not self.chosen():
            return queryset
        lines = CommitmentLine.objects.filter(commitment=models.OuterRef(self.path), fund=int(self.chosen()))
        return queryset.filter(models.Exists(lines))


class FundOfInstallment(FundOfLine):
    """A charge has a fund of its own."""

    path = "commitment_id"

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        del request
        if not self.chosen():
            return queryset
        lines = CommitmentLine.objects.filter(commitment=models.OuterRef(self.path), fund=int(self.chosen()))
        scheduled = models.Q(models.Exists(lines), kind=InstallmentKind.SCHEDULED)
        return queryset.filter(scheduled | models.Q(fund=int(self.chosen())))


class KindOfInstallment(_Choice):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [(kind.value, str(kind.label)) for kind in InstallmentKind]

    def queryset(self, request: HttpRequest, queryset: "InstallmentQuerySet") -> "InstallmentQuerySet":
        del request
        return queryset.filter(kind=self.chosen()) if self.chosen() else queryset


class UsedCurrency(_Choice):
    title = "currency"
    parameter_name = "currency"
    model: type[models.Model] = Commitment
    path = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        used = self.model._default_manager.order_by("currency").values_list("currency", flat=True).distinct()
        return [(code, code) for code in used]

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        del request
        return queryset.filter(**{self.path: self.chosen()}) if self.chosen() else queryset


class CommitmentCurrency(UsedCurrency):
    """Of rows that have a commitment."""

    path = "commitment__currency"


class ReceiptCurrency(UsedCurrency):
    model = Receipt


class FiscalYear(_Choice):
    """Rows whose date (`path`) is in the foundation's fiscal year."""

    title = "fiscal year of start"
    parameter_name = "fiscal_year"
    path = "starts_on"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request
        model: type[models.Model] = model_admin.model
        ends = model._default_manager.aggregate(first=models.Min(self.path), last=models.Max(self.path))
        if ends["first"] is None:
            return []
        first, last = (self._year_of(ends[key]) for key in ("first", "last"))
        return [(str(year), self._label(year)) for year in range(last, first - 1, -1)]

    def _year_of(self, day: date) -> int:
        """Return the year in which the fiscal year that holds the day begins."""
        return day.year if day.month >= self._month else day.year - 1

    @cached_property
    def _month(self) -> int:
        return current_organization().fiscal_year_start_month

    def _label(self, year: int) -> str:
        return str(year) if self._month == 1 else f"{year}/{(year + 1) % 100:02d}"

    def queryset(self, request: HttpRequest, queryset: "models.QuerySet[Any]") -> "models.QuerySet[Any]":
        del request
        if not self.chosen():
            return queryset
        first = date(int(self.chosen()), self._month, 1)
        return queryset.filter(**{f"{self.path}__gte": first, f"{self.path}__lt": add_months(first, 12)})


class DueYear(FiscalYear):
    title = "fiscal year due"
    path = "due_on"


class YearIssued(FiscalYear):
    title = "fiscal year issued"
    path = "issued_on"


class Due(_Choice):
    title = "due"
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [
            ("overdue", "Overdue"),
            ("this_month", "Due this month"),
            ("next_30", "Due within 30 days"),
            ("open", "Still to be paid"),
        ]

    def queryset(self, request: HttpRequest, queryset: "InstallmentQuerySet") -> "InstallmentQuerySet":
        del request
        today = local_today()
        month = today.replace(day=1)
        match self.chosen():
            case "overdue":
                return queryset.overdue(today)
            case "this_month":
                return queryset.open().filter(due_on__gte=month, due_on__lt=add_months(month, 1))
            case "next_30":
                return queryset.open().filter(due_on__gte=today, due_on__lte=today + timedelta(days=30))
            case "open":
                return queryset.open()
            case _:
                return queryset


class PaymentState(_Choice):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [(state.value, str(state.label)) for state in InstallmentState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        states = queryset.with_state(local_today())
        return states.filter(state=self.chosen()) if self.chosen() else queryset


class Decision(_Choice):
    title = "what is to be done"
    parameter_name = "decision"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [("open", "To approve or repair")]

    def queryset(self, request: HttpRequest, queryset: "AmendmentQuerySet") -> "AmendmentQuerySet":
        del request
        return queryset.undecided(local_today()) if self.chosen() else queryset


class StateOfInvoice(_Choice):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [(state.value, str(state.label)) for state in InvoiceState]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        return queryset.filter(state=self.chosen()) if self.chosen() else queryset


class Credit(_Choice):
    title = "allocation"
    parameter_name = "allocation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return [
            ("credit", "Something left as credit"),
            ("standing", "Not reversed"),
            ("reversed", "Reversed"),
        ]

    def queryset(self, request: HttpRequest, queryset: "ReceiptQuerySet") -> "ReceiptQuerySet":
        del request
        match self.chosen():
            case "credit":
                return queryset.with_credit()
            case "standing":
                return queryset.standing()
            case "reversed":
                return queryset.exclude(reverses=None, is_reversed=False)
            case _:
                return queryset
