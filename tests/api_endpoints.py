"""Every endpoint under /api/, found by walking the URL table; nothing is listed by hand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str
    action: str
    view: Any

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


def endpoints() -> list[Endpoint]:
    """Return each method of each address that a view of the API answers."""
    return sorted(_walk(get_resolver("config.api_urls"), "/api/"), key=lambda endpoint: endpoint.key)


def list_endpoints() -> list[Endpoint]:
    return [endpoint for endpoint in endpoints() if endpoint.action == "list"]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Endpoint]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, path)
        elif isinstance(entry, URLPattern):
            yield from _methods(entry, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", simplify_regex(path)))


def _methods(entry: URLPattern, path: str) -> Iterator[Endpoint]:
    view: Any = entry.callback
    if not hasattr(view, "cls"):
        return  # a page for people
    actions = getattr(view, "actions", None)
    allowed = view.cls.http_method_names
    for method in METHODS:
        if method not in allowed:
            continue
        action = actions.get(method) if actions else (method if hasattr(view.cls, method) else None)
        if action:
            yield Endpoint(method.upper(), path, action, view.cls)
