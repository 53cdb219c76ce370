"""What the lists of the directory can be narrowed to."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from foundation.audit.admin import actor_of
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.commitments import standing
from sponsors.directory.models import Contact

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sponsors.directory.querysets import ContactQuerySet, InteractionQuerySet, SponsorQuerySet

Choices = list[tuple[str, str]]


class _Choice(DropdownFilter):
    """A list of choices; a value that is none of them narrows nothing."""

    choices_offered: Choices = []

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del request, model_admin
        return self.choices_offered

    def chosen(self) -> str:
        value = self.value()
        return str(value) if value in {str(key) for key, _label in self.lookup_choices} else ""


class Standing(_Choice):
    title = "standing"
    parameter_name = "standing"
    choices_offered = [(str(value), str(label)) for value, label in standing.Standing.choices]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        del request
        return standing.of_standing(queryset, self.chosen(), local_today()) if self.chosen() else queryset


class Merged(_Choice):
    """Sponsors that were merged into another are left out unless asked for."""

    title = "merged"
    parameter_name = "merged"
    choices_offered = [("yes", "Merged into another")]

    def queryset(self, request: HttpRequest, queryset: "SponsorQuerySet") -> "SponsorQuerySet":
        del request
        return queryset.exclude(merged_into=None) if self.chosen() else queryset.current()


class _Colleague(_Choice):
    """Me, nobody, or one of those who have rows."""

    path = ""
    related = ""
    nobody = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        del model_admin
        people = User.objects.filter(**{f"{self.related}__isnull": False}).distinct().order_by("name", "pk")
        others = [
            (str(pk), name) for pk, name in people.values_list("pk", "name") if pk != actor_of(request).pk
        ]
        return [("me", "Me"), *([("nobody", "Nobody")] if self.nobody else []), *others]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = self.chosen()
        if not chosen:
            return queryset
        wanted = {"me": actor_of(request).pk, "nobody": None}.get(chosen, chosen)
        return queryset.filter(**{self.path: wanted})


class AccountManager(_Colleague):
    title = "account manager"
    parameter_name = "manager"
    path = "account_manager"
    related = "managed_sponsors"


class By(_Colleague):
    title = "by"
    parameter_name = "by"
    path = "by"
    related = "interactions"
    nobody = False


class Lacks(_Choice):
    title = "lacks"
    parameter_name = "lacks"
    choices_offered = [("primary", "A primary contact")]

    def queryset(self, request: HttpRequest, queryset: "SponsorQuerySet") -> "SponsorQuerySet":
        del request
        return queryset.without_primary_contact(local_today()) if self.chosen() else queryset


class Role(_Choice):
    title = "role"
    parameter_name = "role"
    choices_offered = [(str(value), str(label)) for value, label in Contact.Role.choices]

    def queryset(self, request: HttpRequest, queryset: "ContactQuerySet") -> "ContactQuerySet":
        del request
        return queryset.with_role(self.chosen()) if self.chosen() else queryset


class Presence(_Choice):
    title = "there"
    parameter_name = "there"
    choices_offered = [("yes", "Still there"), ("left", "Left")]

    def queryset(self, request: HttpRequest, queryset: "ContactQuerySet") -> "ContactQuerySet":
        del request
        if not self.chosen():
            return queryset
        today = local_today()
        return queryset.present(today) if self.chosen() == "yes" else queryset.filter(left_on__lte=today)


class NextStep(_Choice):
    title = "next step"
    parameter_name = "step"
    choices_offered = [("open", "Open"), ("overdue", "Past its day"), ("done", "Done")]

    def queryset(self, request: HttpRequest, queryset: "InteractionQuerySet") -> "InteractionQuerySet":
        del request
        if self.chosen() == "done":
            return queryset.exclude(next_step_done_on=None)
        if self.chosen() == "overdue":
            return queryset.with_open_step().filter(next_step_due__lt=local_today())
        return queryset.with_open_step() if self.chosen() else queryset
