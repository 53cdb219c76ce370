"""What the pages of rate cards ask: prices as lines, a last day, and which region prices what."""

from collections.abc import Callable
from typing import Any

from django import forms

from foundation.audit.forms import ActionForm, ServiceForm
from foundation.uploads.forms import FileInput
from foundation.uploads.rules import MEGABYTE, UploadRefused, read_within
from sponsors.inkind.models import RateCard, RateCardVersion, Region
from sponsors.inkind.rules import Confidence, Gigabyte, InKindError, Prices, Quote, Use, quote
from sponsors.inkind.rules.quantities import read_bytes, read_count
from sponsors.inkind.rules.tier_files import read_tiers, written_tiers
from sponsors.inkind.selectors.rate_cards import mapping_of, prices_of


class CardForm(ServiceForm):
    class Meta:
        model = RateCard
        fields = ("name", "slug", "provider", "currency")
        help_texts = {
            "name": "What people call it, such as Fastly list.",
            "provider": "Whose list it is.",
        }


class CardNameForm(ServiceForm):
    class Meta:
        model = RateCard
        fields = ("name",)


class AddVersionForm(ActionForm):
    """A version's prices: their frame in fields, their tiers as lines of CSV, typed or in a file."""

    valid_from = forms.DateField(
        label="First day", help_text="The version that holds until then ends the day before."
    )
    valid_until = forms.DateField(
        label="Last day", required=False, help_text="Empty: until a further version."
    )
    gigabyte = forms.TypedChoiceField(
        label="A gigabyte is",
        coerce=int,
        choices=Gigabyte.choices,
        help_text="As the provider counts it. The two differ by 7%.",
    )
    request_unit = forms.IntegerField(
        label="Requests in a unit", min_value=1, help_text="How many requests the rate of requests is for."
    )
    monthly_minimum = forms.DecimalField(help_text="What a month costs at least. 0 when there is no minimum.")
    free_gigabytes = forms.DecimalField(
        help_text="Each month, from all regions together, in the order of the tiers."
    )
    free_requests = forms.IntegerField(min_value=0)
    source = forms.CharField(max_length=300, help_text="Where the prices stand, such as an address.")
    as_of = forms.CharField(label="Source as of", max_length=100, help_text="When they stood there.")
    confidence = forms.ChoiceField(choices=Confidence.choices)
    notes = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    tiers = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "font-mono", "spellcheck": "false", "wrap": "off"}),
        help_text=(
            "Lines of CSV, the first naming the columns: metric (bandwidth or requests), region, up_to (gigabytes or "
            "requests up to which the rate holds; empty for all above), rate, published (yes or no). Cells copied "
            "from a spreadsheet are taken too."
        ),
    )
    file = forms.FileField(
        label="Tiers as a file",
        required=False,
        widget=FileInput({"accept": ".csv,.txt"}),
        help_text="CSV (UTF-8) with the same columns. It counts instead of the lines above.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, RateCard)
        self.fields["monthly_minimum"].label = f"Monthly minimum in {self.obj.currency}"

    def clean_file(self) -> str | None:
        file = self.cleaned_data["file"]
        if not file:
            return None
        try:
            return read_within(file, limit=MEGABYTE).decode("utf-8-sig")
        except UploadRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused
        except UnicodeDecodeError:
            msg = "The file is not written in UTF-8. Save it as CSV in UTF-8."
            raise forms.ValidationError(msg, code="wrong_encoding") from None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        typed, file = data.pop("tiers", ""), data.pop("file", None)
        if not self.has_error("tiers") and not self.has_error("file"):
            try:
                data["bandwidth"], data["requests"] = read_tiers(typed if file is None else file)
            except InKindError as refused:
                self.add_error("tiers" if file is None else "file", forms.ValidationError(refused.message))
        return data


def latest_prices(card: RateCard) -> dict[str, Any]:
    """Return the newest version's prices as the form takes them: most of a new list is as it was."""
    version = card.versions.select_related("card").order_by("-number").first()
    if version is None:
        return {"request_unit": 10_000, "monthly_minimum": 0, "free_gigabytes": 0, "free_requests": 0}
    prices = prices_of(version)
    return {
        "gigabyte": version.gigabyte,
        "request_unit": version.request_unit,
        "monthly_minimum": version.monthly_minimum,
        "free_gigabytes": version.free_gigabytes,
        "free_requests": version.free_requests,
        "confidence": version.confidence,
        "tiers": written_tiers(prices.bandwidth, prices.requests),
    }


class EndVersionForm(ActionForm):
    version = forms.ModelChoiceField(RateCardVersion.objects.none(), empty_label=None)
    valid_until = forms.DateField(label="Last day", help_text="The last on which its prices hold.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, RateCard)
        field = self.fields["version"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.obj.versions.select_related("card").order_by("-number")


class MapForm(ActionForm):
    """Which regions of providers a region of the card prices; those that are not mapped yet come first."""

    card_region = forms.ChoiceField(label="Region of the card")
    regions = forms.ModelMultipleChoiceField(
        Region.objects.order_by("provider", "label"),
        label="It prices what was metered in",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assert isinstance(self.obj, RateCard)
        version = self.obj.versions.select_related("card").order_by("-number").first()
        known = prices_of(version).bandwidth if version else {}
        mapping = mapping_of(self.obj)
        card_region, regions = self.fields["card_region"], self.fields["regions"]
        assert isinstance(card_region, forms.ChoiceField)
        assert isinstance(regions, forms.ModelMultipleChoiceField)
        card_region.choices = [(name, name) for name in known]
        rows = sorted(Region.objects.order_by("provider", "label"), key=lambda region: region.pk in mapping)
        regions.choices = [(region.pk, _told(region, mapping.get(region.pk))) for region in rows]


def _told(region: Region, card_region: str | None) -> str:
    named = f"{region.get_provider_display()}: {region.label} ({region.name})"
    return f"{named}, now priced as {card_region}" if card_region else f"{named}, not mapped yet"


class QuantityField(forms.CharField):
    """Bytes or a count as people type them."""

    def __init__(self, *, read: Callable[[str], int], **kwargs: Any) -> None:
        self.read = read
        super().__init__(required=False, max_length=100, **kwargs)

    def clean(self, value: Any) -> int:
        try:
            return self.read(super().clean(value))
        except InKindError as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None


class CalculatorForm(ActionForm):
    """Bytes and requests in each region of a version; once it is valid, `found` is what they cost."""

    found: Quote | None = None

    def __init__(self, *args: Any, prices: Prices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prices = prices
        for number, region in enumerate(prices.bandwidth):
            for name, field in (
                (f"bytes-{number}", QuantityField(read=read_bytes, label=f"Bytes in {region}")),
                (f"requests-{number}", QuantityField(read=read_count, label=f"Requests in {region}")),
            ):
                self._dress(field)
                self.fields[name] = field

    @property
    def rows(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Return each region with its two inputs."""
        return [
            (region, self[f"bytes-{number}"], self[f"requests-{number}"])
            for number, region in enumerate(self.prices.bandwidth)
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors:
            uses = [Use(region, data[count.name], data[calls.name]) for region, count, calls in self.rows]
            try:
                self.found = quote(self.prices, uses)
            except InKindError as refused:
                self.add_error(None, forms.ValidationError(refused.message, code=refused.code))
        return data
