"""Who is signed in, and which rows that person sees."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.db import models
from django.http import HttpRequest
from unfold.views import ChangeList

if TYPE_CHECKING:
    from foundation.people.models import User


def actor_of(request: HttpRequest) -> "User":
    """Return the person signed in; the admin site lets nobody else in."""
    return cast("User", request.user)


class OnlyVisible:
    """Rows through the model's own predicate, where it has one."""

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        queryset = cast("models.QuerySet[Any]", super().get_queryset(request))  # type: ignore[misc]  # mixed into admin classes
        visible = getattr(queryset, "visible_to", None)
        return cast("models.QuerySet[Any]", visible(actor_of(request))) if visible else queryset

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        del request, obj
        return False


class BursarChangeList(ChangeList):
    """A list that counts its rows once: without filters, the rows found are all rows."""

    def get_filters(self, request: HttpRequest) -> Any:
        # The database cannot hold the character, so it would fail instead of finding nothing.
        if any("\x00" in value for value in request.GET.values()):
            raise IncorrectLookupParameters
        return super().get_filters(request)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.get_filters_params():
            self.full_result_count = self.result_count
