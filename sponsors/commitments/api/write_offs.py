"""`/api/v1/write-offs/`: what we no longer expect, decided by two, and what came after all."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput
from foundation.api.views import CreatesRecords
from foundation.books.rules import fiscal_year_number
from foundation.books.selectors import current_organization, local_today
from foundation.money.display import plain_amount
from sponsors.commitments import services
from sponsors.commitments.api import inputs
from sponsors.commitments.api.answers import WriteOffSerializer
from sponsors.commitments.api.filters import WriteOffFilters
from sponsors.commitments.models import Commitment, WriteOff
from sponsors.directory.services import hold_sponsor_of


class WriteOffViewSet(CreatesRecords[WriteOff]):
    """Amounts of installments that we no longer expect. Only approved ones count."""

    queryset = WriteOff.objects.with_left().select_related("installment__commitment__sponsor")
    serializer_class = WriteOffSerializer
    filterset_class = WriteOffFilters
    required_scopes = {"read": Scope.INVOICES_READ, "write": Scope.INVOICES_WRITE}
    action_permissions = {
        "create": "sponsors.propose_writeoff",
        "approve": "sponsors.approve_writeoff",
        "refuse": "sponsors.approve_writeoff",
        "recover": "sponsors.recover_writeoff",
    }
    inputs = {
        "create": inputs.WriteOffInput,
        "approve": inputs.ApproveWriteOffInput,
        "refuse": NoInput,
        "recover": inputs.RecoverInput,
    }
    creates = ("create", "recover")
    ordering_fields = {"id": "pk"}
    ordering = ("-id",)
    csv_columns = tuple(WriteOffSerializer._declared_fields)

    def represent(self, records: Sequence[WriteOff]) -> Sequence[Mapping[str, Any]]:
        start_month = current_organization().fiscal_year_start_month
        return [_represented(record, start_month) for record in records]

    def lock_first(self) -> None:
        commitment = WriteOff.objects.filter(pk=self.kwargs["pk"]).values("installment__commitment")
        hold_sponsor_of(Commitment, commitment[:1])

    def add(self, data: dict[str, Any]) -> WriteOff:
        return services.propose_write_off(actor=self.caller, **data)

    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Write the amount off. Whoever proposed it cannot."""
        with self.locked() as record:
            services.approve_write_off(
                actor=self.caller, write_off=record, today=local_today(), **self.input()
            )
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def refuse(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say no: the amount stays due. Whoever proposed it cannot."""
        with self.locked() as record:
            services.refuse_write_off(actor=self.caller, write_off=record, today=local_today())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def recover(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Expect again all of it, or an amount. It is due again and can be paid."""
        with self.locked() as record:
            recovery = services.recover_write_off(
                actor=self.caller, write_off=record, today=local_today(), **self.input()
            )
            return self.answer(recovery.pk, code=status.HTTP_201_CREATED)


def _represented(record: WriteOff, start_month: int) -> Mapping[str, Any]:
    commitment = record.installment.commitment
    return {
        "id": record.pk,
        "installment": record.installment_id,
        "commitment": commitment.pk,
        "commitment_number": commitment.number,
        "position": record.installment.position,
        "sponsor": commitment.sponsor_id,
        "sponsor_name": commitment.sponsor.name,
        "currency": commitment.currency,
        "amount": plain_amount(record.amount, commitment.currency),
        "left": plain_amount(record.left, commitment.currency),
        "state": record.state,
        "reason": record.reason,
        "booked_on": record.booked_on.isoformat() if record.booked_on else None,
        "fiscal_year": fiscal_year_number(record.booked_on, start_month),
        "proposed_by": record.proposed_by_id,
        "decided_by": record.decided_by_id,
        "decided_on": record.decided_on.isoformat() if record.decided_on else None,
        "recovers": record.recovers_id,
    }
