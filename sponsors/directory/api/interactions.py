"""`/api/v1/interactions/`: what was said with sponsors, and what should follow."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.directory import services
from sponsors.directory.api.filters import InteractionFilters
from sponsors.directory.api.inputs import DoneInput, InteractionChangeInput, InteractionInput
from sponsors.directory.models import Interaction


class InteractionSerializer(serializers.ModelSerializer[Interaction]):
    sponsor_name = serializers.CharField(source="sponsor.name")
    by_name = serializers.CharField(source="by.name")
    contacts = serializers.PrimaryKeyRelatedField[Any](many=True, read_only=True)

    class Meta:
        model = Interaction
        fields = (
            "id",
            "sponsor",
            "sponsor_name",
            "kind",
            "occurred_at",
            "contacts",
            "by",
            "by_name",
            "summary",
            "next_step",
            "next_step_due",
            "next_step_done_on",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class InteractionViewSet(RecordViewSet[Interaction]):
    """Calls, mails, meetings and notes, with the next step of each."""

    queryset = Interaction.objects.select_related("sponsor", "by").prefetch_related("contacts")
    serializer_class = InteractionSerializer
    filterset_class = InteractionFilters
    required_scopes = {"read": Scope.CONTACTS_READ, "write": Scope.CONTACTS_WRITE}
    action_permissions = {"complete": "sponsors.change_interaction", "reopen": "sponsors.change_interaction"}
    inputs = {
        "create": InteractionInput,
        "partial_update": InteractionChangeInput,
        "complete": DoneInput,
        "reopen": NoInput,
    }
    ordering_fields = ("occurred_at", "next_step_due", "created_at", "updated_at")
    ordering = ("-occurred_at",)
    csv_columns = (
        "id",
        "sponsor",
        "sponsor_name",
        "kind",
        "occurred_at",
        "contacts",
        "by",
        "by_name",
        "summary",
        "next_step",
        "next_step_due",
        "next_step_done_on",
        "created_at",
        "updated_at",
    )

    def lock_first(self) -> None:
        services.hold_sponsor_of(Interaction, self.kwargs["pk"])

    def add(self, data: dict[str, Any]) -> Interaction:
        return services.log_interaction(actor=self.caller, now=timezone.now(), **data)

    def change(self, record: Interaction, data: dict[str, Any]) -> Interaction:
        changes: services.InteractionChanges = {**data}  # type: ignore[typeddict-item]  # the input has these fields
        return services.change_interaction(
            actor=self.caller, interaction=record, changes=changes, now=timezone.now()
        )

    @action(detail=True, methods=["post"])
    @idempotent
    def complete(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Record the day the next step was done."""
        with self.locked() as interaction:
            services.complete_next_step(
                actor=self.caller,
                interaction=interaction,
                done_on=self.input()["done_on"],
                today=local_today(),
            )
            return self.answer(interaction.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def reopen(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take back that the next step was done."""
        with self.locked() as interaction:
            services.reopen_next_step(actor=self.caller, interaction=interaction)
            return self.answer(interaction.pk)
