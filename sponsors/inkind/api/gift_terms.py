"""`/api/v1/gift-terms/`: what gifts in kind promise in quantities, and what came of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from sponsors.inkind.api.lines import GiftLine
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.rules import GiftUnit, Per
from sponsors.inkind.selectors.delivered import PromisedAndDelivered, promised_and_delivered
from sponsors.inkind.services.catalog import LONGEST_LIST
from sponsors.inkind.services.gift_terms import LONGEST_NOTICE, set_gift_terms

_TERMS = ("unit", "per", "quantity", "ceiling", "discount_percent", "terms_of_use", "notice_days")


class GiftTermsSerializer(serializers.ModelSerializer[GiftTerms]):
    commitment = serializers.IntegerField(source="line.commitment_id")

    class Meta:
        model = GiftTerms
        fields = ("id", "line", "commitment", *_TERMS, "created_at", "updated_at")
        read_only_fields = fields


def _quantity(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=24, decimal_places=4, required=False, allow_null=True, help_text=help_text
    )


class GiftTermsInput(StrictInput):
    line = GiftLine(help_text="A line in kind of a commitment that is not closed.")
    unit = serializers.ChoiceField(choices=GiftUnit.choices)
    per = serializers.ChoiceField(choices=Per.choices)
    quantity = _quantity("In the unit; none when whatever is used is given.")
    ceiling = _quantity("No more than this is given, for the same time.")
    discount_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False, allow_null=True
    )
    terms_of_use = serializers.CharField(max_length=LONGEST_LIST, allow_blank=True, default="")
    notice_days = serializers.IntegerField(
        min_value=0, max_value=LONGEST_NOTICE, required=False, allow_null=True
    )


class DeliveredMonthSerializer(serializers.Serializer[Any]):
    month = serializers.CharField(help_text="Such as 2024-01, in UTC.")
    year = serializers.IntegerField(help_text="Of the gift: 1 for its first twelve months.")
    quantity = serializers.CharField(allow_null=True, help_text="What came, in the unit.")
    in_year = serializers.CharField(help_text="What came in its year so far.")
    promise_share = serializers.FloatField(
        allow_null=True, help_text="What came in the time of the promise, of it."
    )
    ceiling_share = serializers.FloatField(allow_null=True)
    bytes = serializers.IntegerField(allow_null=True)
    requests = serializers.IntegerField(allow_null=True)


class DeliveredSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    months = DeliveredMonthSerializer(many=True, help_text="The oldest first.")


class GiftTermsFilters(ListFilters):
    commitment = IdFilter("line__commitment")
    line = IdFilter()

    class Meta:
        model = GiftTerms
        fields = ("unit", "per")


class GiftTermsViewSet(ReadViewSet[GiftTerms]):
    """What a line in kind promises, and on which terms. They are set whole; history keeps what was said before."""

    queryset = GiftTerms.objects.select_related("line__commitment")
    serializer_class = GiftTermsSerializer
    filterset_class = GiftTermsFilters
    required_scopes = {"read": Scope.SERVICES_READ, "write": Scope.SERVICES_WRITE}
    action_permissions = {
        "set_terms": "sponsors.change_giftterms",
        "delivered": "sponsors.view_giftterms",
    }
    inputs = {"set_terms": GiftTermsInput}
    outputs = {"delivered": DeliveredSerializer}
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)
    csv_columns = ("id", "line", "commitment", *_TERMS)

    @action(detail=False, methods=["post"], url_path="set")
    @idempotent
    def set_terms(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        """Set the terms of a line; what was said before is replaced."""
        return self.answer(set_gift_terms(actor=self.caller, **self.input()).pk)

    @extend_schema(operation_id="gift_terms_delivered")
    @action(detail=True, methods=["get"])
    def delivered(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """What was promised and what came, month by month up to now. What it was worth is told by valuations."""
        line = self.get_object().line
        return Response(_represented(promised_and_delivered(line, local_today())))


def _represented(shown: PromisedAndDelivered) -> dict[str, Any]:
    return {
        "line": shown.line.pk,
        "months": [
            {
                "month": f"{row.month:%Y-%m}",
                "year": row.year,
                "quantity": None if row.quantity is None else f"{row.quantity.normalize():f}",
                "in_year": f"{row.in_year.normalize():f}",
                "promise_share": None if row.promise_share is None else float(row.promise_share),
                "ceiling_share": None if row.ceiling_share is None else float(row.ceiling_share),
                "bytes": row.used.bytes,
                "requests": row.used.requests,
            }
            for row in shown.months
        ],
    }
