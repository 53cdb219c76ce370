"""Reads on exchange rates."""

from typing import TYPE_CHECKING, Self

from django.db import models

if TYPE_CHECKING:
    from foundation.money.models import ExchangeRate, RatesImport
    from foundation.people.models import User


class ExchangeRateQuerySet(models.QuerySet["ExchangeRate"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_exchangerate") else self.none()


class RatesImportQuerySet(models.QuerySet["RatesImport"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("foundation.view_ratesimport") else self.none()
