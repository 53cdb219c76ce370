"""`/api/v1/valuations/`: what months of gifts are worth, from draft to approved, adjusted and reversed."""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.files import PDF_ANSWER, pdf_of
from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput
from foundation.api.views import CreatesRecords
from foundation.books.selectors import local_today
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.api import valuation_inputs as inputs
from sponsors.inkind.api.valuation_answers import (
    InKindTotalsSerializer,
    ValuationDetailsSerializer,
    ValuationSerializer,
    details_of,
    totals_of,
)
from sponsors.inkind.models import Valuation, ValuationUsage
from sponsors.inkind.papers import valuation_pdf
from sponsors.inkind.querysets import ValuationQuerySet
from sponsors.inkind.rules import Method, ValuationState
from sponsors.inkind.selectors.valuation_totals import TotalsBy, in_kind_totals
from sponsors.inkind.services import valuations as services

_SEE, _ADD = "sponsors.view_valuation", "sponsors.add_valuation"
_DECIDE = "sponsors.approve_valuation"


class ValuationFilters(ListFilters):
    line = IdFilter()
    commitment = IdFilter("line__commitment")
    sponsor = IdFilter("line__commitment__sponsor")
    service = IdFilter(method="of_service", help_text="The number of a service whose use was valued.")
    state = filters.MultipleChoiceFilter(choices=ValuationState.choices)
    method = filters.ChoiceFilter(choices=Method.choices)
    month_from = filters.DateFilter("month", lookup_expr="gte")
    month_to = filters.DateFilter("month", lookup_expr="lte")
    booked_from = filters.DateFilter("booked_on", lookup_expr="gte")
    booked_to = filters.DateFilter("booked_on", lookup_expr="lte")
    extrapolated = TrueOrFalse("is_extrapolated")
    counting = TrueOrFalse(method="that_count", help_text="Approved ones and the rows that reverse some.")
    stale = TrueOrFalse(method="of_stale", help_text="The use beneath it changed since it was valued.")

    def of_service(self, queryset: ValuationQuerySet, _name: str, value: Any) -> ValuationQuerySet:
        return queryset.filter(Exists(ValuationUsage.objects.filter(valuation=OuterRef("pk"), service=value)))

    def that_count(self, queryset: ValuationQuerySet, _name: str, value: Any) -> ValuationQuerySet:
        count = Valuation.objects.counting().values("pk")
        return queryset.filter(pk__in=count) if value else queryset.exclude(pk__in=count)

    def of_stale(self, queryset: ValuationQuerySet, _name: str, value: Any) -> ValuationQuerySet:
        stale = Valuation.objects.stale().values("pk")
        return queryset.filter(pk__in=stale) if value else queryset.exclude(pk__in=stale)


class TotalsInput(StrictInput):
    by = serializers.ChoiceField(choices=TotalsBy.choices, default=TotalsBy.FISCAL_YEAR.value)


class ValuationViewSet(CreatesRecords[Valuation]):
    """What months of gifts in kind are worth. In kind: never added to cash. Only approved ones count."""

    queryset = Valuation.objects.select_related("line__commitment__sponsor")
    serializer_class = ValuationSerializer
    filterset_class = ValuationFilters
    required_scopes = {"read": Scope.VALUATIONS_READ, "write": Scope.VALUATIONS_WRITE}
    action_permissions = {
        "gift": _ADD,
        "details": _SEE,
        "totals": _SEE,
        "pdf": _SEE,
        "submit": "sponsors.submit_valuation",
        "return_to_draft": _DECIDE,
        "approve": _DECIDE,
        "set_figures": _DECIDE,
        "adjust": _ADD,
        "discard": _ADD,
        "reverse": "sponsors.reverse_valuation",
    }
    action_parameters = {"totals": ("by",)}
    inputs = {
        "create": inputs.MeteredInput,
        "gift": inputs.GiftInput,
        "submit": NoInput,
        "return_to_draft": inputs.ValuationReasonInput,
        "approve": NoInput,
        "set_figures": inputs.FiguresInput,
        "adjust": inputs.AdjustInput,
        "discard": NoInput,
        "reverse": inputs.ValuationReasonInput,
    }
    outputs = {
        "details": ValuationDetailsSerializer,
        "totals": InKindTotalsSerializer,
    }
    creates = ("create", "gift", "adjust", "reverse")
    ordering_fields = {"month": "month", "value": "value", "id": "pk"}
    ordering = ("-month",)
    csv_columns = ValuationSerializer.Meta.fields

    def lock_first(self) -> None:
        """Lock the line, before the valuation."""
        for line in Valuation.objects.filter(pk=self.kwargs["pk"]).values_list("line", flat=True):
            services.lock_line(CommitmentLine(pk=line))

    def add(self, data: dict[str, Any]) -> Valuation:
        """Draft the metered use of a month; a draft that is there is made anew."""
        return services.draft_valuation(
            actor=self.caller,
            line=data["line"],
            month=data["month"],
            today=local_today(),
            base=data.get("base_version"),
            low=data.get("low_version"),
            high=data.get("high_version"),
            discount_percent=data.get("discount_percent"),
            discount_basis=data["discount_basis"],
            accept_incomplete=data["accept_incomplete"],
        )

    @action(detail=False, methods=["post"])
    @idempotent
    def gift(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        """Draft any other gift: quantity times unit value; a draft that is there is made anew."""
        valuation = services.draft_other_gift(actor=self.caller, today=local_today(), **self.input())
        return self.answer(valuation.pk, code=status.HTTP_201_CREATED)

    @action(detail=True, methods=["get"])
    def details(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Low, base and high in steps, the use beneath them, and where that changed since."""
        return Response(details_of(self.get_object()))

    @extend_schema(parameters=[OpenApiParameter("by", OpenApiTypes.STR, enum=TotalsBy.values)])
    @action(detail=False, methods=["get"])
    def totals(self, request: Request) -> Response:
        """What counts, by sponsor, gift, month or fiscal year, and currency."""
        asked = TotalsInput(
            data={name: request.query_params[name] for name in request.query_params if name == "by"}
        )
        asked.is_valid(raise_exception=True)
        seen = Valuation.objects.visible_to(self.caller)
        return Response(totals_of(in_kind_totals(seen, TotalsBy(asked.validated_data["by"]))))

    @extend_schema(responses=PDF_ANSWER)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the steps on paper, for an auditor."""
        valuation = self.get_object()
        return pdf_of(valuation_pdf(valuation), name=f"valuation-{valuation.month:%Y-%m}-{valuation.pk}.pdf")

    @action(detail=True, methods=["post"])
    @idempotent
    def submit(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Ask somebody else to approve it."""
        return self._do(services.submit_valuation)

    @action(detail=True, methods=["post"], url_path="return")
    @idempotent
    def return_to_draft(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give it back, and say why."""
        return self._do(services.return_to_draft, **self.input())

    @action(detail=True, methods=["post"])
    @idempotent
    def approve(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let it count. Whoever submitted it cannot."""
        return self._do(services.approve_valuation, today=local_today())

    @action(detail=True, methods=["post"], url_path="set-figures")
    @idempotent
    def set_figures(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Put an accountant's figures for statements and return before those of the category."""
        return self._do(services.set_figures, **self.input())

    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Give a draft up."""
        return self._do(services.discard_valuation)

    @action(detail=True, methods=["post"])
    @idempotent
    def adjust(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Draft the difference to the use as it is now. Answers with the adjustment."""
        return self._do(services.propose_adjustment, code=status.HTTP_201_CREATED, **self.input())

    @action(detail=True, methods=["post"])
    @idempotent
    def reverse(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take it back by a further row, with which this answers."""
        return self._do(
            services.reverse_valuation, code=status.HTTP_201_CREATED, today=local_today(), **self.input()
        )

    def _do(
        self, service: Callable[..., Valuation], *, code: int = status.HTTP_200_OK, **given: Any
    ) -> Response:
        with self.locked() as record:
            done = service(actor=self.caller, valuation=record, **given)
            return self.answer(done.pk, code=code)
