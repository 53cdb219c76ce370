"""`/api/v1/closings/`, `/api/v1/exchange-rates/` and `/api/v1/rates-imports/`: how the books stand, and what money was worth."""

from datetime import date
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import AmountField, StrictInput, exact_amount
from foundation.api.views import CreatesRecords, ReadViewSet
from foundation.books.closing import close_books, hold_closings, reopen_books
from foundation.books.models import Closing
from foundation.books.selectors import current_organization, local_today
from foundation.money.conversion import NoRate, convert
from foundation.money.models import ExchangeRate, RatesImport
from foundation.money.reference_rates import LARGEST_FILE
from foundation.money.rules import currency_codes
from foundation.money.services import import_reference_rates
from foundation.uploads.rules import read_within


class ClosingSerializer(serializers.ModelSerializer[Closing]):
    class Meta:
        model = Closing
        fields = ("id", "kind", "open_from", "reason", "decided_by", "created_at")
        read_only_fields = fields


class CloseInput(StrictInput):
    through = serializers.DateField(help_text="The last closed day: the last of a month that is over.")


class ReopenInput(StrictInput):
    first_day = serializers.DateField(help_text="The first open day: the first of a month.")
    reason = serializers.CharField(max_length=300)


class ClosingFilters(ListFilters):
    class Meta:
        model = Closing
        fields = ("kind",)


class ClosingViewSet(CreatesRecords[Closing]):
    """Closings and reopenings of the books, the newest first: its `open_from` is the first open day."""

    queryset = Closing.objects.all()
    serializer_class = ClosingSerializer
    filterset_class = ClosingFilters
    required_scopes = {"read": Scope.BOOKS_READ, "write": Scope.BOOKS_WRITE}
    action_permissions = {"create": "foundation.close_books", "reopen": "foundation.reopen_books"}
    inputs = {"create": CloseInput, "reopen": ReopenInput}
    creates = ("create", "reopen")
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)
    csv_columns = ("id", "kind", "open_from", "reason", "decided_by", "created_at")

    def add(self, data: dict[str, Any]) -> Closing:
        return close_books(actor=self.caller, today=local_today(), **data)

    @action(detail=False, methods=["post"])
    @idempotent
    def reopen(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        """Open the books again from a day, and say why."""
        closing = reopen_books(actor=self.caller, **self.input())
        return self.answer(closing.pk, code=201)


class ExchangeRateSerializer(serializers.ModelSerializer[ExchangeRate]):
    class Meta:
        model = ExchangeRate
        fields = ("id", "day", "currency", "rate")
        read_only_fields = fields


class ExchangeRateFilters(ListFilters):
    class Meta:
        model = ExchangeRate
        fields = {"currency": ["exact"], "day": ["exact", "gte", "lte"]}


class ConversionInput(StrictInput):
    amount = serializers.DecimalField(max_digits=18, decimal_places=4)
    source = serializers.ChoiceField(choices=currency_codes())  # type: ignore[assignment]  # hides the base's property
    target = serializers.ChoiceField(choices=currency_codes())
    on = serializers.DateField(required=False, help_text="Today by default.")


class ConversionSerializer(serializers.Serializer[Any]):
    source = serializers.CharField(help_text="ISO 4217 code.")  # type: ignore[assignment]  # hides the base's property
    amount = AmountField(currency_source="source")
    target = serializers.CharField(help_text="ISO 4217 code.")
    result = AmountField(currency_source="target")
    rate = serializers.DecimalField(
        max_digits=None, decimal_places=None, help_text="What the amount was multiplied by."
    )
    day = serializers.DateField(help_text="The day of the rate.")


class ExchangeRateViewSet(ReadViewSet[ExchangeRate]):
    """Reference rates of the European Central Bank: units of the currency for one euro."""

    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilters
    required_scopes = {"read": Scope.BOOKS_READ}
    action_permissions = {"conversion": "foundation.view_exchangerate"}
    action_parameters = {"conversion": ("amount", "source", "target", "on")}
    outputs = {"conversion": ConversionSerializer}
    ordering_fields = ("day",)
    ordering = ("-day",)
    csv_columns = ("id", "day", "currency", "rate")

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "amount", OpenApiTypes.DECIMAL, required=True, description="In the source currency."
            ),
            OpenApiParameter("source", OpenApiTypes.STR, required=True, description="ISO 4217 code."),
            OpenApiParameter("target", OpenApiTypes.STR, required=True, description="ISO 4217 code."),
            OpenApiParameter("on", OpenApiTypes.DATE, description="Today by default."),
        ]
    )
    @action(detail=False, methods=["get"])
    def conversion(self, request: Request) -> Response:
        """Return an amount in another currency, with the rate and its day; cross rates go through the euro."""
        asked = ConversionInput(
            data={name: request.query_params[name] for name in request.query_params if name != "format"}
        )
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        on: date = data.get("on") or local_today()
        amount = exact_amount(data["amount"], data["source"])
        try:
            done = convert(
                amount,
                source=data["source"],
                target=data["target"],
                on=on,
                oldest=current_organization().oldest_rate_days,
            )
        except NoRate as lacking:
            raise NoRate(lacking.message, field="on") from lacking
        return Response(ConversionSerializer(done).data)


class RatesImportSerializer(serializers.ModelSerializer[RatesImport]):
    class Meta:
        model = RatesImport
        fields = (
            "id",
            "file_name",
            "digest",
            "last_day",
            "new_count",
            "changed_count",
            "same_count",
            "closed_count",
            "reason",
            "imported_by",
            "created_at",
        )
        read_only_fields = fields


class RatesInput(StrictInput):
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="The European Central Bank's historical reference rates as CSV, at most 10 MB.",
    )
    replace_because = serializers.CharField(
        max_length=300,
        allow_blank=True,
        default="",
        help_text="Why rates held already are replaced. Left out, a file that contradicts them is refused.",
    )


class RatesImportFilters(ListFilters):
    class Meta:
        model = RatesImport
        fields = {"last_day": ["exact", "gte", "lte"]}


class RatesImportViewSet(CreatesRecords[RatesImport]):
    """Files of exchange rates that were taken in, and what each brought; the same file again brings nothing."""

    queryset = RatesImport.objects.all()
    serializer_class = RatesImportSerializer
    filterset_class = RatesImportFilters
    required_scopes = {"read": Scope.BOOKS_READ, "write": Scope.BOOKS_WRITE}
    inputs = {"create": RatesInput}
    ordering_fields = ("created_at", "last_day")
    ordering = ("-created_at",)
    csv_columns = (
        "id",
        "file_name",
        "last_day",
        "new_count",
        "changed_count",
        "same_count",
        "closed_count",
        "created_at",
    )

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where rates are imported. `action` is not set yet when a request comes in."""
        method = (self.request.method or "").lower() if self.request else ""
        name = getattr(self, "action", None) or self.action_map.get(method)
        return [MultiPartParser()] if name == "create" else super().get_parsers()

    def add(self, data: dict[str, Any]) -> RatesImport:
        """Add the rates of the file, whole or not at all."""
        file = data["file"]
        return import_reference_rates(
            actor=self.caller,
            file_name=file.name,
            content=read_within(file, limit=LARGEST_FILE),
            today=local_today(),
            hold_books=hold_closings,
            replace_because=data["replace_because"],
        )
