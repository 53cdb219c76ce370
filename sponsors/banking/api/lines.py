"""`/api/v1/bank-lines/`: what the bank told, what each line may be, and saying what it is."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import AmountField, NoInput, StrictInput, VisibleRecord
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from sponsors.banking import services
from sponsors.banking.models import BankLine
from sponsors.banking.querysets import BankLineQuerySet
from sponsors.banking.rules import LineState
from sponsors.banking.selectors import alike_of, matches_of
from sponsors.commitments.models import Commitment, Invoice, Receipt
from sponsors.directory.models import Sponsor
from sponsors.directory.services import hold_sponsor_of, lock_sponsor

_CONFIRM = "sponsors.confirm_bankline"
# What a program that reads the bank needs: an answer says all of it, a CSV nothing else.
_COLUMNS = (
    "id",
    "account",
    "booked_on",
    "amount",
    "currency",
    "payer",
    "reference",
    "text",
    "bank_id",
    "state",
    "reason",
    "receipt",
)


class BankLineSerializer(serializers.ModelSerializer[BankLine]):
    amount = AmountField(help_text="Negative: money that went out.")
    state = serializers.ChoiceField(choices=LineState.choices)

    class Meta:
        model = BankLine
        fields = (*_COLUMNS, "statement", "decided_by", "created_at", "updated_at")
        read_only_fields = fields


class ProposalSerializer(serializers.Serializer[Any]):
    sponsor = serializers.IntegerField(source="sponsor.pk")
    sponsor_name = serializers.CharField(source="sponsor.name")
    commitment = serializers.IntegerField(source="commitment.pk", default=None, allow_null=True)
    invoice = serializers.IntegerField(
        source="invoice.pk",
        default=None,
        allow_null=True,
        help_text="The reference names it: what it asks for is paid first.",
    )
    receipt = serializers.IntegerField(
        source="receipt.pk",
        default=None,
        allow_null=True,
        help_text="A receipt that is recorded already: tie it.",
    )
    score = serializers.IntegerField()
    reasons = serializers.ListField(child=serializers.CharField(), help_text="In words.")


class ProposalsSerializer(serializers.Serializer[Any]):
    proposals = ProposalSerializer(many=True, help_text="The likeliest first.")
    alike = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Lines of other files with the same day and amount: perhaps the same money.",
    )


class ConfirmInput(StrictInput):
    sponsor = VisibleRecord(queryset=Sponsor.objects.all())
    commitment = VisibleRecord(
        queryset=Commitment.objects.all(), required=False, help_text="Only its installments are paid."
    )
    invoice = VisibleRecord(
        queryset=Invoice.objects.select_related("commitment"),
        required=False,
        help_text="What it asks for is paid first, and then other installments of its commitment.",
    )
    allocate = serializers.ChoiceField(
        choices=[("oldest", "Oldest first"), ("none", "None: all is credit")], default="oldest"
    )
    acknowledge = serializers.BooleanField(default=False, help_text="Mail thanks to the billing contact.")


class TieInput(StrictInput):
    receipt = VisibleRecord(queryset=Receipt.objects.all())


class SetAsideInput(StrictInput):
    reason = serializers.CharField(max_length=300)


class BankLineFilters(ListFilters):
    account = IdFilter()
    statement = IdFilter()
    state = filters.MultipleChoiceFilter(choices=LineState.choices)
    incoming = TrueOrFalse(method="of_money_in", help_text="Money that came in, or that went out.")
    booked_from = filters.DateFilter("booked_on", lookup_expr="gte")
    booked_to = filters.DateFilter("booked_on", lookup_expr="lte")
    receipt = IdFilter()
    alike = TrueOrFalse(
        method="of_alike",
        help_text="Money in that another line may tell too: perhaps the same, told twice. False: all others.",
    )

    def of_alike(self, queryset: BankLineQuerySet, _name: str, value: Any) -> BankLineQuerySet:
        alike = BankLine.objects.alike().values("pk")
        return queryset.filter(pk__in=alike) if value else queryset.exclude(pk__in=alike)

    def of_money_in(self, queryset: BankLineQuerySet, _name: str, value: Any) -> BankLineQuerySet:
        return queryset.incoming() if value else queryset.filter(amount__lt=0)


class BankLineViewSet(ReadViewSet[BankLine]):
    """Movements of the accounts. A person, or a program of theirs, says what each is."""

    queryset = BankLine.objects.all()
    serializer_class = BankLineSerializer
    filterset_class = BankLineFilters
    required_scopes = {"read": Scope.BANKING_READ, "write": Scope.BANKING_WRITE}
    action_permissions = {
        "proposals": "sponsors.view_bankline",
        "confirm": _CONFIRM,
        "tie": _CONFIRM,
        "set_aside": _CONFIRM,
        "undo_set_aside": _CONFIRM,
    }
    inputs = {
        "confirm": ConfirmInput,
        "tie": TieInput,
        "set_aside": SetAsideInput,
        "undo_set_aside": NoInput,
    }
    outputs = {"proposals": ProposalsSerializer}
    ordering_fields = {"booked_on": "booked_on", "amount": "amount"}
    ordering = ("-booked_on",)
    csv_columns = _COLUMNS

    def lock_first(self) -> None:
        """Lock the sponsor whose money it shall be, before the line."""
        if self.action == "confirm":
            lock_sponsor(self.input()["sponsor"])
        if self.action == "tie":
            hold_sponsor_of(Receipt, self.input()["receipt"].pk)

    @action(detail=True, methods=["get"])
    def proposals(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """What the line may be, with the reasons; nothing for money that went out or a line that is decided."""
        line = self.get_object()
        found = {
            "proposals": matches_of([line]).get(line.pk, []),
            "alike": [other.pk for other in alike_of([line])[line.pk]],
        }
        return Response(ProposalsSerializer(found).data)

    @action(detail=True, methods=["post"])
    @idempotent
    def confirm(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record it as a receipt of the sponsor, which pays the oldest open installments.

        It is received on the day of the line; when the books of that are closed, on the first open day,
        and `corrects_on` of the receipt is the day of the line.
        """
        with self.locked() as record:
            services.confirm_match(actor=self.caller, line=record, today=local_today(), **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def tie(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that it is a receipt recorded already."""
        with self.locked() as record:
            services.tie_receipt(actor=self.caller, line=record, receipt=self.input()["receipt"])
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="set-aside")
    @idempotent
    def set_aside(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say that it is no sponsor's money, and why."""
        with self.locked() as record:
            services.set_aside(actor=self.caller, line=record, reason=self.input()["reason"])
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="undo-set-aside")
    @idempotent
    def undo_set_aside(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Open it again after it was set aside."""
        with self.locked() as record:
            services.undo_set_aside(actor=self.caller, line=record)
            return self.answer(record.pk)
