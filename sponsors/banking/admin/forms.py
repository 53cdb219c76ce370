"""What the pages ask: an account, which column is what, a file, and whose money a line is."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from foundation.audit.forms import ActionForm, ServiceForm, autocomplete
from foundation.uploads.forms import FileInput
from foundation.uploads.rules import UploadRefused, read_within
from sponsors.banking.models import BankAccount, BankLine, Statement
from sponsors.banking.rules import (
    LARGEST_FILE,
    DateFormat,
    Decimals,
    Delimiter,
    Encoding,
    Entry,
    Layout,
    StatementRefused,
    read_csv,
)
from sponsors.banking.selectors import Match, alike_of, matches_of, preselected
from sponsors.commitments.models import Commitment, Installment, Receipt
from sponsors.commitments.rules import FIRM
from sponsors.directory.models import Sponsor

OTHER = "other"
_ROWS_SHOWN = 8


class AccountForm(ServiceForm):
    class Meta:
        model = BankAccount
        fields = ("name", "slug", "currency", "number")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("slug")
        if field is not None:
            field.required = False
            field.help_text = f"Empty: made from the name. {field.help_text}"


class AccountChangeForm(ServiceForm):
    new_number = forms.CharField(
        label="New IBAN or number",
        required=False,
        max_length=40,
        help_text="Left empty, the number stays as it is.",
    )

    class Meta:
        model = BankAccount
        fields = ("name", "is_active")


class StatementForm(ServiceForm):
    account = forms.ModelChoiceField(BankAccount.objects.active(), widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        widget=FileInput({"accept": ".csv,.txt,.ofx,.qfx"}),
        help_text="CSV in the columns of the account, or OFX or QFX; at most 10 MB. What is there already is not added again.",
    )

    class Meta:
        model = Statement
        fields = ()

    def clean_file(self) -> tuple[str, bytes]:
        return _read(self.cleaned_data["file"])


def _read(file: Any) -> tuple[str, bytes]:
    try:
        return file.name, read_within(file, limit=LARGEST_FILE)
    except UploadRefused as refused:
        raise forms.ValidationError(refused.message, code=refused.code) from refused


def _column(label: str, help_text: str = "", *, required: bool = False) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=100)


class MapForm(ActionForm):
    """Which column is what. With a file and “Preview”, its first lines are shown as they would be read."""

    date_column = _column("Column of the day", "As the file names it.", required=True)
    amount_column = _column(
        "Column of the amount", "With a sign. Empty when money out and in have columns each."
    )
    debit_column = _column("Column of money out")
    credit_column = _column("Column of money in")
    payer_column = _column("Column of the payer")
    reference_column = _column("Column of the reference", "What the payer quotes.")
    text_column = _column("Column of the text")
    id_column = _column("Column of the bank's number", "Unique for each movement. Empty when there is none.")
    date_format = forms.ChoiceField(label="Days are written as", choices=DateFormat.choices)
    decimals = forms.ChoiceField(label="Decimal sign", choices=Decimals.choices)
    delimiter = forms.ChoiceField(label="Between cells", choices=Delimiter.choices)
    encoding = forms.ChoiceField(choices=Encoding.choices)
    skip_lines = forms.IntegerField(
        label="Lines above the columns",
        min_value=0,
        max_value=50,
        help_text="Above the line that names them.",
    )
    sample = forms.FileField(
        label="A file to try it with",
        required=False,
        widget=FileInput({"accept": ".csv,.txt"}),
        help_text="Read for the preview only, and not kept.",
    )
    preview: list[Entry] | None = None

    def is_valid(self) -> bool:
        """Whether the columns are to be saved: a preview shows the form again."""
        return super().is_valid() and "preview" not in self.data

    def clean_sample(self) -> bytes:
        file = self.cleaned_data["sample"]
        return _read(file)[1] if file else b""

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.errors:
            return data
        layout = Layout(**{name: data[name] for name in Layout.__dataclass_fields__})
        data["layout"] = layout
        if "preview" in self.data and not data["sample"]:
            self.add_error("sample", "Choose a file to try the columns with.")
        elif data["sample"]:
            try:
                self.preview = read_csv(data["sample"], layout, most=_ROWS_SHOWN)
            except StatementRefused as refused:
                self.add_error("sample" if refused.field == "file" else refused.field, refused.message)
        return data


class ConfirmForm(ActionForm):
    """Whose money a line is: one of the proposals, or another sponsor."""

    match = forms.ChoiceField(label="It is", widget=UnfoldAdminRadioSelectWidget)
    sponsor = forms.ModelChoiceField(
        Sponsor.objects.filter(merged_into=None),
        label="Another sponsor",
        required=False,
        widget=autocomplete(Receipt, "sponsor"),
    )
    commitment = forms.ModelChoiceField(
        Commitment.objects.filter(state__in=FIRM),
        required=False,
        widget=autocomplete(Installment, "commitment"),
        help_text="Of that sponsor: only installments of this commitment are paid. Empty: of all.",
    )
    allocate = forms.ChoiceField(
        label="Allocation",
        choices=[
            ("oldest", "Pay the oldest open installments first"),
            ("none", "Nothing yet: keep it as credit"),
        ],
        initial="oldest",
    )
    acknowledge = forms.BooleanField(label="Thank the sponsor by mail", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, BankLine)
        found = matches_of([self.obj]).get(self.obj.pk, [])
        self._matches = {match.key: match for match in found}
        field = self.fields["match"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            *((match.key, f"{match.title} ({'; '.join(match.reasons)})") for match in found),
            (OTHER, "Another sponsor, chosen below"),
        ]
        likeliest = preselected(found, alike_of([self.obj])[self.obj.pk])
        if likeliest is not None:
            field.initial = likeliest.key
        elif not found:
            field.initial = OTHER

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        chosen: Match | None = self._matches.get(data.get("match", ""))
        if (
            chosen is None
            and data.get("match") == OTHER
            and not data.get("sponsor")
            and not self.has_error("sponsor")
        ):
            self.add_error("sponsor", "Choose the sponsor whose money it is.")
        data["chosen"] = chosen
        return data
