"""`/api/v1/bank-statements/`: files of the bank."""

from typing import Any

from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import CreatesRecords
from foundation.errors import Conflict
from foundation.uploads.rules import read_within
from sponsors.banking import services
from sponsors.banking.models import BankAccount, Statement
from sponsors.banking.rules import LARGEST_FILE


class BankStatementSerializer(serializers.ModelSerializer[Statement]):
    known_count = serializers.IntegerField(help_text="How many of its lines were there already.")

    class Meta:
        model = Statement
        fields = (
            "id",
            "account",
            "file_name",
            "format",
            "sha256",
            "first_on",
            "last_on",
            "line_count",
            "new_count",
            "known_count",
            "imported_by",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class StatementInput(StrictInput):
    # A form has text only.
    account = serializers.SlugRelatedField(
        slug_field="slug", queryset=BankAccount.objects.all(), help_text="The slug of the account."
    )
    file = serializers.FileField(allow_empty_file=True, help_text="CSV, OFX or QFX, at most 10 MB.")


class StatementFilters(ListFilters):
    account = IdFilter()

    class Meta:
        model = Statement
        fields = ("format",)


class BankStatementViewSet(CreatesRecords[Statement]):
    """Files of the bank that were imported. A file that brings nothing new is refused with `nothing_new`."""

    queryset = Statement.objects.all()
    serializer_class = BankStatementSerializer
    filterset_class = StatementFilters
    required_scopes = {"read": Scope.BANKING_READ, "write": Scope.BANKING_WRITE}
    inputs = {"create": StatementInput}
    ordering_fields = ("created_at", "first_on")
    ordering = ("-created_at",)
    csv_columns = ("id", "account", "file_name", "format", "first_on", "last_on", "line_count", "new_count")

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where a statement is imported. `action` is not set yet when a request comes in."""
        method = (self.request.method or "").lower() if self.request else ""
        name = getattr(self, "action", None) or self.action_map.get(method)
        return [MultiPartParser()] if name == "create" else super().get_parsers()

    def add(self, data: dict[str, Any]) -> Statement:
        """Add what is new in the file; what is there already is not added again."""
        file = data["file"]
        imported = services.import_statement(
            actor=self.caller,
            account=data["account"],
            content=read_within(file, limit=LARGEST_FILE),
            file_name=file.name,
        )
        if imported.statement is None:
            raise Conflict(imported.sentence, code="nothing_new", field="file")
        return imported.statement
