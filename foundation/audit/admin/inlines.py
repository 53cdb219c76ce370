"""Rows of another table inside an object's page."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from unfold.admin import StackedInline, TabularInline

from foundation.audit.admin.visible import OnlyVisible
from foundation.audit.forms import DateInput


class BursarTabularInline(OnlyVisible, TabularInline):
    extra = 0
    show_change_link = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Name every input for screen readers: in a table only the column's head says what it is."""
        formset = super().get_formset(request, obj, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label))
        return formset


class BursarStackedInline(OnlyVisible, StackedInline):
    extra = 0
    show_change_link = False
    formfield_overrides: ClassVar[dict[Any, Any]] = {models.DateField: {"widget": DateInput}}
