"""What is asked before a file is written."""

from typing import Any

from django import forms

from foundation.audit.forms import ActionForm
from foundation.exports.models import FileFormat

DOWNLOAD, KEEP = "download", "keep"


class ExportForm(ActionForm):
    """Columns and format, and a name when the export is to be kept."""

    columns = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple)
    file_format = forms.ChoiceField(label="Format", choices=FileFormat.choices)
    name = forms.CharField(
        label="Name, to keep this export",
        max_length=80,
        required=False,
        help_text="Such as Overdue, monthly.",
    )
    is_shared = forms.BooleanField(label="Share it with everybody who may see this list", required=False)

    def __init__(self, *args: Any, columns: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["columns"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = columns
        field.initial = [name for name, _label in columns]


class ShareForm(ActionForm):
    is_shared = forms.BooleanField(label="Shared with everybody who may see the list", required=False)
