"""What the pages of valuations ask."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from foundation.audit.forms import ActionForm, AmountInput, ServiceForm
from foundation.uploads.evidence import ACCEPTED, LARGEST_EVIDENCE
from foundation.uploads.forms import FileInput
from foundation.uploads.rules import MEGABYTE, UploadRefused, read_within
from sponsors.inkind.admin.gift_choice import GiftField
from sponsors.inkind.models import RateCard, RateCardVersion, Valuation, ValuationPolicy
from sponsors.inkind.rules.treatment import services_test_in
from sponsors.inkind.rules.valuation import last_day
from sponsors.inkind.selectors.valuations import gift_inputs

_BASIS_HELP = "Who else gets it, and where that is said."
_TEST_HELP = (
    "For contributed time: how the services test is met. Left empty, it is not in the financial statements."
)


class MonthInput(forms.DateInput):
    """The browser's own choice of a month; where it has none, text such as 2024-03."""

    input_type = "month"

    def __init__(self) -> None:
        super().__init__({"class": UnfoldAdminTextInputWidget().attrs["class"]}, format="%Y-%m")


class MonthField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=MonthInput(),
            input_formats=["%Y-%m", "%Y-%m-%d"],
            help_text="Such as 2024-03. Months are those of UTC, as providers bill.",
            error_messages={"invalid": "Write year and month, such as 2024-03."},
            **kwargs,
        )


def _number(label: str, help_text: str = "", *, required: bool = False) -> forms.DecimalField:
    return forms.DecimalField(label=label, help_text=help_text, required=required, widget=AmountInput)


def _text(label: str, help_text: str = "", **kwargs: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        **{"max_length": 300, **kwargs},
    )


def _version(
    label: str, help_text: str = "", *, required: bool = False
) -> "forms.ModelChoiceField[RateCardVersion]":
    return forms.ModelChoiceField(
        RateCardVersion.objects.select_related("card").order_by("card__name", "-number"),
        label=label,
        help_text=help_text,
        required=required,
        widget=UnfoldAdminSelectWidget,
    )


def _incomplete() -> forms.BooleanField:
    return forms.BooleanField(
        label="Accept use that is not complete",
        required=False,
        widget=UnfoldBooleanWidget,
        help_text="The steps say which days lack, and what is kept aside.",
    )


class ValuationForm(ServiceForm):
    """A draft: metered when no quantity is given, else quantity times unit value."""

    line = GiftField()
    month = MonthField()
    base_version = _version("Base", "Left empty: by the gift's valuation policy.")
    low_version = _version("Low")
    high_version = _version("High")
    accept_incomplete = _incomplete()
    quantity = _number("Quantity", "What was given in the month. Left empty, metered use is valued.")
    unit_value = _number("Unit value", "In the commitment's currency.")
    low_unit_value = _number("Low unit value", "Left empty: as the unit value.")
    high_unit_value = _number("High unit value", "Left empty: as the unit value.")
    expired = _number("Expired unused", "Credits and the like that nobody used: shown, and worth nothing.")
    technique = _text("Technique", "How the unit value was found. Left empty: as the category says.")
    services_test = _text("Services test", _TEST_HELP, max_length=400)
    discount_percent = _number(
        "Widely available discount in percent",
        "Left empty: by the policy, or none. It is deducted from all three.",
    )
    discount_basis = _text("Basis of the discount", _BASIS_HELP)

    class Meta:
        model = Valuation
        fields = ()

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("quantity") is not None and data.get("unit_value") is None:
            self.add_error("unit_value", "Say what one of them is worth.")
        return data


class _OfMonth(ActionForm):
    """Knows the month of its valuation: only versions that are valid then can be chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, Valuation)
        valid = RateCardVersion.objects.valid_on(last_day(self.obj.month))
        for name in ("base_version", "low_version", "high_version"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = valid.select_related("card").order_by("card__name", "-number")


class DraftAgainForm(_OfMonth):
    base_version = _version("Base", required=True)
    low_version = _version("Low", "Left empty: as the base.")
    high_version = _version("High", "Left empty: as the base.")
    discount_percent = _number("Widely available discount in percent", required=True)
    discount_basis = _text("Basis of the discount", _BASIS_HELP)
    accept_incomplete = _incomplete()


def as_drafted(valuation: Valuation) -> dict[str, Any]:
    """Return what a metered draft was made of, for drafting it again."""
    names = ("base_version", "low_version", "high_version", "discount_percent", "discount_basis")
    return {name: getattr(valuation, name) for name in names}


class GiftForm(ActionForm):
    quantity = _number("Quantity", required=True)
    unit_value = _number("Unit value", "In the commitment's currency.", required=True)
    low_unit_value = _number("Low unit value", "Left empty: as the unit value.")
    high_unit_value = _number("High unit value", "Left empty: as the unit value.")
    expired = _number("Expired unused", "Shown, and worth nothing.")
    technique = _text("Technique", "How the unit value was found.")
    services_test = _text("Services test", _TEST_HELP, max_length=400)
    discount_percent = _number("Widely available discount in percent", required=True)
    discount_basis = _text("Basis of the discount", _BASIS_HELP)


def as_given(valuation: Valuation) -> dict[str, Any]:
    """Return what a draft of a gift was made of, for changing it."""
    return {
        **gift_inputs(valuation),
        "technique": valuation.technique,
        "services_test": services_test_in(valuation.value_notes),
        "discount_percent": valuation.discount_percent,
        "discount_basis": valuation.discount_basis,
    }


class AdjustForm(ActionForm):
    accept_incomplete = _incomplete()


class FiguresForm(ActionForm):
    currency_path = "currency"
    statements_value = forms.DecimalField(label="For the financial statements")
    tax_value = forms.DecimalField(label="For the tax return")
    note = forms.CharField(max_length=500, help_text="Who decided it, and why.")


class EvidenceForm(ActionForm):
    file = forms.FileField(
        widget=FileInput({"accept": ACCEPTED}),
        help_text=f"PDF, CSV (UTF-8), XLSX, JSON, PNG or JPEG, at most {LARGEST_EVIDENCE // MEGABYTE} MB. It stays.",
    )
    note = forms.CharField(max_length=300, required=False, help_text="What it shows.")

    def clean_file(self) -> tuple[str, bytes]:
        file = self.cleaned_data["file"]
        try:
            return file.name, read_within(file, limit=LARGEST_EVIDENCE)
        except UploadRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused


def _card(label: str, help_text: str, *, required: bool = False) -> "forms.ModelChoiceField[RateCard]":
    return forms.ModelChoiceField(
        RateCard.objects.order_by("name"),
        label=label,
        help_text=help_text,
        required=required,
        widget=UnfoldAdminSelectWidget,
    )


class PolicyForm(ServiceForm):
    line = GiftField()
    base_card = _card("Base card", "Its prices make the value that is recognized.", required=True)
    low_card = _card("Low card", "The cheapest that the same use could be had for. Left empty: as the base.")
    high_card = _card("High card", "The dearest. Left empty: as the base.")

    class Meta:
        model = ValuationPolicy
        fields = ("line", "base_card", "low_card", "high_card", "discount_percent", "discount_basis")


class PolicyChangeForm(PolicyForm):
    line = None  # type: ignore[assignment]  # Django's way to leave a field out

    class Meta:
        model = ValuationPolicy
        fields = ("base_card", "low_card", "high_card", "discount_percent", "discount_basis")
