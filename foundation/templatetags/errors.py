"""What is wrong with a form, for the top of its page."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import template
from django.forms import BaseForm, BoundField

register = template.Library()

WrongField = tuple[BoundField, str, list[str]]


@register.simple_tag
def wrong_fields(form: Any, inlines: Iterable[Any] = ()) -> list[WrongField]:
    """Return each field that has errors, with its label and sentences; `form` may be the admin's wrapping of one.

    Fields of inline rows are named with their row, counted from 1.
    """
    return [*_of(getattr(form, "form", form)), *_of_rows(inlines or ())]


def _of(form: Any, row: str = "") -> Iterator[WrongField]:
    if isinstance(form, BaseForm):
        for field in form:
            if field.errors:
                yield field, f"{row}{field.label}", [str(error) for error in field.errors]


def _of_rows(inlines: Iterable[Any]) -> Iterator[WrongField]:
    for inline in inlines:
        for number, form in enumerate(inline.formset.forms, start=1):
            yield from _of(form, f"{inline.opts.verbose_name} {number}, ")
