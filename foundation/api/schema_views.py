"""The OpenAPI document at /api/schema/, and the same for people at /api/docs/."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
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


@cache
def _as_yaml() -> bytes:
    """Return the document as text, more than a megabyte, which takes half a second to write."""
    text: bytes = OpenApiYamlRenderer().render(api_schema())  # type: ignore[no-untyped-call]  # the package's
    return text


class YamlRenderer(OpenApiYamlRenderer):
    """Writes the document once a process, and errors as they come."""

    def render(self, data: Any, media_type: str | None = None, renderer_context: Any = None) -> bytes:
        if data is api_schema():
            return _as_yaml()
        text: bytes = super().render(data, media_type, renderer_context)  # type: ignore[no-untyped-call]  # the same
        return text


class PlainYamlRenderer(YamlRenderer):
    """The same for a program that asks for YAML and knows nothing of OpenAPI's own type."""

    media_type = "application/yaml"


class SchemaView(ApiView):
    authentication_classes = ()
    permission_classes = [AllowAny]
    renderer_classes = [YamlRenderer, PlainYamlRenderer, OpenApiJsonRenderer, OpenApiJsonRenderer2]
    schema = None  # keeps the view out of the schema

    def get(self, request: Request) -> Response:  # noqa: ARG002  # routing's signature
        return Response(api_schema())


@cache
def _reference() -> SafeString:
    """Return the part of the page that is the same for everybody; it too follows from the code."""
    document = api_schema()
    context = {"subjects": subjects(document), "shapes": shapes(document), "scopes": Scope.choices}
    return render_to_string("api/subjects_and_shapes.html", context)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The same for people, made by the server: no script, nothing from elsewhere."""
    return render(request, "api/reference.html", {"reference": _reference()})
