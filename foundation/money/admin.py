"""Exchange rates, and the files they came with."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RangeDateFilter
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from foundation.audit.admin import OnlyAdded, OnlyRead, actor_of
from foundation.audit.badges import fingerprint
from foundation.books.closing import hold_closings
from foundation.books.selectors import local_today
from foundation.money.models import ExchangeRate, RatesImport
from foundation.money.reference_rates import EURO, LARGEST_FILE
from foundation.money.rules import currency_codes
from foundation.money.services import import_reference_rates
from foundation.uploads.rules import UploadRefused, read_within

if TYPE_CHECKING:
    from django.db.models import QuerySet


class RatesImportForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    file = forms.FileField(
        widget=UnfoldAdminFileFieldWidget,
        help_text="The European Central Bank's historical reference rates as CSV: a column Date and one a currency.",
    )
    replace_because = forms.CharField(
        label="Replace rates held already, because",
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget,
        help_text="Leave it empty: then a file that contradicts the rates held is refused.",
    )

    class Meta:
        model = RatesImport
        fields = ()

    def clean_file(self) -> tuple[str, bytes]:
        file = self.cleaned_data["file"]
        try:
            return file.name, read_within(file, limit=LARGEST_FILE)
        except UploadRefused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from refused

    def _post_clean(self) -> None:
        """Nothing of the row is known before the service has read the file."""


class CurrencyFilter(DropdownFilter):
    """Offers every currency there is: to look for those with a rate would read the whole table."""

    title = "currency"
    parameter_name = "currency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(code, code) for code in currency_codes() if code != EURO]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        return queryset.filter(currency=self.value()) if self.value() else queryset


@admin.register(ExchangeRate)
class ExchangeRateAdmin(OnlyRead):
    """Rates come with a file; nobody types them."""

    empty_list = (
        "Reference rates of the European Central Bank, by which money in one currency pays installments in "
        "another. Somebody with the role Finance adds them from the bank's file of historical rates, under "
        "Imports of rates."
    )

    list_display = ("day", "currency", "rate_text")
    # A hierarchy of days would read all of them to find the years.
    list_filter = (CurrencyFilter, ("day", RangeDateFilter))
    search_fields = ("=currency",)
    search_help_text = "A currency code, such as USD."
    fields = ("day", "currency", "rate_text")

    @admin.display(description="Units for one euro", ordering="rate")
    def rate_text(self, rate: ExchangeRate) -> str:
        return f"{rate.rate.normalize():f}"


@admin.register(RatesImport)
class RatesImportAdmin(OnlyAdded):
    empty_list = (
        "Files of exchange rates that were taken in, and what each brought. Fetch the European Central Bank's "
        "historical reference rates as CSV and add the file."
    )
    add_label = "Import the rates"
    list_display = (
        "file_name",
        "last_day",
        "new_count",
        "changed_count",
        "same_count",
        "closed_count",
        "imported_by",
        "created_at",
    )
    list_select_related = ("imported_by",)
    search_fields = ("file_name",)
    search_help_text = "Name of the file"
    ordering = ("-created_at", "-pk")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        shown = (*self.list_display, "reason", "fingerprint") if obj else ("file", "replace_because")
        return ((None, {"fields": shown}),)

    @admin.display(description="Fingerprint of the file")
    def fingerprint(self, taken: RatesImport) -> SafeString:
        return fingerprint(taken.digest)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = RatesImportForm
        return super().get_form(request, obj, change=change, **kwargs)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        extra = {
            "title": "Import exchange rates",
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> RatesImport:
        del obj, change
        name, content = form.cleaned_data["file"]
        return import_reference_rates(
            actor=actor_of(request),
            file_name=name,
            content=content,
            today=local_today(),
            hold_books=hold_closings,
            replace_because=form.cleaned_data["replace_because"],
        )

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del post_url_continue
        messages.success(
            request,
            obj.outcome,
        )
        return HttpResponseRedirect(self.url_of_list())
