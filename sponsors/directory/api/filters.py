"""What the lists of the directory may be narrowed to."""

from datetime import date
from typing import Any

from django.db.models import Q
from django_filters import rest_framework as filters

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope, implied_by
from foundation.books.selectors import local_today
from sponsors.commitments.standing import Standing, of_standing
from sponsors.directory.countries import NO_COUNTRY, country_choices
from sponsors.directory.models import Contact, Interaction
from sponsors.directory.querysets import ContactQuerySet, InteractionQuerySet, SponsorQuerySet


def _sees_contacts(request: Any) -> bool:
    token: ApiToken = request.auth
    scopes = implied_by(frozenset(token.scopes))
    return Scope.CONTACTS_READ in scopes and request.user.has_perm("sponsors.view_contact")


class SponsorFilters(ListFilters):
    standing = filters.ChoiceFilter(choices=Standing.choices, method="of_standing")
    country = filters.ChoiceFilter(
        choices=country_choices(), error_messages={"invalid_choice": NO_COUNTRY.format("%(value)s")}
    )
    account_manager = IdFilter(help_text="The number of a colleague.")
    parent = IdFilter(help_text="The number of the organization it belongs to.")
    slug = filters.CharFilter(
        method="of_slug", help_text="The slug; one of a merged sponsor finds the sponsor it went into."
    )
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    merged = TrueOrFalse(
        method="only_merged",
        help_text="True for the rows that were merged into another, which are left out else.",
    )
    search = filters.CharFilter(
        method="matching",
        help_text="Beginnings of words in the name, legal name or website; with `contacts:read` in contacts too.",
    )

    filters_unasked = True  # merged sponsors

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("merged") else found.current()

    def of_standing(self, queryset: SponsorQuerySet, _name: str, value: str) -> Any:
        return of_standing(queryset, value, local_today())

    def of_slug(self, queryset: SponsorQuerySet, _name: str, value: str) -> SponsorQuerySet:
        led_here = type(queryset)(queryset.model).filter(slug=value).values("merged_into")
        return queryset.filter(Q(slug=value) | Q(pk__in=led_here))

    def only_merged(self, queryset: SponsorQuerySet, _name: str, value: Any) -> SponsorQuerySet:
        return queryset.exclude(merged_into=None) if value else queryset

    def matching(self, queryset: SponsorQuerySet, _name: str, value: str) -> SponsorQuerySet:
        return queryset.matching(value, contacts=_sees_contacts(self.request))


class ContactFilters(ListFilters):
    sponsor = IdFilter()
    role = filters.ChoiceFilter(choices=Contact.Role.choices, method="with_role")
    present = TrueOrFalse(method="is_present", help_text="Has not left.")
    email = filters.CharFilter(lookup_expr="iexact")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")
    search = filters.CharFilter(method="matching", help_text="Beginnings of words in the name or address.")

    def with_role(self, queryset: ContactQuerySet, _name: str, value: str) -> ContactQuerySet:
        return queryset.with_role(value)

    def is_present(self, queryset: ContactQuerySet, _name: str, value: Any) -> ContactQuerySet:
        today = local_today()
        return queryset.present(today) if value else queryset.filter(left_on__lte=today)

    def matching(self, queryset: ContactQuerySet, _name: str, value: str) -> ContactQuerySet:
        return queryset.matching(value)


class InteractionFilters(ListFilters):
    sponsor = IdFilter()
    contact = IdFilter("contacts")
    kind = filters.ChoiceFilter(choices=Interaction.Kind.choices)
    by = IdFilter(help_text="The number of a colleague.")
    since = filters.IsoDateTimeFilter("occurred_at", lookup_expr="gte")
    open_step = TrueOrFalse(method="has_open_step", help_text="Its next step is not done.")
    step_due_to = filters.DateFilter(method="due_until", help_text="The open next step is due on or before.")
    updated_since = filters.IsoDateTimeFilter("updated_at", lookup_expr="gte")

    def has_open_step(self, queryset: InteractionQuerySet, _name: str, value: Any) -> InteractionQuerySet:
        return (
            queryset.with_open_step()
            if value
            else queryset.filter(Q(next_step="") | Q(next_step_done_on__isnull=False))
        )

    def due_until(self, queryset: InteractionQuerySet, _name: str, value: date) -> InteractionQuerySet:
        return queryset.with_open_step().filter(next_step_due__lte=value)
