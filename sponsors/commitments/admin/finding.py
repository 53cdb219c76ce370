"""Searching lists by numbers, words and sponsors, each as people know them."""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest

from foundation.audit.admin import BursarAdmin, actor_of
from sponsors.directory.models import Sponsor


class FindsBySponsor(BursarAdmin):
    """Finds what is of a sponsor, has a number that begins with the words, or a text that holds them."""

    sponsor_path: ClassVar[str]
    begins_with: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[tuple[str, ...]] = ()

    def get_search_results(
        self, request: HttpRequest, queryset: "models.QuerySet[Any]", search_term: str
    ) -> "tuple[models.QuerySet[Any], bool]":
        term = search_term.strip()
        if not term:
            return queryset, False
        sponsors = Sponsor.objects.visible_to(actor_of(request)).matching(term)
        found = models.Q(**{f"{self.sponsor_path}__in": sponsors.values("pk")})
        for path in self.begins_with:
            found |= models.Q(**{f"{path}__istartswith": term})
        for path in self.holds:
            found |= models.Q(**{f"{path}__icontains": term})
        return queryset.filter(found), False
