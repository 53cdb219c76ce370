"""Forms of the admin site's confirmation pages, in the admin's look."""

import re
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import models
from django.forms.models import construct_instance
from django.forms.utils import pretty_name
from unfold import widgets

from foundation.audit.text import unreadable

if TYPE_CHECKING:
    from foundation.people.models import User

_INPUT = " ".join(widgets.INPUT_CLASSES)


class DateInput(forms.DateInput):
    """The browser's own date picker: works with a keyboard, on a phone and without script."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": f"{_INPUT} max-w-48", **(attrs or {})}, format="%Y-%m-%d")


class AmountInput(forms.TextInput):
    """An exact decimal: shown without trailing zeros of the column, and without spin buttons."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": f"{_INPUT} max-w-48", "inputmode": "decimal", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        text: str | None = super().format_value(value)
        return text.rstrip("0").rstrip(".") if text and "." in text else text


# Digits and a dot; thousands may be apart by a space or an apostrophe, which no country takes for a decimal sign.
_PLAIN = re.compile(r"[+-]?(\d+|\d{1,3}([ '\u2019\u00a0\u202f]\d{3})+)?(\.\d*)?")
# By commas only where they cannot be decimal signs: before a dot, or when there are several.
_WITH_COMMAS = re.compile(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d*)?|[+-]?\d{1,3},\d{3}\.\d*")


class AmountField(forms.DecimalField):
    """An amount of money as it is typed: digits and a dot, with separators where nobody reads them otherwise."""

    widget = AmountInput
    default_error_messages = {"invalid": "Write the amount in digits with a dot, such as 1234.50."}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (typed := value.strip()):
            if not (_PLAIN.fullmatch(typed) or _WITH_COMMAS.fullmatch(typed)):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
            value = re.sub(r"[^\d.+-]", "", typed)
        return super().to_python(value)


def autocomplete(model: type[models.Model], field: str) -> AutocompleteSelect:
    """Return a search-as-you-type widget for a form field that stands for the model's foreign key.

    What it offers is what the target's admin page shows to the same person.
    """
    return AutocompleteSelect(model._meta.get_field(field), admin.site)


if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Any]
else:
    _ModelForm = forms.ModelForm


class _ReadableText:
    """Refuses characters that nobody sees, in every text of the form."""

    def _clean_fields(self) -> None:
        form = cast("forms.Form", self)
        super()._clean_fields()  # type: ignore[misc]  # mixed into forms
        for name, value in list(form.cleaned_data.items()):
            if isinstance(value, str) and (sentence := unreadable(value)):
                form.add_error(name, sentence)


class ServiceForm(_ReadableText, _ModelForm):
    """A model's form whose values go to a service.

    Each field is checked by itself here. What spans fields or rows is left to the service and to the
    database, so that there is one sentence for it and not also the name of a constraint.
    """

    def _post_clean(self) -> None:
        self.instance = construct_instance(self, self.instance, self._meta.fields, self._meta.exclude)


class ActionForm(_ReadableText, forms.Form):
    """What a confirmation page asks for. Knows the object it is about and who is asking.

    `currency_path`: leads from the object to the currency that the form's amounts are in; their labels say it.
    """

    required_css_class = "required"
    currency_path: ClassVar[str] = ""

    def __init__(
        self, *args: Any, obj: models.Model | None = None, user: "User | None" = None, **kwargs: Any
    ) -> None:
        self.obj = obj
        self.user = user
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self._dress(field)
            if self.currency_path and isinstance(field, forms.DecimalField):
                currency = attrgetter(self.currency_path)(self.obj)
                field.label = f"{field.label or pretty_name(name)} in {currency}"

    _WIDGETS: ClassVar[tuple[tuple[type[forms.Widget], type[forms.Widget]], ...]] = (
        (forms.Textarea, widgets.UnfoldAdminTextareaWidget),
        (forms.EmailInput, widgets.UnfoldAdminEmailInputWidget),
    )

    def _dress(self, field: forms.Field) -> None:
        """Give the field's plain widget the admin's look; a widget chosen on purpose stays."""
        plain = type(field.widget)
        attrs = field.widget.attrs
        if isinstance(field, forms.DateField) and plain is forms.DateInput:
            field.widget = DateInput(attrs)
        elif isinstance(field, forms.DecimalField) and plain is forms.NumberInput:
            field.widget = AmountInput({key: attrs[key] for key in attrs.keys() - {"step", "min", "max"}})
        elif plain is forms.Select and isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
            choices = field.choices
            field.widget = widgets.UnfoldAdminSelectWidget(attrs)
            field.widget.choices = choices
        elif plain is forms.CheckboxInput:
            field.widget = widgets.UnfoldBooleanWidget(attrs)
        elif plain is forms.CheckboxSelectMultiple and isinstance(
            field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField
        ):
            choices = field.choices
            field.widget = widgets.UnfoldAdminCheckboxSelectMultipleWidget(attrs)
            field.widget.choices = choices
        elif plain in {forms.TextInput, forms.NumberInput, forms.URLInput}:
            attrs["class"] = f"{_INPUT} {attrs.get('class', '')}".strip()
        else:
            for bare, dressed in self._WIDGETS:
                if plain is bare:
                    field.widget = dressed(attrs)
        field.widget.is_required = field.required


class ReasonForm(ActionForm):
    """A reason that is kept in the record's history."""

    reason = forms.CharField(max_length=300, help_text="One sentence; it stays with the record.")
