"""The list of people at sponsors, and the page of one."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.audit.admin import ObjectLink, actor_of
from foundation.audit.object_actions import ObjectAction
from foundation.books.selectors import local_today
from foundation.exports.pages import ExportingAdmin
from foundation.people.models import User
from sponsors.directory import services
from sponsors.directory.admin import filters
from sponsors.directory.admin.beginning import back_to_sponsor
from sponsors.directory.admin.exports import ContactResource
from sponsors.directory.admin.forms import ContactForm, LeaveForm
from sponsors.directory.models import Contact


def _leave(actor: User, contact: Contact, data: dict[str, Any]) -> str:
    services.mark_contact_left(actor=actor, contact=contact, left_on=data["left_on"], today=local_today())
    return f"{contact} left on {data['left_on']}."


def _return(actor: User, contact: Contact, _data: dict[str, Any]) -> str:
    services.mark_contact_returned(actor=actor, contact=contact)
    return f"{contact} is there again."


@admin.register(Contact)
class ContactAdmin(ExportingAdmin):
    empty_list = (
        "The people you write to at sponsors. Add the first one here or from the page of their sponsor."
    )
    form = ContactForm
    export_resource = ContactResource
    history_children = ()
    object_actions = (
        ObjectAction(
            name="leave",
            label="Mark as left",
            permission="sponsors.change_contact",
            call=_leave,
            form_class=LeaveForm,
            available=lambda contact: contact.left_on is None,
            icon="person_off",
            description=lambda contact: (
                f"{contact} no longer works at {contact.sponsor} and gets no more mail from us. What was said "
                "with them stays."
            ),
        ),
        ObjectAction(
            name="return",
            label="Mark as there again",
            permission="sponsors.change_contact",
            call=_return,
            available=lambda contact: contact.left_on is not None,
            icon="person_check",
            description=lambda contact: f"{contact} is at {contact.sponsor} after all.",
        ),
    )
    list_display = ("name", "sponsor_name", "email", "title", "role_names", "left_on")
    list_filter = (filters.Role, filters.Presence)
    list_select_related = ("sponsor",)
    ordering = ("name", "pk")
    search_fields = ("name",)
    search_help_text = "Name or email address"
    autocomplete_fields = ("sponsor",)

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        del request
        found = Contact.objects.matching(search_term).order_by().values("pk")
        return (queryset.filter(pk__in=found) if search_term.strip() else queryset), False

    @admin.display(description="Sponsor", ordering="sponsor__name")
    def sponsor_name(self, contact: Contact) -> str:
        return contact.sponsor.name

    @admin.display(description="Roles")
    def role_names(self, contact: Contact) -> str | None:
        return ", ".join(str(Contact.Role(role).label) for role in contact.roles) or None

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        del request
        return () if obj is None else ("sponsor", "left_on")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        del request
        base = ("sponsor", "name", "email", "phone", "title", "roles", "notes")
        return base if obj is None else (*base[:-1], "left_on", "notes")

    def save_through(self, request: HttpRequest, obj: Any, form: Any, *, change: bool) -> Contact:
        data: Any = form.cleaned_data
        if change:
            return services.change_contact(actor=actor_of(request), contact=obj, changes=data)
        return services.add_contact(actor=actor_of(request), **data)

    def get_object_links(self, request: HttpRequest, obj: Any) -> Sequence[ObjectLink]:
        del request
        return [ObjectLink(f"Sponsor: {obj.sponsor}", self.url_of(obj.sponsor), "apartment")]

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return back_to_sponsor(self, request, obj) or super().response_post_save_add(request, obj)
