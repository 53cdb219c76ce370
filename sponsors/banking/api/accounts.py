"""`/api/v1/bank-accounts/`: accounts, and which column of their files is what."""

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import RecordViewSet
from foundation.money.rules import currency_codes
from sponsors.banking import services
from sponsors.banking.models import LAYOUT_FIELDS, MOST_SKIPPED_LINES, BankAccount, StatementMapping
from sponsors.banking.rules import DateFormat, Decimals, Delimiter, Encoding, Layout


class ColumnsSerializer(serializers.ModelSerializer[StatementMapping]):
    class Meta:
        model = StatementMapping
        fields = LAYOUT_FIELDS
        read_only_fields = fields


class BankAccountSerializer(serializers.ModelSerializer[BankAccount]):
    number = serializers.CharField(
        source="masked_number", help_text="Its last four characters; empty without one."
    )
    columns = serializers.SerializerMethodField(
        help_text="How its CSV files are read; null until somebody said."
    )

    class Meta:
        model = BankAccount
        fields = (
            "id",
            "name",
            "slug",
            "currency",
            "number",
            "is_active",
            "columns",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_columns(self, account: BankAccount) -> dict[str, Any] | None:
        mapping = getattr(account, "mapping", None)
        return dict(ColumnsSerializer(mapping).data) if mapping else None


class BankAccountInput(StrictInput):
    name = serializers.CharField(max_length=100)
    slug = serializers.CharField(max_length=40, help_text="The source of its receipts; it stays.")
    currency = serializers.ChoiceField(choices=[(code, code) for code in currency_codes()])
    number = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="IBAN or number.")


class BankAccountChangeInput(StrictInput):
    name = serializers.CharField(max_length=100)
    number = serializers.CharField(max_length=40, allow_blank=True)
    is_active = serializers.BooleanField()


def _column(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(max_length=100, **{"allow_blank": True, "default": "", **kwargs})


class ColumnsInput(StrictInput):
    """Either `amount_column`, or both `debit_column` (money out) and `credit_column` (money in)."""

    date_column = serializers.CharField(max_length=100)
    amount_column = _column()
    debit_column = _column()
    credit_column = _column()
    payer_column = _column()
    reference_column = _column()
    text_column = _column()
    id_column = _column(help_text="The bank's number, unique for each movement.")
    date_format = serializers.ChoiceField(choices=DateFormat.choices, default=DateFormat.ISO.value)
    decimals = serializers.ChoiceField(choices=Decimals.choices, default=Decimals.POINT.value)
    delimiter = serializers.ChoiceField(choices=Delimiter.choices, default=Delimiter.COMMA.value)
    encoding = serializers.ChoiceField(choices=Encoding.choices, default=Encoding.UTF_8.value)
    skip_lines = serializers.IntegerField(
        min_value=0,
        max_value=MOST_SKIPPED_LINES,
        default=0,
        help_text="Lines above the one that names the columns.",
    )


class BankAccountFilters(ListFilters):
    class Meta:
        model = BankAccount
        fields = ("currency", "is_active")


class BankAccountViewSet(RecordViewSet[BankAccount]):
    """The foundation's accounts at banks."""

    queryset = BankAccount.objects.select_related("mapping")
    serializer_class = BankAccountSerializer
    filterset_class = BankAccountFilters
    required_scopes = {"read": Scope.BANKING_READ, "write": Scope.BANKING_WRITE}
    action_permissions = {"map_columns": "sponsors.change_bankaccount"}
    inputs = {
        "create": BankAccountInput,
        "partial_update": BankAccountChangeInput,
        "map_columns": ColumnsInput,
    }
    ordering_fields = ("name", "created_at")
    ordering = ("name",)
    csv_columns = ("id", "name", "slug", "currency", "number", "is_active")

    def add(self, data: dict[str, Any]) -> BankAccount:
        return services.add_account(actor=self.caller, **data)

    def change(self, record: BankAccount, data: dict[str, Any]) -> BankAccount:
        values = {"name": record.name, "is_active": record.is_active, **data}
        return services.change_account(actor=self.caller, account=record, **values)

    @action(detail=True, methods=["post"], url_path="map-columns")
    def map_columns(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say how its CSV files are read from now on."""
        with self.locked() as record:
            services.map_columns(actor=self.caller, account=record, layout=Layout(**self.input()))
            return self.answer(record.pk)
