"""What every endpoint is made of: scopes and permissions, visible rows, pages, CSV, versions."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers
from django_filters import MultipleChoiceFilter
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed, NotAcceptable, NotFound, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from foundation.api.etags import check_match, etag
from foundation.api.filters import ORDERING_PARAM
from foundation.api.idempotency import idempotent
from foundation.api.pagination import CursorPages
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput
from foundation.api.spreadsheets import MOST_ROWS, CsvRenderer, rows_as_csv
from foundation.audit.models import Record

if TYPE_CHECKING:
    from foundation.people.models import User

FORMAT_PARAM = "format"

ModelT = TypeVar("ModelT", bound=Model)


class StrictNegotiation(DefaultContentNegotiation):
    """Says "not acceptable" to an unknown `?format=`, where REST framework says "not found"."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:  # noqa: A002  # REST framework's signature
        renderers = list(renderers)
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = ", ".join(renderer.format for renderer in renderers)
            msg = f"There is no such format here. Choose from: {known}."
            raise NotAcceptable(msg)
        return found


class ApiView(APIView):
    """Counts calls before it decides on them, and lets nobody in between keep an answer."""

    content_negotiation_class = StrictNegotiation
    # No OPTIONS: /api/schema/ says what there is.
    http_method_names = ["get", "head", "post", "patch"]

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            # Guessing tokens is counted too.
            super().check_throttles(request)
            raise

    def check_permissions(self, request: Request) -> None:
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Done already, before permissions were looked at."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(answer, ["Accept", "Authorization"])
        return answer


class NothingHere(ApiView):
    """Answers every address of the API that is none."""

    permission_classes = [AllowAny]
    schema = None  # keeps the view out of the schema

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        hint = "" if request.path.endswith("/") else " Addresses end with a slash."
        msg = f"There is nothing at this address.{hint} /api/docs/ lists what there is."
        raise NotFound(msg)


class ReadViewSet(ApiView, GenericViewSet[ModelT], Generic[ModelT]):
    """A list and a detail of the rows the caller may see.

    A subclass declares `queryset`, `serializer_class`, `required_scopes`, `ordering`, and where they
    apply `ordering_fields`, `filterset_class`, `csv_columns`, `action_permissions`,
    `action_parameters` (query parameters of its own actions), `inputs` and `outputs` (serializers of
    what an action takes and gives, by action name).
    """

    required_scopes: Mapping[str, Scope] = {}
    action_permissions: Mapping[str, str | None] = {}
    action_parameters: Mapping[str, Sequence[str]] = {}
    inputs: Mapping[str, type[Serializer[Any]]] = {}
    outputs: Mapping[str, type[BaseSerializer[Any]]] = {}
    csv_columns: Sequence[str] = ()
    # Actions that answer 201 with a new record.
    creates: Collection[str] = ("create",)
    lookup_value_regex = "[0-9]+"

    @property
    def caller(self) -> "User":
        return cast("User", self.request.user)  # permissions let nobody else in

    @property
    def model(self) -> type[ModelT]:
        return super().get_queryset().model

    def get_queryset(self) -> QuerySet[ModelT]:
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset.none()
        return self.reachable(queryset)

    def reachable(self, queryset: QuerySet[ModelT]) -> QuerySet[ModelT]:
        """Return the rows the caller may see: the model's one predicate."""
        visible: QuerySet[ModelT] = queryset.visible_to(self.caller)  # type: ignore[attr-defined]  # each slice's queryset has it
        return visible

    def get_renderers(self) -> list[BaseRenderer]:
        renderers = super().get_renderers()
        # None is a method that the list has not: it is to be refused as that, not for its format.
        return (
            [*renderers, CsvRenderer()] if self.action in {"list", None} and self.csv_columns else renderers
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.query_parameters()
        unknown = sorted(set(request.query_params) - set(known))
        if unknown and self.action is not None:
            # A misspelled filter would otherwise answer with everything.
            msg = f"There is no such parameter here. These are known: {', '.join(known)}."
            raise ValidationError({name[:80]: msg for name in unknown})
        for name in known:
            if request.query_params.get(name) == "":
                raise ValidationError({name: "Give this parameter a value, or leave it out."})
            if len(request.query_params.getlist(name)) > 1 and not self.takes_several(name):
                # The last would win in silence.
                raise ValidationError({name: "This parameter is given more than once. Give it once."})
        if self.inputs.get(self.action or "") is NoInput:
            # Such an action has no use for its input, and would take anything at all in silence.
            self.input()

    def takes_several(self, name: str) -> bool:
        """Whether the list's filter of that name may be repeated, for rows that match any of the values."""
        filterset = getattr(self, "filterset_class", None)
        return filterset is not None and isinstance(filterset.base_filters.get(name), MultipleChoiceFilter)

    def query_parameters(self) -> list[str]:
        """Return the query parameters that the action takes."""
        if self.action != "list":
            return [*self.action_parameters.get(self.action, ()), FORMAT_PARAM]
        filterset = getattr(self, "filterset_class", None)
        return [
            *(filterset.base_filters if filterset else ()),
            ORDERING_PARAM,
            CursorPages.cursor_query_param,
            CursorPages.page_size_query_param,
            FORMAT_PARAM,
        ]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ARG002  # routing's signature
        queryset = self.filter_queryset(self.get_queryset())
        if isinstance(request.accepted_renderer, CsvRenderer):
            return self._csv(queryset)
        page = self.paginate_queryset(queryset)
        return self.get_paginated_response(self.represent(page or []))

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return self.answer(self.kwargs["pk"])

    def represent(self, records: Sequence[ModelT]) -> Sequence[Mapping[str, Any]]:
        """Return the records as they stand in answers and in CSV; a slice may do it faster."""
        represented: Sequence[Mapping[str, Any]] = self.get_serializer(records, many=True).data
        return represented

    def answer(self, pk: int | str, *, code: int = status.HTTP_200_OK) -> Response:
        """Read the record as it is now and answer with it and its version."""
        record = get_object_or_404(self.get_queryset(), pk=pk)
        headers = {"ETag": etag(record)} if isinstance(record, Record) else {}
        if code == status.HTTP_201_CREATED:
            headers["Location"] = self.reverse_action("detail", args=[record.pk])
        return Response(self.represent([record])[0], status=code, headers=headers)

    def input(self) -> dict[str, Any]:
        """Return the checked input of the action; of a PATCH, only what was sent."""
        serializer = self.inputs[self.action](
            data=self.request.data,
            partial=self.request.method == "PATCH",
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        data: dict[str, Any] = serializer.validated_data
        return data

    def lock_first(self) -> None:
        """Lock what the slice's services lock before the record itself, so that nobody meets crosswise."""

    @contextmanager
    def locked(self) -> Iterator[ModelT]:
        """Hold the record's row in a transaction, once its version is what If-Match says."""
        # The plain rows: joins and sums of the view's own queryset cannot be locked.
        rows = self.reachable(self.model._default_manager.all())
        with transaction.atomic():
            self.lock_first()
            record = get_object_or_404(rows.select_for_update(of=("self",)), pk=self.kwargs["pk"])
            check_match(self.request.headers.get("If-Match"), record)
            yield record

    def _csv(self, queryset: QuerySet[ModelT]) -> StreamingHttpResponse:
        for name in (CursorPages.cursor_query_param, CursorPages.page_size_query_param):
            if name in self.request.query_params:
                raise ValidationError({name: "A CSV holds all rows, not a page. Leave this out."})
        if queryset.order_by().values("pk")[: MOST_ROWS + 1].count() > MOST_ROWS:
            msg = f"This is more than {MOST_ROWS:,} rows. Narrow the filters and take it in parts."
            raise ValidationError({FORMAT_PARAM: msg})
        lines = rows_as_csv(queryset, self.csv_columns, self.represent)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{self.basename}.csv"'
        return response


class CreatesRecords(ReadViewSet[ModelT], Generic[ModelT]):
    """Adds `create`: a slice implements `add` with its service and declares `inputs["create"]`."""

    def add(self, data: dict[str, Any]) -> ModelT:
        raise NotImplementedError

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        data = self.input()
        with transaction.atomic():
            return self.answer(self.add(data).pk, code=status.HTTP_201_CREATED)


class ChangesRecords(ReadViewSet[ModelT], Generic[ModelT]):
    """Adds `partial_update`: a slice implements `change` and declares `inputs["partial_update"]`."""

    def change(self, record: ModelT, data: dict[str, Any]) -> object:
        raise NotImplementedError

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        with self.locked() as record:
            self.change(record, self.input())
            return self.answer(record.pk)


class RecordViewSet(CreatesRecords[ModelT], ChangesRecords[ModelT], Generic[ModelT]):
    """Rows that are read, created and changed."""
