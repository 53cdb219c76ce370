"""`/api/v1/aged-debt/` and `/api/v1/sponsors/{id}/statement/`: what is owed, and how it came to be."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput, VisibleRecord
from foundation.api.views import ReadViewSet
from foundation.books.selectors import current_organization, local_today
from foundation.money.display import plain_amount
from sponsors.commitments.api.answers import AgedDebtsSerializer, StatementSerializer
from sponsors.commitments.papers import statement_pdf
from sponsors.commitments.rules import Age
from sponsors.commitments.selectors import AgedDebt, Statement, aged_debt, statement
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY, LATEST_DAY, OUT_OF_REACH

_DAYS = [
    OpenApiParameter("first", OpenApiTypes.DATE, description="1 January of this year by default."),
    OpenApiParameter("last", OpenApiTypes.DATE, description="Included; today by default."),
]
_LONGEST_KEY = 18


class DebtInput(StrictInput):
    as_of = serializers.DateField(required=False)
    sponsor = VisibleRecord(queryset=Sponsor.objects.all(), required=False)

    def validate_as_of(self, day: date) -> date:
        if not EARLIEST_DAY <= day < LATEST_DAY:
            raise serializers.ValidationError(OUT_OF_REACH)
        return day


class PeriodInput(StrictInput):
    first = serializers.DateField(required=False)
    last = serializers.DateField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("last") or local_today()
        first = attrs.get("first") or date(last.year, 1, 1)
        if not EARLIEST_DAY <= first <= last:
            raise serializers.ValidationError(
                {"first": "The first day is after the last, or before 1990. Correct one of the two."}
            )
        return {"first": first, "last": last}


def asked(request: Request, kind: type[StrictInput]) -> dict[str, Any]:
    """Return what the query parameters ask. Raises ValidationError naming those that cannot be read."""
    given: dict[str, Any] = {
        name: request.query_params[name] for name in request.query_params if name != "format"
    }
    for name, field in kind().fields.items():
        text = str(given.get(name, ""))
        # A number arrives as text here. One too long for a key is left as the text that it is, and refused.
        if not isinstance(field, serializers.DateField) and text.isdecimal() and len(text) <= _LONGEST_KEY:
            given[name] = int(text)
    question = kind(data=given, context={"request": request})
    question.is_valid(raise_exception=True)
    data: dict[str, Any] = question.validated_data
    return data


class AgedDebtViewSet(ReadViewSet[Any]):
    """What sponsors owe, by how long it is past due, as of any day."""

    queryset = Sponsor.objects.all()
    serializer_class = AgedDebtsSerializer
    outputs = {"retrieve": AgedDebtsSerializer}
    singular = "aged_debt"
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    action_permissions = {"retrieve": "sponsors.view_installment"}
    action_parameters = {"retrieve": ("as_of", "sponsor")}

    @extend_schema(
        parameters=[
            OpenApiParameter("as_of", OpenApiTypes.DATE, description="Today by default."),
            OpenApiParameter("sponsor", OpenApiTypes.INT, description="Of one sponsor only."),
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        given = asked(request, DebtInput)
        debts = aged_debt(given.get("as_of") or local_today(), sponsor=given.get("sponsor"))
        return Response(
            {
                "as_of": debts.as_of.isoformat(),
                "rows": [_debt(row) for row in debts.rows],
                "totals": [_amounts(row) for row in debts.totals],
            }
        )


class StatementViewSet(ReadViewSet[Any]):
    """The account of one sponsor: what fell due, what was asked for, what came, and the balance."""

    queryset = Sponsor.objects.all()
    serializer_class = StatementSerializer
    outputs = {"retrieve": StatementSerializer, "pdf": StatementSerializer}
    singular = "statement"
    required_scopes = {"read": Scope.INVOICES_READ}
    action_permissions = {"retrieve": "sponsors.view_invoice", "pdf": "sponsors.view_invoice"}
    action_parameters = {"retrieve": ("first", "last"), "pdf": ("first", "last")}

    def _statement(self, request: Request) -> Statement:
        sponsor: Model = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        assert isinstance(sponsor, Sponsor)
        return statement(sponsor, **asked(request, PeriodInput))

    @extend_schema(parameters=_DAYS)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return Response(_represented(self._statement(request)))

    @extend_schema(parameters=_DAYS, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the statement as PDF."""
        content = statement_pdf(current_organization(), self._statement(request))
        return HttpResponse(content, content_type="application/pdf")


def _amounts(row: AgedDebt) -> dict[str, Any]:
    return {
        "currency": row.currency,
        **{age.value: plain_amount(row.amounts[age], row.currency) for age in Age},
        "total": plain_amount(row.total, row.currency),
    }


def _debt(row: AgedDebt) -> dict[str, Any]:
    return {"sponsor": row.sponsor, "sponsor_name": row.sponsor_name, **_amounts(row)}


def _represented(shown: Statement) -> Mapping[str, Any]:
    return {
        "sponsor": shown.sponsor.pk,
        "first": shown.first.isoformat(),
        "last": shown.last.isoformat(),
        "accounts": [
            {
                "currency": account.currency,
                "opening": plain_amount(account.opening, account.currency),
                "entries": [
                    {
                        "on": entry.on.isoformat(),
                        "kind": entry.kind,
                        "text": entry.text_for_us,
                        "amount": None
                        if entry.amount is None
                        else plain_amount(entry.amount, account.currency),
                        "balance": plain_amount(entry.balance, account.currency),
                    }
                    for entry in account.entries
                ],
                "closing": plain_amount(account.closing, account.currency),
            }
            for account in shown.accounts
        ],
    }
