"""Who sees what of gifts in kind, and which rows wait, count or hold now."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from sponsors.inkind.rules import AnomalyState, ImportState, ValuationState

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.inkind.models import (  # bases name them as text
        Anomaly,
        EnergyFactor,
        GiftTerms,
        RateCard,
        RateCardVersion,
        Region,
        Service,
        Supply,
        UsageAside,
        UsageImport,
        Valuation,
        ValuationEvidence,
    )


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_service") else self.none()

    def running(self, on: date) -> Self:
        """Not retired on or before the day."""
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=on))


class SupplyQuerySet(models.QuerySet["Supply"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_service") else self.none()

    def on(self, day: date) -> Self:
        """In force on the day."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=day), starts_on__lte=day)

    def overlapping(self, first: date, before: date) -> Self:
        """In force on any day from `first` on and before `before`."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=first), starts_on__lt=before)


class GiftTermsQuerySet(models.QuerySet["GiftTerms"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_giftterms") else self.none()


class RegionQuerySet(models.QuerySet["Region"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_region") else self.none()


class UsageImportQuerySet(models.QuerySet["UsageImport"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_usageimport") else self.none()

    def waiting(self) -> Self:
        return self.filter(state__in=[ImportState.WAITING, ImportState.READING])


class UsageAsideQuerySet(models.QuerySet["UsageAside"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_usageimport") else self.none()


class RateCardQuerySet(models.QuerySet["RateCard"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_ratecard") else self.none()


class RateCardVersionQuerySet(models.QuerySet["RateCardVersion"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_ratecard") else self.none()

    def valid_on(self, day: date) -> Self:
        """The versions whose prices hold on the day; of each card at most one."""
        return self.filter(Q(valid_before=None) | Q(valid_before__gt=day), valid_from__lte=day)


class ValuationQuerySet(models.QuerySet["Valuation"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_valuation") else self.none()

    def counting(self) -> Self:
        """What totals are made of: what was approved, and the rows that reverse it."""
        return self.filter(state__in=[ValuationState.APPROVED, ValuationState.REVERSED])

    def submitted(self) -> Self:
        """Waits for another person's approval."""
        return self.filter(state=ValuationState.SUBMITTED)


class EvidenceQuerySet(models.QuerySet["ValuationEvidence"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_valuation") else self.none()


class AnomalyQuerySet(models.QuerySet["Anomaly"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_anomaly") else self.none()

    def open(self) -> Self:
        return self.filter(state=AnomalyState.OPEN)


class EnergyFactorQuerySet(models.QuerySet["EnergyFactor"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_energyfactor") else self.none()

    def current(self) -> Self:
        """The one that dashboards estimate by, if any."""
        return self.filter(is_current=True)
