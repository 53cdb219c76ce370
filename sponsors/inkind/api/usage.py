"""`/api/v1/usage/`: metered use, sent in bulk beside being asked for."""

from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from foundation.api.idempotency import idempotent
from sponsors.inkind.api.usage_body import USAGE_PARSERS
from sponsors.inkind.api.usage_imports import SHOWN, UsageImportSerializer, UsageRejectSerializer
from sponsors.inkind.api.usage_query import UsageQueryViewSet
from sponsors.inkind.models import Service, UsageImport
from sponsors.inkind.rules import InKindError
from sponsors.inkind.rules.imports import MOST_ROWS_A_CALL
from sponsors.inkind.services.imports import take_usage

_MOST_REJECTS = 1_000
_ROW = {
    "type": "object",
    "description": "Named as the columns of Bursar's own CSV: service, start, granularity, …",
}
_ROWS = {"type": "array", "items": _ROW, "maxItems": MOST_ROWS_A_CALL}
_BODY = {
    "application/json": {
        "oneOf": [
            _ROWS,
            {
                "type": "object",
                "properties": {"rows": _ROWS},
                "required": ["rows"],
                "additionalProperties": False,
            },
        ]
    },
    "application/x-ndjson": OpenApiTypes.STR,
    "text/csv": OpenApiTypes.STR,
}


class UsageTakenSerializer(UsageImportSerializer):
    rejects = UsageRejectSerializer(
        many=True, help_text=f"At most {_MOST_REJECTS:,}; all of them are among the rejects of the import."
    )

    class Meta(UsageImportSerializer.Meta):
        fields = (*SHOWN, "rejects")
        read_only_fields = fields

    def to_representation(self, instance: UsageImport) -> dict[str, Any]:
        shown: dict[str, Any] = UsageImportSerializer(instance).data
        rejects = instance.rejects.all()[:_MOST_REJECTS]
        return {**shown, "rejects": UsageRejectSerializer(rejects, many=True).data}


class UsageViewSet(UsageQueryViewSet):
    """Metered use of services: summed when asked for, sent in bulk."""

    parser_classes = USAGE_PARSERS
    action_permissions = {**UsageQueryViewSet.action_permissions, "create": "sponsors.add_usageimport"}
    action_parameters = {**UsageQueryViewSet.action_parameters, "create": ("service",)}
    outputs = {**UsageQueryViewSet.outputs, "create": UsageTakenSerializer}
    body: "IO[bytes] | None" = None

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if self.body is not None:
            self.body.close()
        return super().finalize_response(request, response, *args, **kwargs)

    @extend_schema(
        request=_BODY,
        parameters=[
            OpenApiParameter(
                "service",
                OpenApiTypes.STR,
                description="The slug of the service whose rows are that do not say so themselves.",
            )
        ],
    )
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        """Take in up to 100,000 buckets at once.

        Rows are JSON (a list, or an object with `rows`), a row of JSON a line, or CSV, with the names of Bursar's own
        CSV; the answers of Fastly and Cloudflare are taken too; gzipped or not. A bucket that is there is replaced, so
        that the same call may come again. Rows that cannot be are rejected one by one, those of unknown services or
        regions are kept aside; a body that cannot be read as a whole is refused, and nothing of it is written.
        """
        body = request.data
        if not isinstance(body, UploadedFile):
            raise InKindError("The request has no body. Send rows.", code="file_empty", field="file")
        with transaction.atomic():
            taken = take_usage(
                actor=self.caller,
                file=body,  # type: ignore[arg-type]  # it reads and seeks as a file does
                file_name="",
                size=body.size or 0,
                service=self._service(),
                now=timezone.now(),
            )
        headers = {"Location": reverse("usage-imports-detail", args=[taken.pk], request=request)}
        return Response(UsageTakenSerializer(taken).data, status=status.HTTP_201_CREATED, headers=headers)

    def _service(self) -> Service | None:
        slug = self.request.query_params.get("service")
        if slug is None:
            return None
        found = Service.objects.visible_to(self.caller).filter(slug=slug).first()
        if found is None:
            raise ValidationError(
                {"service": "There is no service with this slug. /api/v1/services/ lists them."}
            )
        return found
