"""`/api/v1/commitments/`: promises with their lines, terms and installments, and what is done to them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.etags import check_match
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.commitments import services
from sponsors.commitments.api import inputs, representation
from sponsors.commitments.api.answers import CommitmentSerializer
from sponsors.commitments.api.cash import CashInput, PromisedCashSerializer, represented
from sponsors.commitments.api.filters import CommitmentFilters
from sponsors.commitments.api.promise_inputs import NoticeInput
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.commitments.selectors import promised_cash

_DETAILS = {"title", "announced_on", "notes"}


class CommitmentViewSet(RecordViewSet[Commitment]):
    """Firm, written support over a period, in cash or in kind, and the way to it."""

    # Of the sponsor only the name is shown; the rest of its row is large.
    queryset = Commitment.objects.with_sponsor_name()
    serializer_class = CommitmentSerializer
    filterset_class = CommitmentFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ, "write": Scope.COMMITMENTS_WRITE}
    action_permissions = {
        "propose": "sponsors.negotiate_commitment",
        "revise": "sponsors.negotiate_commitment",
        "decline": "sponsors.negotiate_commitment",
        "withdraw": "sponsors.negotiate_commitment",
        "sign": "sponsors.sign_commitment",
        "terminate": "sponsors.terminate_commitment",
        "end": "sponsors.terminate_commitment",
        "set_owner": "sponsors.change_commitment",
        "renew": "sponsors.add_commitment",
        "give_notice": "sponsors.terminate_commitment",
        "withdraw_notice": "sponsors.terminate_commitment",
        "cash": "sponsors.view_condition",
    }
    action_parameters = {"cash": ("on",)}
    outputs = {"cash": PromisedCashSerializer}
    inputs = {
        "create": inputs.DraftInput,
        "partial_update": inputs.RevisionInput,
        "propose": NoInput,
        "revise": NoInput,
        "sign": inputs.SignInput,
        "decline": inputs.ReasonInput,
        "withdraw": inputs.ReasonInput,
        "terminate": inputs.TerminateInput,
        "end": NoInput,
        "set_owner": inputs.OwnerInput,
        "renew": inputs.RenewInput,
        "give_notice": NoticeInput,
        "withdraw_notice": inputs.ReasonInput,
    }
    creates = ("create", "renew")
    ordering_fields = {
        "number": "number",
        "starts_on": "starts_on",
        "ends_on": "ends_before",
        "title": "title",
        "updated_at": "updated_at",
    }
    ordering = ("-number",)
    csv_columns = (
        "id",
        "number",
        "sponsor",
        "sponsor_name",
        "title",
        "state",
        "currency",
        "starts_on",
        "ends_on",
        "cash",
        "in_kind",
        "received",
        "overdue",
        "owner",
        "renewal_of",
        "notice_days",
        "notice_on",
        "renews_automatically",
        "renewal_months",
        "announced_on",
        "proposed_on",
        "signed_on",
        "closed_on",
    )

    @cached_property
    def today(self) -> date:
        return local_today()

    def represent(self, records: Sequence[Commitment]) -> Sequence[Mapping[str, Any]]:
        return representation.commitments(records, self.today)

    def add(self, data: dict[str, Any]) -> Commitment:
        # Whoever writes it down looks after it, until it is said otherwise; null says "nobody".
        owner = None if data.get("backup") == self.caller else services.as_owner(self.caller)
        terms = {"schedule": None, "owner": owner, **inputs.terms_of(data)}
        return services.draft_commitment(actor=self.caller, today=self.today, **terms)

    def change(self, record: Commitment, data: dict[str, Any]) -> Commitment:
        if record.state != State.DRAFT and set(data) <= _DETAILS:
            return services.change_details(actor=self.caller, commitment=record, **data)
        return services.revise_draft(actor=self.caller, commitment=record, **inputs.terms_of(data, record))

    @action(detail=True, methods=["post"])
    @idempotent
    def propose(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Put a complete draft before the sponsor. Its terms are fixed from here on."""
        return self._do(services.propose, today=self.today)

    @action(detail=True, methods=["post"])
    @idempotent
    def revise(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take a proposal back to draft, so that it can be changed."""
        return self._do(services.revise)

    @action(detail=True, methods=["post"])
    @idempotent
    def sign(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record that both sides signed. From here on it is firm and its installments fall due."""
        return self._do(services.sign, today=self.today)

    @action(detail=True, methods=["post"])
    @idempotent
    def decline(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record that the sponsor said no to a proposal, and why."""
        return self._do(services.decline, today=self.today)

    @action(detail=True, methods=["post"])
    @idempotent
    def withdraw(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give up a draft or a proposal of ours, and say why."""
        return self._do(services.withdraw, today=self.today)

    @action(detail=True, methods=["post"])
    @idempotent
    def terminate(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Close a signed commitment early. What falls due on that day or later is released."""
        return self._do(services.terminate, today=self.today)

    @action(detail=True, methods=["post"])
    @idempotent
    def end(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Close a signed commitment whose last day is past. Bursar does it by itself every hour."""
        return self._do(services.end, today=self.today)

    @action(detail=True, methods=["post"], url_path="set-owner")
    @idempotent
    def set_owner(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say who looks after the commitment, and who does when the owner cannot."""
        return self._do(services.set_owner)

    @action(detail=True, methods=["post"])
    @idempotent
    def renew(self, request: Request, pk: str) -> Response:
        """Draft the commitment that follows: as long, with the same lines and rhythm of payment."""
        # Not locked: what is firm does not change, and services lock the sponsor first.
        record = get_object_or_404(self.get_queryset(), pk=pk)
        check_match(request.headers.get("If-Match"), record)
        with transaction.atomic():
            renewal = services.renew_commitment(
                actor=self.caller, commitment=record, today=self.today, **self.input()
            )
            return self.answer(renewal.pk, code=status.HTTP_201_CREATED)

    @action(detail=True, methods=["post"], url_path="give-notice")
    @idempotent
    def give_notice(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record that one side said in time that it will not renew. Nothing follows by itself then."""
        return self._do(services.give_notice, today=self.today)

    @action(detail=True, methods=["post"], url_path="withdraw-notice")
    @idempotent
    def withdraw_notice(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take the notice back, and say why."""
        return self._do(services.withdraw_notice, today=self.today)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "on", OpenApiTypes.DATE, description="As it stood on this day; today by default."
            )
        ]
    )
    @action(detail=True, methods=["get"])
    def cash(self, request: Request, pk: str) -> Response:  # routing's signature
        """Answer how much of the cash is ours on a day, what it depends on, and which fund it goes to."""
        record = get_object_or_404(self.get_queryset(), pk=pk)
        given = {name: value for name, value in request.query_params.items() if name == "on"}
        asked = CashInput(data=given)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("on", self.today)
        return Response(represented(promised_cash(record, day)))

    def _do(self, service: Callable[..., object], **given: Any) -> Response:
        with self.locked() as record:
            service(actor=self.caller, commitment=record, **self.input(), **given)
            return self.answer(record.pk)
