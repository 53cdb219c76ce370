"""Reads on sponsors, contacts and interactions."""

import re
from datetime import date
from typing import TYPE_CHECKING, Self

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.directory.models import Contact, Interaction, Sponsor


def prefix_query(text: str) -> SearchQuery | None:
    """Return a query in which every word may be the beginning of one; None when there is no word."""
    words = re.findall(r"\w+", text.lower().replace("_", " "))
    if not words:
        return None
    return SearchQuery(" & ".join(f"{word}:*" for word in words), search_type="raw", config="simple")


class SponsorQuerySet(models.QuerySet["Sponsor"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_sponsor") else self.none()

    def current(self) -> Self:
        """Leave out rows that were merged into another."""
        return self.filter(merged_into=None)

    def matching(self, text: str, *, contacts: bool = True) -> Self:
        """Sponsors whose name, legal name or web address, or a contact there, has all the words.

        The last letters of a word may be missing; accents count. Pass `contacts=False` for
        somebody who may not see them: an answer would tell that an address is known.
        """
        query = prefix_query(text)
        if query is None:
            return self
        found = self.model._default_manager.filter(search=query).order_by().values("pk")
        if contacts:
            people = self.model._meta.get_field("contacts").related_model
            # Two index scans joined; an OR would read every sponsor.
            found = found.union(people._default_manager.filter(search=query).order_by().values("sponsor"))
        return self.filter(pk__in=found)

    def best_first(self, text: str) -> Self:
        """Order what matches: the very name first, then names that begin so, then the others."""
        name = " ".join(text.split())
        nearness = Case(When(name__iexact=name, then=0), When(name__istartswith=name, then=1), default=2)
        return self.order_by(nearness, "name", "pk")

    def without_primary_contact(self, today: date) -> Self:
        """Sponsors where nobody present is the primary contact."""
        people = self.model._meta.get_field("contacts").related_model
        there = ContactQuerySet(people).present(today).with_role("primary")
        return self.filter(~Exists(there.filter(sponsor=OuterRef("pk"))))


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_contact") else self.none()

    def matching(self, text: str) -> Self:
        """People whose name or address has all the words, which may be beginnings."""
        query = prefix_query(text)
        return self if query is None else self.filter(search=query)

    def present(self, today: date) -> Self:
        """People who have not left."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=today))

    def with_role(self, role: str) -> Self:
        return self.filter(roles__contains=[role])


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_interaction") else self.none()

    def with_open_step(self) -> Self:
        return self.filter(next_step_done_on=None).exclude(next_step="")
