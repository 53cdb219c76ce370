"""The base of every list's filters: what is not understood is refused, never ignored."""

from typing import Any

from django import forms
from django.db import models
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

_MEANINGS = {"true": True, "false": False}


class TrueOrFalseField(forms.Field):
    """Refuses other words, where Django's own field takes them for "any"."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:
        if value in self.empty_values:
            return None
        meaning = _MEANINGS.get(str(value).lower())
        if meaning is None:
            raise forms.ValidationError("Write true or false.")
        return meaning


@extend_schema_field(OpenApiTypes.BOOL)
class TrueOrFalse(filters.BooleanFilter):
    field_class = TrueOrFalseField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **kwargs})


class IdField(forms.IntegerField):
    """A whole number that fits a key; others are refused before they reach the database."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 2**63 - 1, **kwargs})


@extend_schema_field({"type": "integer", "minimum": 1})
class IdFilter(filters.Filter):
    """The number of a record."""

    field_class = IdField


class ListFilters(filters.FilterSet):
    """Subclass this, and use `TrueOrFalse` for a yes-or-no filter that is no field of the model."""

    FILTER_DEFAULTS = {
        **filters.FilterSet.FILTER_DEFAULTS,
        models.BooleanField: {"filter_class": TrueOrFalse},
    }
