"""What is asked to import a file."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget

from foundation.imports.kinds import ImportKind, kind_named
from foundation.imports.models import ImportRun
from foundation.imports.rules import LARGEST_FILE
from foundation.uploads.forms import FileInput
from foundation.uploads.rules import UploadRefused, read_within


class UploadForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    """A kind and a file. The kinds are set by the page: those the person may import."""

    kind = forms.ChoiceField(label="What the file holds", widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        widget=FileInput({"accept": ".csv,.tsv,.txt,.xlsx"}),
        help_text="CSV (UTF-8) or XLSX, at most 10 MB. Nothing is written before you confirm.",
    )

    class Meta:
        model = ImportRun
        fields = ()

    def _post_clean(self) -> None:
        """Make no row of it: the service does."""

    def clean_kind(self) -> ImportKind:
        return kind_named(self.cleaned_data["kind"])

    def clean_file(self) -> tuple[str, bytes]:
        file: Any = self.cleaned_data["file"]
        try:
            return file.name, read_within(file, limit=LARGEST_FILE)
        except UploadRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
