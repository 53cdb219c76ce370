"""The input for a file in the admin site."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import widgets


class FileInput(forms.FileInput):
    """The browser's own file input in the admin's look: works with a keyboard and without script.

    The theme's own widget hides the input behind a disabled text. Its script writes the name of the
    chosen file into the first text input three elements above, and fails where there is none; that
    is the hidden one here.
    """

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"class": " ".join(widgets.INPUT_CLASSES), **(attrs or {})})

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        return format_html(
            '<span><span><span>{}</span></span><input type="text" hidden disabled></span>',
            super().render(*args, **kwargs),
        )
