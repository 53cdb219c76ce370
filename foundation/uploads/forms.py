"""The inputs for files in the admin site."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold import widgets

from foundation.uploads.pdf import LARGEST_PDF
from foundation.uploads.rules import MEGABYTE, UploadRefused, read_within


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


class PdfField(forms.FileField):
    """A PDF, read as bytes; whether it may be kept is for the service to say."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=FileInput({"accept": "application/pdf"}),
            help_text=f"PDF, at most {LARGEST_PDF // MEGABYTE} MB.",
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        if not file:
            return None
        try:
            return read_within(file, limit=LARGEST_PDF)
        except UploadRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
