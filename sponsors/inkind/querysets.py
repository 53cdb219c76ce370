"""Who sees what of gifts in kind, and which rows wait, count or hold now."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from sponsors.inkind.rules import AnomalyState, ImportState, Method, ValuationState
from sponsors.inkind.rules.imports import FILES_ARE_KEPT, IMPORTS_AT_WORK

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
        UsageProgress,
        Valuation,
        ValuationEvidence,
        ValuationPolicy,
    )

# Providers tell a day until two o'clock of the next; after so much silence somebody should look.
SILENT_AFTER = timedelta(days=3)
# What is approved, and what was and has a row that takes it back.
COUNTING = (ValuationState.APPROVED, ValuationState.REVERSED)
# The use beneath every approved month as it is now beside what was valued, by service and region: of a month
# the latest row that stands, and of a supply only the days on which it was in force.
_CHANGED_USE = f"""
    WITH standing AS (
        SELECT DISTINCT ON (line_id, month) id, line_id, month FROM sponsors_valuation
        WHERE state = '{ValuationState.APPROVED}' AND method = '{Method.METERED}' AND reverses_id IS NULL
        ORDER BY line_id, month, id DESC
    ), used AS (
        SELECT v.id, s.service_id, d.region_id, SUM(d.bytes) AS bytes, SUM(d.requests) AS requests
        FROM standing v
        JOIN sponsors_supply s ON s.line_id = v.line_id
        -- By itself, so that each month is looked up by its key and not all days are joined with all months.
        CROSS JOIN LATERAL (
            SELECT region_id, SUM(COALESCE(billable_bytes, delivered_bytes, 0)) AS bytes,
                   SUM(COALESCE(requests, 0)) AS requests
            FROM sponsors_usageday
            WHERE service_id = s.service_id
              AND day >= GREATEST(v.month, s.starts_on)
              AND day < LEAST((v.month + INTERVAL '1 month')::date, s.ends_before)
            GROUP BY region_id
        ) d
        GROUP BY v.id, s.service_id, d.region_id
    ), held AS (
        SELECT valuation_id AS id, service_id, region_id, bytes, requests
        FROM sponsors_valuationusage WHERE valuation_id IN (SELECT id FROM standing)
    )
    SELECT DISTINCT id FROM used FULL JOIN held USING (id, service_id, region_id)
    WHERE COALESCE(used.bytes, 0) <> COALESCE(held.bytes, 0)
       OR COALESCE(used.requests, 0) <> COALESCE(held.requests, 0)
"""  # noqa: S608  # words of our own


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_service") else self.none()

    def running(self, on: date) -> Self:
        """Not retired on or before the day."""
        return self.filter(Q(retired_on=None) | Q(retired_on__gt=on))

    def without_supplier(self, on: date) -> Self:
        """Running on the day, while nobody supplies them."""
        return self.running(on).exclude(pk__in=_supplies().on(on).values("service"))

    def without_standing_line(self, on: date) -> Self:
        """Supplied on the day under a line that no longer holds."""
        return self.filter(pk__in=_supplies().on(on).without_standing_line(on).values("service"))

    def with_last_day(self) -> Self:
        """Annotate `last_day`, the last UTC day of which there is usage."""
        from sponsors.inkind.models import UsageDay  # models import this module

        days = UsageDay.objects.filter(service=OuterRef("pk")).order_by("-day")
        return self.annotate(last_day=Subquery(days.values("day")[:1]))

    def with_supplier(self, on: date) -> Self:
        """Annotate `supplier`, the name of the sponsor that supplies it on the day."""
        present = _supplies().on(on).filter(service=OuterRef("pk"))
        return self.annotate(supplier=Subquery(present.values("sponsor__name")[:1]))

    def silent(self, on: date) -> Self:
        """Running, and no usage came for the three days before; those that never had any count once they have a key."""
        from sponsors.inkind.models import ServiceKey  # models import this module

        named = Exists(ServiceKey.objects.filter(service=OuterRef("pk")))
        late = Q(last_day__lt=on - SILENT_AFTER) | (Q(last_day=None) & named)
        return self.running(on).with_last_day().filter(late)


def _supplies() -> "SupplyQuerySet":
    from sponsors.inkind.models import Supply  # models import this module

    return Supply.objects.all()


class SupplyQuerySet(models.QuerySet["Supply"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_service") else self.none()

    def on(self, day: date) -> Self:
        """In force on the day."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=day), starts_on__lte=day)

    def overlapping(self, first: date, before: date) -> Self:
        """In force on any day from `first` on and before `before`."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=first), starts_on__lt=before)

    def without_standing_line(self, on: date) -> Self:
        """Under a line that an amendment took out, or whose commitment is over by the day."""
        return self.filter(
            Q(line__removed_by__isnull=False)
            | Q(line__commitment__ends_before__lte=on)
            | Q(line__commitment__closed_on__lte=on)
        )


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

    def worn_out(self, now: datetime) -> Self:
        """Return those whose files are no longer of use."""
        return self.filter(created_at__lt=now - FILES_ARE_KEPT).exclude(
            Q(file="") | Q(state__in=[ImportState.WAITING, ImportState.READING])
        )


class UsageProgressQuerySet(models.QuerySet["UsageProgress"]):
    def due(self, now: datetime) -> Self:
        """Return what a worker has to do and nobody does."""
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        return self.filter(free, usage_import__state__in=IMPORTS_AT_WORK)


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

    def approved_originals(self) -> Self:
        """What was approved and stands, without what corrects it."""
        return self.filter(state=ValuationState.APPROVED, reverses=None, adjusts=None)

    def counting(self) -> Self:
        """What totals are made of: what was approved, and the rows that reverse it."""
        return self.filter(state__in=COUNTING)

    def submitted(self) -> Self:
        """Waits for another person's approval."""
        return self.filter(state=ValuationState.SUBMITTED)

    def standing(self) -> Self:
        """Approved, and neither reversed nor what reverses."""
        return self.filter(state=ValuationState.APPROVED, reverses=None)

    def stale(self) -> Self:
        """Of each month the latest that stands, when the use beneath it is no longer what was valued."""
        return self.filter(pk__in=RawSQL(_CHANGED_USE, []))  # noqa: S611  # words of our own


class PolicyQuerySet(models.QuerySet["ValuationPolicy"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_valuationpolicy") else self.none()


class EvidenceQuerySet(models.QuerySet["ValuationEvidence"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_valuation") else self.none()


class AnomalyQuerySet(models.QuerySet["Anomaly"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_anomaly") else self.none()

    def open(self) -> Self:
        return self.filter(state=AnomalyState.OPEN)

    def untold(self) -> Self:
        """Open, and nobody was told of it yet."""
        return self.open().filter(told_at=None)


class EnergyFactorQuerySet(models.QuerySet["EnergyFactor"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_energyfactor") else self.none()

    def current(self) -> Self:
        """The one that dashboards estimate by, if any."""
        return self.filter(is_current=True)
