"""Form fields in the look of our pages, with errors tied to their inputs for screen readers."""

import re
from datetime import datetime, timedelta

from django import forms, template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.safestring import SafeString

register = template.Library()

_CAPITAL_INSIDE = re.compile(r"(?<=[\s-])[A-Z](?=[a-z])")


@register.filter(is_safe=True)
def sentence_case(text: str) -> str:
    """Return `Two-Factor Authentication` as `Two-factor authentication`: allauth's words as ours are written.

    Abbreviations stay. Only for texts without names of people or organizations.
    """
    return _CAPITAL_INSIDE.sub(lambda found: found[0].lower(), text.strip())


# In the order in which they are looked for: each names those before it as well.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser_in_words(user_agent: str) -> str:
    """Return such as `Firefox on Windows` for what a browser sends about itself."""

    def first(known: tuple[tuple[str, str], ...]) -> str:
        return next((name for sign, name in known if sign in user_agent), "")

    browser, system = first(_BROWSERS) or "Unknown browser", first(_SYSTEMS)
    return f"{browser} on {system}" if system else browser


@register.filter
def ago_to_the_minute(moment: datetime) -> str:
    """Return how long ago something was that is noted once a minute: seconds would be made up."""
    if timezone.now() - moment < timedelta(minutes=1):
        return "less than a minute ago"
    words: str = naturaltime(moment)
    return words


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
