"""`GET /api/v1/usage/`: metered use, summed by day, month or year, service and region."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.spreadsheets import MOST_ROWS, CsvRenderer, rows_as_csv_lines
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from sponsors.commitments.api.accounts import asked
from sponsors.directory.rules import EARLIEST_DAY
from sponsors.inkind.models import Service
from sponsors.inkind.selectors.usage_query import Group, UsageQuestion, UsageRow, usage_rows

MOST_ROWS_OF_JSON = 10_000
_COLUMNS = (
    "period",
    "service",
    "provider",
    "region",
    "delivered_bytes",
    "billable_bytes",
    "origin_bytes",
    "requests",
    "hits",
    "misses",
    "passes",
    "errors",
    "hit_ratio",
    "offload",
    "error_share",
)


class UsageQuestionInput(StrictInput):
    to = serializers.DateField(required=False)
    service = serializers.CharField(required=False, max_length=2_000)
    region = serializers.CharField(required=False, max_length=2_000)
    group_by = serializers.CharField(required=False, max_length=100)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the parameter whose name Python keeps for itself."""
        return {**super().get_fields(), "from": serializers.DateField(required=False)}

    def validate_group_by(self, value: str) -> frozenset[Group]:
        names = _listed(value)
        unknown = [name for name in names if name not in Group.values]
        if unknown:
            msg = f"There is no {unknown[0][:40]} to group by. Choose from {', '.join(Group.values)}, with commas between."
            raise serializers.ValidationError(msg)
        return frozenset(Group(name) for name in names)

    def validate_service(self, value: str) -> list[int]:
        slugs = _listed(value)
        known = dict(Service.objects.filter(slug__in=slugs).values_list("slug", "pk"))
        unknown = [slug for slug in slugs if slug not in known]
        if unknown:
            msg = f"There is no service {unknown[0][:60]}. /api/v1/services/ lists the slugs there are."
            raise serializers.ValidationError(msg)
        return list(known.values())

    def validate_region(self, value: str) -> list[str]:
        return _listed(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("to") or local_today()
        return {
            "first": attrs.get("from") or _year_before(last),
            "last": last,
            "groups": attrs.get("group_by", frozenset({Group.MONTH, Group.SERVICE})),
            "services": attrs.get("service"),
            "regions": attrs.get("region"),
        }


def _year_before(last: date) -> date:
    """Return the first day of the month a year before; of a day out of reach the answer says so itself."""
    return date(last.year - 1, last.month, 1) if last.year > EARLIEST_DAY.year else EARLIEST_DAY


def _share(help_text: str) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


def _count(help_text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(allow_null=True, help_text=help_text)


class UsageRowSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(allow_null=True, help_text="Such as 2024-01-31, 2024-01 or 2024, in UTC.")
    service = serializers.CharField(allow_null=True, help_text="The slug.")
    provider = serializers.CharField(allow_null=True, help_text="Whose name the region's is.")
    region = serializers.CharField(allow_null=True)
    delivered_bytes = _count("To users.")
    billable_bytes = _count("What the provider would charge for.")
    origin_bytes = _count("From our own servers.")
    requests = _count()
    hits = _count()
    misses = _count()
    passes = _count()
    errors = _count()  # type: ignore[assignment]  # hides a property of the base that an answer does not use
    hit_ratio = _share("Hits of hits and misses.")
    offload = _share("The share of delivered bytes that our own servers did not send.")
    error_share = _share("Errors of requests.")


class UsageAnswerSerializer(serializers.Serializer[Any]):
    rows = UsageRowSerializer(many=True, help_text="In the order of period, service and region.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the field whose name Python keeps for itself."""
        return {
            "from": serializers.DateField(),
            "to": serializers.DateField(),
            "group_by": serializers.ListField(child=serializers.ChoiceField(choices=Group.choices)),
            **super().get_fields(),
        }


class UsageQueryViewSet(ReadViewSet[Service]):
    """Metered use of services: summed when asked for, sent in bulk."""

    queryset = Service.objects.all()
    serializer_class = UsageAnswerSerializer
    outputs = {"retrieve": UsageAnswerSerializer}
    singular = "usage"
    required_scopes = {"read": Scope.USAGE_READ, "write": Scope.USAGE_WRITE}
    action_permissions = {"retrieve": "sponsors.view_service"}
    action_parameters = {"retrieve": ("from", "to", "service", "region", "group_by")}

    def get_renderers(self) -> list[BaseRenderer]:
        renderers = super().get_renderers()
        return [*renderers, CsvRenderer()] if self.action == "retrieve" else renderers

    @extend_schema(
        operation_id="usage_retrieve",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATE, description="Twelve months before by default."),
            OpenApiParameter("to", OpenApiTypes.DATE, description="Included; today by default."),
            OpenApiParameter(
                "service", OpenApiTypes.STR, description="Slugs, with commas between; all by default."
            ),
            OpenApiParameter(
                "region",
                OpenApiTypes.STR,
                description="Regions as providers name them, with commas between; all by default.",
            ),
            OpenApiParameter(
                "group_by",
                OpenApiTypes.STR,
                description="At most one of day, month and year; service; region; with commas between. "
                "By default month,service.",
            ),
        ],
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # noqa: ARG002  # a file is no answer of REST framework; routing's signature
        """Sums of what was metered. At most 10,000 rows, or 100,000 with `format=csv`.

        A ratio counts only what tells both its parts. Bytes are decimal where they are told in words.
        """
        question = UsageQuestion(**asked(request, UsageQuestionInput))
        if isinstance(request.accepted_renderer, CsvRenderer):
            rows = usage_rows(question, most=MOST_ROWS)
            answer = StreamingHttpResponse(
                rows_as_csv_lines(_table(rows)), content_type="text/csv; charset=utf-8"
            )
            answer["Content-Disposition"] = 'attachment; filename="usage.csv"'
            return answer
        rows = usage_rows(question, most=MOST_ROWS_OF_JSON)
        return Response(
            {
                "from": question.first.isoformat(),
                "to": question.last.isoformat(),
                "group_by": [group.value for group in Group if group in question.groups],
                "rows": [dict(zip(_COLUMNS, _cells(row), strict=True)) for row in rows],
            }
        )


def _listed(value: str) -> list[str]:
    return [part for each in value.split(",") if (part := each.strip())]


def _table(rows: Sequence[UsageRow]) -> Iterator[Sequence[object]]:
    yield _COLUMNS
    for row in rows:
        yield _cells(row)


def _cells(row: UsageRow) -> Sequence[object]:
    figures = row.figures
    return (
        row.period,
        row.service,
        row.provider,
        row.region,
        figures.delivered,
        figures.billable,
        figures.origin,
        figures.asked,
        figures.all_hits,
        figures.all_misses,
        figures.all_passes,
        figures.all_errors,
        *(
            None if share is None else round(share, 6)
            for share in (figures.hit_ratio, figures.offload, figures.error_share)
        ),
    )
