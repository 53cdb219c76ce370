"""`/api/v1/renewal-cases/` and `/api/v1/renewal-forecast/`: what follows commitments, and what is to be expected of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.api.views import CreatesRecords, ReadViewSet
from foundation.books.quarters import quarter_named
from foundation.books.selectors import current_organization, local_today
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules.periods import day_after
from sponsors.commitments.services import lock_commitment
from sponsors.directory.services import hold_sponsor_of
from sponsors.renewals.api import answers
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.querysets import CaseQuerySet
from sponsors.renewals.rules.renewing import LEAST_PERCENT, MOST_PERCENT, NextTerms
from sponsors.renewals.rules.states import CaseState
from sponsors.renewals.selectors.board import NOBODY, BoardFilter, Forecast, forecast_by_state
from sponsors.renewals.services import cases

_MOVE = "sponsors.move_renewalcase"
_SEE = "sponsors.view_renewalcase"


class OpenCaseInput(StrictInput):
    commitment = VisibleRecord(
        queryset=Commitment.objects.all(), help_text="A signed one, or one that ended without a follower."
    )


class MoveCaseInput(StrictInput):
    state = serializers.ChoiceField(choices=CaseState.choices)
    note = serializers.CharField(
        max_length=cases.LONGEST_NOTE, allow_blank=True, default="", help_text="Required for a decline."
    )
    seen = serializers.ChoiceField(
        choices=CaseState.choices,
        required=False,
        help_text="Where the card was seen: refused when somebody moved it meanwhile.",
    )


class EstimateInput(StrictInput):
    own_probability = serializers.FloatField(
        min_value=0, max_value=1, allow_null=True, help_text="Of renewal; null takes the estimate back."
    )


class ReopenCaseInput(StrictInput):
    note = serializers.CharField(max_length=cases.LONGEST_NOTE)


class LineAmountInput(StrictInput):
    line = serializers.IntegerField(
        min_value=1, max_value=200, help_text="Its place among the lines, from 1."
    )
    amount = serializers.DecimalField(
        max_digits=18,
        decimal_places=4,
        min_value=Decimal(0),
        help_text="Of the whole new period; 0 leaves it out.",
    )


class RenewCaseInput(StrictInput):
    title = serializers.CharField(max_length=200, required=False)
    starts_on = serializers.DateField(required=False, help_text="By default the day after the last day.")
    months = serializers.IntegerField(
        min_value=1, max_value=120, required=False, help_text="By default as long as before."
    )
    percent = serializers.DecimalField(
        max_digits=7,
        decimal_places=2,
        min_value=LEAST_PERCENT,
        max_value=MOST_PERCENT,
        required=False,
        help_text="By how much all amounts change, after they followed the length.",
    )
    amounts = LineAmountInput(many=True, required=False, help_text="Amounts that follow nothing.")

    def validate_amounts(self, amounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lines = [one["line"] for one in amounts]
        if len(set(lines)) < len(lines):
            msg = "A line is named more than once. Give each one amount."
            raise serializers.ValidationError(msg)
        return amounts


class RenewalCaseFilters(ListFilters):
    state = filters.MultipleChoiceFilter(choices=CaseState.choices)
    owner = IdFilter("commitment__owner")
    sponsor = IdFilter("commitment__sponsor")
    commitment = IdFilter("commitment")
    open = TrueOrFalse("closed_on", lookup_expr="isnull")
    ends_from = filters.DateFilter("commitment__ends_before", lookup_expr="gt", help_text="Of the last day.")
    ends_to = filters.DateFilter(method="that_end_by", help_text="Of the last day, included.")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")

    def that_end_by(self, queryset: CaseQuerySet, _name: str, value: date) -> CaseQuerySet:
        return queryset.filter(commitment__ends_before__lte=day_after(value))


class RenewalCaseViewSet(CreatesRecords[RenewalCase]):
    """What follows a commitment, as work: a card on the board. Opening one that is there answers with it as it is."""

    queryset = RenewalCase.objects.select_related("commitment__sponsor")
    serializer_class = answers.RenewalCaseSerializer
    filterset_class = RenewalCaseFilters
    required_scopes = {"read": Scope.RENEWALS_READ, "write": Scope.RENEWALS_WRITE}
    action_permissions = {
        "create": _MOVE,
        "move": _MOVE,
        "estimate": _MOVE,
        "reopen": _MOVE,
        "renew": "sponsors.add_commitment",
        "moves": _SEE,
    }
    inputs = {
        "create": OpenCaseInput,
        "move": MoveCaseInput,
        "estimate": EstimateInput,
        "reopen": ReopenCaseInput,
        "renew": RenewCaseInput,
    }
    outputs = {"renew": answers.RenewedSerializer, "moves": answers.MovesSerializer}
    ordering_fields = {
        "ends_on": "commitment__ends_before",
        "opened_on": "opened_on",
        "updated_at": "updated_at",
    }
    ordering = ("ends_on",)
    csv_columns = tuple(answers.RenewalCaseSerializer().fields)

    def reachable(self, queryset: QuerySet[RenewalCase]) -> QuerySet[RenewalCase]:
        return cast("CaseQuerySet", super().reachable(queryset)).with_value()

    def represent(self, records: Sequence[RenewalCase]) -> Sequence[Mapping[str, Any]]:
        return [answers.case_row(record) for record in records]

    def lock_first(self) -> None:
        """Lock sponsor and commitment where the next one is drafted, before the case."""
        if self.action != "renew":
            return
        for pk in RenewalCase.objects.filter(pk=self.kwargs["pk"]).values_list("commitment", flat=True):
            hold_sponsor_of(Commitment, pk)
            lock_commitment(Commitment(pk=pk))

    def add(self, data: dict[str, Any]) -> RenewalCase:
        """Put a commitment on the board."""
        return cases.open_case(actor=self.caller, commitment=data["commitment"], today=local_today())

    @action(detail=True, methods=["post"])
    @idempotent
    def move(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Move the card to another column."""
        with self.locked() as record:
            cases.move_case(actor=self.caller, case=record, today=local_today(), **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def estimate(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say how probable a renewal is."""
        with self.locked() as record:
            cases.estimate_case(actor=self.caller, case=record, **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def reopen(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Open a case again that was declined or lapsed."""
        with self.locked() as record:
            cases.reopen_case(actor=self.caller, case=record, today=local_today(), **self.input())
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def renew(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Draft the next commitment from this one, or answer with the one that follows already."""
        with self.locked() as record:
            given = self.input()
            by_hand = {one["line"]: one["amount"] for one in given.pop("amounts", ())}
            found = cases.renew_case(
                actor=self.caller,
                case=record,
                today=local_today(),
                terms=NextTerms(amounts=by_hand, **given),
            )
        renewal = found.commitment
        return Response(
            {
                "commitment": renewal.pk,
                "commitment_number": renewal.number,
                "commitment_state": renewal.state,
                "is_new": found.is_new,
            }
        )

    @action(detail=True, methods=["get"])
    def moves(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Where the card was moved, by whom and why; the last move first."""
        rows = [
            {
                "before": move.before,
                "after": move.after,
                "note": move.note,
                "moved_by": move.moved_by_id,
                "moved_at": move.created_at,
            }
            for move in self.get_object().moves.all()
        ]
        return Response({"moves": rows})


class ForecastInput(StrictInput):
    owner = serializers.CharField(required=False)
    quarter = serializers.CharField(required=False)

    def validate_owner(self, owner: str) -> int | str:
        if owner == NOBODY:
            return owner
        if not (owner.isascii() and owner.isdigit() and len(owner) < 19):  # noqa: PLR2004  # more digits no key has
            msg = f"Give the number of a person, or {NOBODY}."
            raise serializers.ValidationError(msg)
        return int(owner)

    def validate_quarter(self, key: str) -> Any:
        found = quarter_named(key, current_organization().fiscal_year_start_month)
        if found is None:
            msg = "Give a quarter of a fiscal year, such as 2026-4."
            raise serializers.ValidationError(msg)
        return found


class RenewalForecastViewSet(ReadViewSet[Any]):
    """What renewals on the board are worth a year, and the cash to be expected of them, by column."""

    queryset = RenewalCase.objects.all()
    serializer_class = answers.RenewalForecastSerializer
    outputs = {"retrieve": answers.RenewalForecastSerializer}
    singular = "renewal_forecast"
    required_scopes = {"read": Scope.RENEWALS_READ}
    action_permissions = {"retrieve": _SEE}
    action_parameters = {"retrieve": ("owner", "quarter")}

    @extend_schema(
        parameters=[
            OpenApiParameter("owner", OpenApiTypes.STR, description="The number of a person, or `nobody`."),
            OpenApiParameter(
                "quarter",
                OpenApiTypes.STR,
                description="Of the last day, in the fiscal year: such as 2026-4.",
            ),
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        given = {
            name: request.query_params[name] for name in ("owner", "quarter") if name in request.query_params
        }
        question = ForecastInput(data=given)
        question.is_valid(raise_exception=True)
        found = forecast_by_state(self.caller, BoardFilter(**question.validated_data), local_today())
        whole = answers.forecast_row(sum(found.values(), start=Forecast()))
        columns = [{"state": state.value, **answers.forecast_row(one)} for state, one in found.items()]
        return Response({**whole, "columns": columns})
