"""The OpenAPI document laid out for people: endpoints by subject, then the shapes they take and give."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

Document = Mapping[str, Any]
_CODE = re.compile(r"`([^`]+)`")
_BODY = "application/json"
# What takes a file takes a form.
_FORM = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an endpoint or a field of a shape."""

    name: str
    where: str
    kind: SafeString
    required: bool
    text: SafeString


@dataclass(frozen=True, slots=True)
class Answer:
    status: str
    text: SafeString
    shape: SafeString


@dataclass(frozen=True, slots=True)
class Operation:
    anchor: str
    method: str
    path: str
    text: SafeString
    parameters: list[Field]
    takes: SafeString
    answers: list[Answer]


@dataclass(frozen=True, slots=True)
class Subject:
    name: str
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    text: SafeString
    fields: list[Field]


def subjects(document: Document) -> list[Subject]:
    """Return the endpoints, in groups by the first tag of each, both in the document's order."""
    document = _with_values_in_place(document, document["components"]["schemas"])
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            operations = found.setdefault(described["tags"][0], [])
            operations.append(_operation(method.upper(), path, described))
    return [Subject(tag.replace("-", " ").capitalize(), operations) for tag, operations in found.items()]


def shapes(document: Document) -> list[Shape]:
    """Return the objects that endpoints take and give."""
    document = _with_values_in_place(document, document["components"]["schemas"])
    return [
        Shape(name, _text(described.get("description", "")), list(_fields(described)))
        for name, described in document["components"]["schemas"].items()
        if "properties" in described
    ]


def _with_values_in_place(part: Any, components: Document) -> Any:
    """Return the part with lists of values where they are used; only objects stay links."""
    if isinstance(part, list):
        return [_with_values_in_place(item, components) for item in part]
    if not isinstance(part, dict):
        return part
    target = components.get(part.get("$ref", "").rsplit("/", 1)[-1], {}) if "$ref" in part else {}
    if target and "properties" not in target:
        return {**target, "description": part.get("description", "")}
    return {name: _with_values_in_place(item, components) for name, item in part.items()}


def _operation(method: str, path: str, described: Document) -> Operation:
    content = described.get("requestBody", {}).get("content", {})
    body = next((content[kind]["schema"] for kind in (_BODY, _FORM) if kind in content), None)
    return Operation(
        anchor=described["operationId"],
        method=method,
        path=path,
        text=_text(described.get("description", "")),
        parameters=[
            Field(
                parameter["name"],
                parameter["in"],
                _kind(parameter["schema"]),
                parameter.get("required", False),
                _text(parameter.get("description", "")),
            )
            for parameter in described.get("parameters", [])
        ],
        takes=_taken(body, as_form=_BODY not in content) if body else mark_safe(""),
        answers=[
            Answer(
                status,
                _text(answer.get("description") or "Done."),
                _kind(answer.get("content", {}).get(_BODY, {}).get("schema", {})),
            )
            for status, answer in described["responses"].items()
        ],
    )


def _taken(body: Document, *, as_form: bool) -> SafeString:
    shape = _kind(body)
    return format_html("{} as <code>{}</code>", shape, _FORM) if as_form else shape


def _fields(shape: Document) -> Iterator[Field]:
    required = shape.get("required", [])
    for name, described in shape["properties"].items():
        yield Field(name, "", _kind(described), name in required, _text(described.get("description", "")))


def _kind(schema: Document) -> SafeString:
    """Return the type in words, with links to shapes."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return format_html('<a href="#shape-{0}">{0}</a>', name)
    for union in ("oneOf", "anyOf", "allOf"):
        if union in schema:
            return format_html_join(" or ", "{}", ((_kind(part),) for part in schema[union]))
    if schema.get("type") == "array":
        return format_html("list of {}", _kind(schema["items"]))
    if "enum" in schema:
        values = [value for value in schema["enum"] if value not in {"", None}]
        shown = format_html_join(", ", "<code>{}</code>", ((value,) for value in values[:12]))
        return format_html("{}{}", shown, ", …" if len(values) > len(values[:12]) else "")
    kinds = schema.get("type", "")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    form = schema.get("format")
    return format_html("{} ({})", text, form) if form else conditional_escape(text)


def _text(text: str) -> SafeString:
    """Return the text with its lines kept and what stands in backticks as code."""
    escaped = conditional_escape(text.strip())
    # Only tags of our own are added, around what was escaped.
    marked = _CODE.sub(r"<code>\1</code>", escaped).replace("\n", "<br>")
    return mark_safe(marked)  # noqa: S308  # escaped above
