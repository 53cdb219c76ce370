"""The OpenAPI document at /api/schema/, and the same for people at /api/docs/."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.reference import shapes, subjects
from foundation.api.scopes import Scope
from foundation.api.views import ApiView


@cache
def api_schema() -> dict[str, Any]:
    """Return the OpenAPI document; it follows from the code, so it is made once a process."""
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]  # the package's
    return schema


class SchemaView(ApiView):
    authentication_classes = ()
    permission_classes = [AllowAny]
    renderer_classes = [OpenApiYamlRenderer, OpenApiJsonRenderer]
    schema = None  # keeps the view out of the schema

    def get(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        return Response(api_schema())


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The same for people, made by the server: no script, nothing from elsewhere."""
    document = api_schema()
    context = {"subjects": subjects(document), "shapes": shapes(document), "scopes": Scope.choices}
    return render(request, "api/reference.html", context)
