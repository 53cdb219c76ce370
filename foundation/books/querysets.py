"""Reads on funds and closings."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from foundation.books.models import Closing, Fund
    from foundation.people.models import User


class FundQuerySet(models.QuerySet["Fund"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_fund") else self.none()

    def open(self) -> Self:
        return self.filter(is_open=True)


class ClosingQuerySet(models.QuerySet["Closing"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_closing") else self.none()
