"""The organization's profile, its funds, and the closing of its books."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from foundation.audit.admin import BursarAdmin, OnlyAdded, actor_of
from foundation.audit.forms import ActionForm, DateInput, ServiceForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books import services
from foundation.books.closing import ClosingNotAccepted, check_through, close_books, open_from, reopen_books
from foundation.books.models import Closing, Fund, Organization
from foundation.books.selectors import local_today

if TYPE_CHECKING:
    from foundation.people.models import User


class WebAddressField(forms.URLField):
    """Takes example.org for https://example.org."""

    def __init__(self, **options: Any) -> None:
        super().__init__(assume_scheme="https", **options)


class OrganizationForm(ServiceForm):
    class Meta:
        model = Organization
        fields = (
            "name",
            "legal_name",
            "address",
            "tax_id",
            "website",
            "contact_email",
            "payment_instructions",
            "base_currency",
            "time_zone",
            "fiscal_year_start_month",
            "oldest_rate_days",
        )
        field_classes = {"website": WebAddressField}


class FundForm(ServiceForm):
    class Meta:
        model = Fund
        fields = ("code", "name", "restriction", "purpose", "available_from", "is_open")
        labels: ClassVar[dict[str, str]] = {"is_open": "Open"}


class ClosingForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only in the stubs
    through = forms.DateField(
        label="Close up to and including",
        widget=DateInput,
        help_text="The last day of a month. From then on no receipt, invoice or write-off dated on that day or "
        "before is added or changed; corrections go into the open time and name what they correct.",
    )

    class Meta:
        model = Closing
        fields = ()

    def _post_clean(self) -> None:
        """Nothing of the row is known before the service has decided."""


class ReopenForm(ActionForm):
    first_day = forms.DateField(label="Open again from", help_text="The first day of a month.")
    reason = forms.CharField(max_length=300, help_text="One sentence; it stays in the list of closings.")


@admin.register(Organization)
class OrganizationAdmin(BursarAdmin):
    """One row: the foundation this installation belongs to."""

    empty_list = "Who this foundation is: its name, currency, time zone and fiscal year. Fill it in once."
    form = OrganizationForm
    list_display = ("name", "base_currency", "time_zone", "fiscal_year_start_month")
    fields = OrganizationForm.Meta.fields

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the one profile there is: a list of one row says nothing."""
        profile = self.get_queryset(request).first()
        if profile is not None and self.has_view_permission(request):
            return HttpResponseRedirect(self.url_of(profile))
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def has_add_permission(self, request: HttpRequest) -> bool:
        may_change = actor_of(request).has_perm("foundation.change_organization")
        return may_change and not Organization.objects.exists()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Organization:
        del obj, change
        return services.change_organization(actor=actor_of(request), **form.cleaned_data)


@admin.register(Fund)
class FundAdmin(BursarAdmin):
    empty_list = (
        "Purses that money is promised to, with or without a restriction. Commitments need one: "
        "begin with a general fund."
    )
    form = FundForm
    list_display = ("name", "code", "restriction", "purpose", "takes_commitments")
    list_filter = ("is_open", "restriction")
    search_fields = ("name", "code")
    search_help_text = "Name or code"
    fields = FundForm.Meta.fields

    @admin.display(description="Open", boolean=True, ordering="is_open")
    def takes_commitments(self, fund: Fund) -> bool:
        return fund.is_open

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return self.fields if obj else tuple(name for name in self.fields if name != "is_open")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("code",) if obj else ()

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Fund:
        if change:
            return services.change_fund(actor=actor_of(request), fund=obj, **form.cleaned_data)
        return services.add_fund(actor=actor_of(request), **form.cleaned_data)


def _reopen(actor: "User", _closing: Closing, data: dict[str, Any]) -> Outcome:
    closing = reopen_books(actor=actor, **data)
    return Outcome(message=f"The books are open again from {closing.open_from}.", go_to=closing)


def _stands(closing: Closing) -> bool:
    return not Closing.objects.filter(pk__gt=closing.pk).exists()


@admin.register(Closing)
class ClosingAdmin(OnlyAdded):
    """The newest row says from which day the books are open."""

    empty_list = (
        "The books were never closed: money may be dated on any day. Once a month or a year is reported, close "
        "its books, so that nothing in it changes any more."
    )

    object_actions = (
        ObjectAction(
            name="reopen",
            label="Open the books again",
            permission="foundation.reopen_books",
            call=_reopen,
            form_class=ReopenForm,
            available=_stands,
            initial=lambda closing: {"first_day": (closing.open_from - timedelta(days=1)).replace(day=1)},
            icon="lock_open",
            danger=True,
            description="Receipts, invoices and write-offs dated in the opened time can be added again. Tell your auditor: "
            "figures that were published for it may no longer agree.",
        ),
    )
    add_label = "Close the books"
    list_display = ("closed_through", "kind", "decided_by", "created_at", "reason")
    list_display_links = ("closed_through",)
    list_filter = ("kind",)
    list_select_related = ("decided_by",)
    ordering = ("-pk",)

    @admin.display(description="Books closed through", ordering="open_from")
    def closed_through(self, closing: Closing) -> Any:
        return closing.open_from - timedelta(days=1)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        del request
        shown = ("closed_through", "kind", "reason", "decided_by", "created_at") if obj else ("through",)
        return ((None, {"fields": shown}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("closed_through", "kind", "reason", "decided_by", "created_at") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = ClosingForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the last month that is over, unless it is closed."""
        del request
        last = local_today().replace(day=1) - timedelta(days=1)
        standing = open_from()
        return {} if standing is not None and last < standing else {"through": last}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return actor_of(request).has_perm("foundation.close_books")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if request.method == "POST" and "confirmed" not in request.POST and (page := self._ask(request)):
            return page
        extra = {
            "title": "Close the books",
            **(extra_context or {}),
        }
        answer: HttpResponse = super().add_view(request, form_url, extra)
        return answer

    def _ask(self, request: HttpRequest) -> HttpResponse | None:
        """Return the page that says what will happen; None when the form's own page has something to say."""
        form = ClosingForm(request.POST)
        if not self.has_add_permission(request) or not form.is_valid():
            return None
        through = form.cleaned_data["through"]
        try:
            check_through(through, standing=open_from(), today=local_today())
        except ClosingNotAccepted:
            return None
        context = {
            "title": "Close the books",
            "through": through,
            "action": {"label": f"Close the books up to {through}", "danger": True},
            "back_url": self._url("add"),
        }
        return self.page(request, "admin/books/close.html", context)

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Closing:
        del obj, change
        return close_books(actor=actor_of(request), through=form.cleaned_data["through"], today=local_today())

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        del post_url_continue
        messages.success(
            request, f"The books are closed up to and including {obj.open_from - timedelta(days=1)}."
        )
        return HttpResponseRedirect(self.url_of_list())
