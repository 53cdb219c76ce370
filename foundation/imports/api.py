"""`/api/v1/imports/`: files of rows, checked first and then written whole or not at all."""

from typing import TYPE_CHECKING, Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import CreatesRecords, ReadViewSet
from foundation.imports import services
from foundation.imports.kinds import ImportKind, all_kinds, kind_choices, kind_named
from foundation.imports.models import FAULT_COLUMNS, ImportFault, ImportRun, ImportStep
from foundation.imports.rules import LARGEST_FILE, RunState
from foundation.uploads.rules import read_within

if TYPE_CHECKING:
    from foundation.api.models import ApiToken

_PERMISSION = "foundation.add_importrun"


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    state = serializers.ChoiceField(choices=RunState.choices)
    rows_done = serializers.IntegerField(source="progress.done", help_text="How far a worker is.")
    rows_total = serializers.IntegerField(source="progress.total")

    class Meta:
        model = ImportRun
        fields = (
            "id",
            "kind",
            "file_name",
            "sha256",
            "state",
            "remark",
            "rows_done",
            "rows_total",
            "row_count",
            "new_count",
            "changed_count",
            "same_count",
            "faulty_count",
            "fault_count",
            "uploaded_by",
            "applied_by",
            "applied_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ImportInput(StrictInput):
    kind = serializers.ChoiceField(choices=kind_choices(), help_text="What the file holds.")
    file = serializers.FileField(
        allow_empty_file=True,
        help_text="CSV (UTF-8) or XLSX, at most 10 MB; the first line names the columns.",
    )


class ImportFilters(ListFilters):
    kind = filters.ChoiceFilter(choices=kind_choices())

    class Meta:
        model = ImportRun
        fields = ("state",)


class ImportViewSet(CreatesRecords[ImportRun]):
    """Files of rows. Upload one, read it until its state is `checked` or `faulty`, then apply or discard it.

    An import shows and writes records, so the token also needs the scopes of what is in the file:
    `sponsors` and `contacts` for sponsors, `sponsors:read` and `commitments` for commitments,
    `commitments` for schedules, `sponsors:read`, `commitments:read` and `receipts` for receipts.
    Imports of kinds whose `:read` scopes it lacks are not found. To upload, apply or discard it needs
    the `:write` ones, and its owner the permission to import that kind.
    """

    queryset = ImportRun.objects.select_related("progress")
    serializer_class = ImportSerializer
    filterset_class = ImportFilters
    required_scopes = {"read": Scope.IMPORTS_READ, "write": Scope.IMPORTS_WRITE}
    action_permissions = {"apply": _PERMISSION, "discard": _PERMISSION}
    inputs = {"create": ImportInput}
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)

    def reachable(self, queryset: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
        return super().reachable(queryset).filter(kind__in=_kinds_read_by(self.request))

    def get_parsers(self) -> list[BaseParser]:
        """Take a form with a file where an import is created. `action` is not set yet when a request comes in."""
        method = (self.request.method or "").lower() if self.request else ""
        name = getattr(self, "action", None) or self.action_map.get(method)
        return [MultiPartParser()] if name == "create" else super().get_parsers()

    def add(self, data: dict[str, Any]) -> ImportRun:
        """Keep the file to be checked by a worker. The same file again, while open, is the same import."""
        kind = kind_named(data["kind"])
        self._check_may_import(kind)
        file = data["file"]
        return services.start_import(
            actor=self.caller, kind=kind, content=read_within(file, limit=LARGEST_FILE), file_name=file.name
        )

    def _check_may_import(self, kind: ImportKind) -> None:
        # Which scopes and permission it takes follows from the kind, which is known only here.
        missing = kind.missing_scopes(_scopes_of(self.request), write=True)
        if missing:
            msg = f"This token may not do this: it lacks the scopes {', '.join(missing)}."
            raise PermissionDenied(msg, code="scope_missing")
        if not kind.may_import(self.caller):
            msg = f"The token's owner may not do this: it needs the permission {kind.permission}."
            raise PermissionDenied(msg, code="permission_missing")

    @action(detail=True, methods=["post"])
    @idempotent
    def apply(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Have a checked import written, whole or not at all.

        A worker does it: read the import until its state is `applied`. When its rows would now do
        something else, nothing is written and it is `checked` again, or `faulty`.
        """
        with self.locked() as run:
            self._check_may_import(run.import_kind)
            services.apply_import(actor=self.caller, run=run)
            return self.answer(run.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def discard(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Put an import aside that shall not be applied."""
        with self.locked() as run:
            self._check_may_import(run.import_kind)
            services.discard_import(actor=self.caller, run=run)
            return self.answer(run.pk)


def _scopes_of(request: Request) -> list[str]:
    return cast("ApiToken", request.auth).scopes


def _kinds_read_by(request: Request) -> list[str]:
    """Return the kinds that the token's scopes let it look at."""
    scopes = _scopes_of(request)
    return [kind.name for kind in all_kinds() if not kind.missing_scopes(scopes, write=False)]


class FaultSerializer(serializers.ModelSerializer[ImportFault]):
    class Meta:
        model = ImportFault
        fields = FAULT_COLUMNS
        read_only_fields = fields


class StepSerializer(serializers.ModelSerializer[ImportStep]):
    changes = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Name, old and new value of each field.",
    )

    class Meta:
        model = ImportStep
        fields = ("line", "outcome", "title", "reference", "changes")
        read_only_fields = fields


class _LinesViewSet(ReadViewSet[Any]):
    required_scopes = {"read": Scope.IMPORTS_READ}
    action_permissions = {"list": "foundation.view_importrun"}
    ordering = ()  # as they were kept: in the file's order

    def reachable(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        seen = ImportRun.objects.visible_to(self.caller).filter(kind__in=_kinds_read_by(self.request))
        return super().reachable(queryset).filter(run=get_object_or_404(seen, pk=self.kwargs["pk"]))


class ImportFaultViewSet(_LinesViewSet):
    """Everything that is wrong with the file, by line and column. As CSV: all of it."""

    queryset = ImportFault.objects.all()
    serializer_class = FaultSerializer
    csv_columns = FAULT_COLUMNS


class ImportStepViewSet(_LinesViewSet):
    """What each row of the file would do, or did."""

    queryset = ImportStep.objects.all()
    serializer_class = StepSerializer
    csv_columns = ("line", "outcome", "title", "reference")
