"""Filters and ordering of lists: by declared names only, and the same order for the same rows."""

from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView

ModelT = TypeVar("ModelT", bound=Model)
RowT = TypeVar("RowT")

ORDERING_PARAM = "ordering"


class AskedFilters(DjangoFilterBackend):
    """Leave the filters' form unmade when no filter is asked for: it costs a tenth of a page.

    Filters that leave rows out unasked say so by `filters_unasked`.
    """

    def filter_queryset(
        self, request: Request, queryset: "QuerySet[Any]", view: "APIView"
    ) -> "QuerySet[Any]":
        declared = self.get_filterset_class(view, queryset)
        if declared is None:
            return queryset
        asked = not declared.base_filters.keys().isdisjoint(request.query_params)
        if not asked and not getattr(declared, "filters_unasked", False):
            return queryset
        filtered: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return filtered


class StableOrderingFilter(BaseFilterBackend):
    """Order by `?ordering=name` or `-name`: one field; the primary key decides between equals.

    A view declares `ordering_fields` (names, or a mapping from the name in the API to the field)
    and its default `ordering`, in the API's names.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[ModelT, RowT], view: "APIView"
    ) -> QuerySet[ModelT, RowT]:
        asked = request.query_params.get(ORDERING_PARAM)
        names = default_ordering(view) if asked is None else (asked,)
        fields = orderable(view)
        order = []
        for name in names:
            field = fields.get(name.removeprefix("-"))
            if field is None:
                choices = ", ".join(fields) or "nothing else here"
                msg = f"Cannot order by {name.removeprefix('-')[:60]}. Choose from: {choices}."
                raise ValidationError({ORDERING_PARAM: msg})
            order.append(f"-{field}" if name.startswith("-") else field)
        last = "-pk" if order and order[-1].startswith("-") else "pk"
        return queryset.order_by(*(field for field in order if field.lstrip("-") != "pk"), last)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        names = list(orderable(view))
        if not names:
            return []
        return [
            {
                "name": ORDERING_PARAM,
                "required": False,
                "in": "query",
                "description": f"Order by this; a minus sign turns it around. One of: {', '.join(names)}.",
                "schema": {
                    "type": "string",
                    "enum": [f"{sign}{name}" for name in names for sign in ("", "-")],
                },
            }
        ]


def orderable(view: Any) -> dict[str, str]:
    """Return what the view may be ordered by: name in the API to field of the model."""
    declared = getattr(view, "ordering_fields", ())
    return dict(declared) if isinstance(declared, dict) else {name: name for name in declared}


def default_ordering(view: Any) -> tuple[str, ...]:
    return tuple(getattr(view, "ordering", ()))
