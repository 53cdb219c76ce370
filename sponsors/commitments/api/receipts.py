"""`/api/v1/receipts/`: money received, what it pays, and undoing it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.views import CreatesRecords
from foundation.books.selectors import local_today
from sponsors.commitments import services
from sponsors.commitments.api import inputs, representation
from sponsors.commitments.api.answers import ReceiptSerializer
from sponsors.commitments.api.filters import ReceiptFilters
from sponsors.commitments.models import Receipt
from sponsors.commitments.services import ReceiptError
from sponsors.directory.services import hold_sponsor_of


class ReceiptViewSet(CreatesRecords[Receipt]):
    """Money actually received. A wrong receipt is reversed by a row that names it, never edited."""

    queryset = Receipt.objects.select_related("sponsor")
    serializer_class = ReceiptSerializer
    filterset_class = ReceiptFilters
    required_scopes = {"read": Scope.RECEIPTS_READ, "write": Scope.RECEIPTS_WRITE}
    action_permissions = {
        "allocate": "sponsors.allocate_receipt",
        "take_back": "sponsors.allocate_receipt",
        "reverse": "sponsors.reverse_receipt",
    }
    inputs = {
        "create": inputs.ReceiptInput,
        "allocate": inputs.AllocateInput,
        "take_back": inputs.TakeBackInput,
        "reverse": inputs.ReasonInput,
    }
    ordering_fields = {"received_on": "received_on", "amount": "amount"}
    ordering = ("-received_on",)
    csv_columns = (
        "id",
        "received_on",
        "sponsor",
        "sponsor_name",
        "currency",
        "amount",
        "allocated",
        "unapplied",
        "method",
        "source",
        "reference",
        "payer",
        "note",
        "corrects_on",
        "reverses",
        "is_reversed",
    )

    def represent(self, records: Sequence[Receipt]) -> Sequence[Mapping[str, Any]]:
        return representation.receipts(records)

    def lock_first(self) -> None:
        hold_sponsor_of(Receipt, self.kwargs["pk"])

    def add(self, data: dict[str, Any]) -> Receipt:
        given = {**data, **_by_hand(data)}
        given.pop("allocations", None)
        return services.record_receipt(actor=self.caller, today=local_today(), **given).receipt

    @action(detail=True, methods=["post"])
    @idempotent
    def allocate(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let what is left of it pay installments: those given, or the oldest open ones first."""
        with self.locked() as record:
            data = self.input()
            services.allocate_receipt(
                actor=self.caller,
                receipt=record,
                commitment=data.get("commitment"),
                invoice=data.get("invoice"),
                today=local_today(),
                **_by_hand(data),
            )
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="take-back")
    @idempotent
    def take_back(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Undo allocations of this receipt, each whole. The money is credit again."""
        with self.locked() as record:
            allocations = self.input()["allocations"]
            if any(allocation.receipt_id != record.pk for allocation in allocations):
                msg = "An allocation is of another receipt. Give allocations of this one only."
                raise ReceiptError(msg, code="allocations_of_one_receipt", field="allocations")
            services.take_back_allocations(actor=self.caller, allocations=allocations, today=local_today())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Undo the receipt by a row that names it. What it paid is open again."""
        with self.locked() as record:
            services.reverse_receipt(
                actor=self.caller, receipt=record, reason=self.input()["reason"], today=local_today()
            )
            return self.answer(record.pk)


def _by_hand(data: Mapping[str, Any]) -> dict[str, Any]:
    return {"allocate": inputs.parts_of(data["allocations"])} if "allocations" in data else {}
