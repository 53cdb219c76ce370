"""Cursor pages: stable while rows are added, and as cheap on the last page as on the first.

REST framework's own cursor keeps one value and counts an offset among its equals, which repeats or
loses rows when many rows share it. Ours keeps every ordering value of the last row, primary key
included, and asks for the rows after it.
"""

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

if TYPE_CHECKING:
    from rest_framework.views import APIView

_SALT = "foundation.api.pagination"
_WHOLE_NUMBER = re.compile("[0-9]{1,6}")


class _Exact(signing.JSONSerializer):
    """Keeps microseconds, which Django's JSON encoder would round off."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, separators=(",", ":"), default=str).encode("latin-1")


class CursorPages(BasePagination):
    cursor_query_param = "cursor"
    page_size_query_param = "page_size"
    page_size = 50
    max_page_size = 200

    def paginate_queryset(
        self, queryset: "QuerySet[Any, Any] | Sequence[Any]", request: Request, view: "APIView | None" = None
    ) -> list[Any]:
        if not isinstance(queryset, QuerySet):
            msg = "pages are cut from a queryset"
            raise TypeError(msg)
        size = self.get_page_size(request)
        order = [str(field) for field in queryset.query.order_by]
        if not order or order[-1].lstrip("-") != "pk":
            msg = f"{type(view).__name__} is not ordered down to the primary key"
            raise TypeError(msg)
        # A cursor of other records names no place among these, whatever their columns are called.
        self._salt = f"{_SALT}:{queryset.model._meta.label}"
        backward, position = self._read_cursor(request, order)
        rows = list(self._slice(queryset, order, position, size + 1, backward=backward))
        more = len(rows) > size
        rows = rows[:size]
        if backward:
            rows.reverse()
        has_next, has_previous = (position is not None, more) if backward else (more, position is not None)
        self._url = request.build_absolute_uri()
        self._next = self._cursor(order, rows[-1], backward=False) if rows and has_next else None
        self._previous = self._cursor(order, rows[0], backward=True) if rows and has_previous else None
        return rows

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not (_WHOLE_NUMBER.fullmatch(text) and 1 <= int(text) <= self.max_page_size):
            msg = f"Choose a page size from 1 to {self.max_page_size}."
            raise ValidationError({self.page_size_query_param: msg})
        return int(text)

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"next": self._link(self._next), "previous": self._link(self._previous), "results": data}
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {**link, "description": "Address of the next page; null on the last one."},
                "previous": {**link, "description": "Address of the page before; null on the first one."},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: "APIView") -> list[dict[str, Any]]:  # noqa: ARG002  # REST framework's signature
        return [
            {
                "name": self.cursor_query_param,
                "required": False,
                "in": "query",
                "description": "Where a page begins; take it from `next` or `previous`, never make one.",
                "schema": {"type": "string"},
            },
            {
                "name": self.page_size_query_param,
                "required": False,
                "in": "query",
                "description": "How many results a page holds.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                },
            },
        ]

    def _slice(
        self,
        queryset: QuerySet[Model],
        order: Sequence[str],
        position: Sequence[Any] | None,
        count: int,
        *,
        backward: bool,
    ) -> QuerySet[Model]:
        if backward:
            order = [field[1:] if field.startswith("-") else f"-{field}" for field in order]
            queryset = queryset.order_by(*order)
        if position is not None:
            queryset = queryset.filter(_after(queryset.model, order, position))
        return queryset[:count]

    def _read_cursor(self, request: Request, order: list[str]) -> tuple[bool, list[Any] | None]:
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return False, None
        try:
            cursor = signing.loads(text, salt=self._salt, serializer=_Exact)
        except (signing.BadSignature, UnicodeEncodeError):
            cursor = {}
        if cursor.get("order") != order:
            msg = (
                "This cursor belongs to another list or ordering. Take it from the `next` of the page before, "
                "or leave it out to begin again."
            )
            raise ValidationError({self.cursor_query_param: msg})
        return cursor["backward"], cursor["at"]

    def _cursor(self, order: list[str], row: Any, *, backward: bool) -> str:
        at = [_value(row, field.lstrip("-")) for field in order]
        return signing.dumps(
            {"order": order, "backward": backward, "at": at}, salt=self._salt, serializer=_Exact
        )

    def _link(self, cursor: str | None) -> str | None:
        if cursor is None:
            return None
        clean = remove_query_param(self._url, self.cursor_query_param)
        return replace_query_param(clean, self.cursor_query_param, cursor)


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = None if row is None else getattr(row, name)
    return row


def _after(model: type[Model], order: Sequence[str], position: Sequence[Any]) -> Q:
    """Return the condition of rows that come after the position, nulls placed as PostgreSQL places them.

    Ascending, nulls are last; descending, first.
    """
    field, descending = order[0].lstrip("-"), order[0].startswith("-")
    value = position[0]
    following = _after(model, order[1:], position[1:]) if len(order) > 1 else None
    if value is None:
        tail = Q(**{f"{field}__isnull": True}) & (following or Q())
        return Q(**{f"{field}__isnull": False}) | tail if descending else tail
    beyond = Q(**{f"{field}__{'lt' if descending else 'gt'}": value})
    if following is None:
        return beyond
    either = beyond | (Q(**{field: value}) & following)
    if not descending and _may_be_null(model, field):
        return either | Q(**{f"{field}__isnull": True})
    # Says nothing new, but lets an index on the field be used.
    return Q(**{f"{field}__{'lte' if descending else 'gte'}": value}) & either


def _may_be_null(model: type[Model], path: str) -> bool:
    """Whether the field, or a relation on the way to it, may be null; annotations are taken to be."""
    for name in path.split("__"):
        try:
            field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True):
            return True
        model = getattr(field, "related_model", None) or model
    return False
