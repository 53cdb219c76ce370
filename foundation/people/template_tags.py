"""Form fields in the look of our pages, with errors tied to their inputs for screen readers."""

import re

from django import forms, template
from django.forms.boundfield import BoundField
from django.utils.safestring import SafeString

register = template.Library()

_CAPITAL_INSIDE = re.compile(r"(?<=[\s-])[A-Z](?=[a-z])")


@register.filter(is_safe=True)
def sentence_case(text: str) -> str:
    """Return `Two-Factor Authentication` as `Two-factor authentication`: allauth's words as ours are written.

    Abbreviations stay. Only for texts without names of people or organizations.
    """
    return _CAPITAL_INSIDE.sub(lambda found: found[0].lower(), text.strip())


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    return isinstance(field.field.widget, forms.CheckboxSelectMultiple | forms.RadioSelect)


@register.filter
def styled(field: BoundField) -> SafeString:
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    else:
        css = "form-control"
    if field.errors:
        css += " is-invalid"
    attrs = {**widget.attrs, "class": css}
    if placeholder := attrs.get("placeholder"):
        attrs["placeholder"] = sentence_case(str(placeholder))
    return field.as_widget(attrs=attrs)
