"""Bank accounts, and how their CSV files are read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from foundation.audit.admin import BursarAdmin, actor_of
from foundation.audit.object_actions import ObjectAction
from foundation.people.models import User
from sponsors.banking import services
from sponsors.banking.admin.forms import AccountChangeForm, AccountForm, MapForm
from sponsors.banking.models import LAYOUT_FIELDS, BankAccount, StatementMapping
from sponsors.banking.rules import Layout


def _map(actor: User, account: BankAccount, data: dict[str, Any]) -> str:
    services.map_columns(actor=actor, account=account, layout=data["layout"])
    return f"CSV files of {account} are read by these columns from now on."


def _mapped(account: BankAccount) -> dict[str, Any]:
    mapping = StatementMapping.objects.filter(account=account).first()
    layout = mapping.layout if mapping else Layout(date_column="")
    return {name: getattr(layout, name) for name in LAYOUT_FIELDS}


@admin.register(BankAccount)
class BankAccountAdmin(BursarAdmin):
    """Accounts of the foundation; their numbers are shown by their last characters alone."""

    empty_list = (
        "The foundation's accounts at banks. Add the first, say which column of its CSV files is what, and import "
        "a statement."
    )
    history_children = ("mapping",)
    object_actions = (
        ObjectAction(
            name="map",
            label="Map columns",
            permission="sponsors.change_bankaccount",
            call=_map,
            form_class=MapForm,
            initial=_mapped,
            template="admin/banking/map.html",
            icon="view_column",
            description="Say which column of the bank's CSV files is what. OFX and QFX files need no columns.",
        ),
    )
    summary_template = "admin/banking/account.html"
    list_display = ("name", "slug", "currency", "ending", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    search_help_text = "Name or source"

    @admin.display(description="Number")
    def ending(self, account: BankAccount) -> str:
        return account.masked_number

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = AccountForm if obj is None else AccountChangeForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("name", ("slug", "currency"), "number")}),)
        new = ("new_number",) if self.has_change_permission(request, obj) else ()
        return ((None, {"fields": ("name", ("slug", "currency"), "ending", *new, "is_active")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        del request
        return ("slug", "currency", "ending") if obj else ()

    def get_summary(self, request: HttpRequest, obj: Any) -> StatementMapping | None:
        del request
        return StatementMapping.objects.filter(account=obj).first()

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead on to the columns of its files: without them no statement in CSV can be imported."""
        del request
        return HttpResponseRedirect(self._url("do", obj.pk, "map"))

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> BankAccount:
        data = form.cleaned_data
        if not change:
            return services.add_account(actor=actor_of(request), **data)
        return services.change_account(
            actor=actor_of(request),
            account=BankAccount.objects.get(pk=obj.pk),
            name=data["name"],
            is_active=data["is_active"],
            number=data["new_number"] or None,
        )
