"""Where the links in the head of a page of the admin site lead."""

from typing import Any

from django import template
from django.template import RequestContext
from django.urls import Resolver404, resolve

register = template.Library()


@register.simple_tag(takes_context=True)
def list_address(context: RequestContext, address: Any) -> str:
    """Return the address of a list with the filters it was left with, else with those it opens with."""
    path = str(address)
    kept = context["request"].GET.get("_changelist_filters", "")
    try:
        page = getattr(resolve(path).func, "model_admin", None)
    except Resolver404:
        page = None
    query = kept or getattr(page, "opens_with", "")
    return f"{path}?{query}" if query else path
