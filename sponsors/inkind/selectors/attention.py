"""What somebody should look at today about services, for the first page of the admin site."""

from datetime import UTC, date
from typing import Any

from django.db.models import QuerySet

from foundation.people.models import User
from sponsors.commitments.selectors import AttentionCard, AttentionRow
from sponsors.inkind.models import Service, UsageAside
from sponsors.inkind.querysets import SILENT_AFTER, ServiceQuerySet
from sponsors.inkind.selectors.asides import groups_of

FIRST_ROWS = 5


def services_attention(user: User, today: date) -> tuple[AttentionCard, ...]:
    """Return a card for each subject the user may see, empty ones too. Two queries a card."""
    if not user.has_perm("sponsors.view_service"):
        return ()
    services = Service.objects.visible_to(user)
    return (
        _card("services_without_supplier", "Services that nobody supplies", services.without_supplier(today)),
        _card(
            "services_without_line",
            "Services supplied under a line that no longer holds",
            services.without_standing_line(today),
        ),
        _card(
            "services_silent",
            f"Services without usage for {SILENT_AFTER.days} days",
            services.silent(today),
        ),
        *_kept_aside(user),
    )


def _kept_aside(user: User) -> tuple[AttentionCard, ...]:
    """Return the card of usage that does not count yet, to whoever may assign it."""
    if not user.has_perm("sponsors.assign_usage"):
        return ()
    groups: QuerySet[Any] = groups_of(UsageAside.objects.visible_to(user))
    return (
        AttentionCard(
            key="usage_aside",
            title="Usage of services or regions that nobody knows",
            model="sponsors.usageaside",
            count=groups.count(),
            totals=(),
            rows=tuple(
                AttentionRow(
                    row.pk, str(row), str(row.get_provider_display()), row.last_at.astimezone(UTC).date()
                )
                for row in groups.order_by("pk")[:FIRST_ROWS]
            ),
        ),
    )


def _card(key: str, title: str, services: ServiceQuerySet) -> AttentionCard:
    rows = services.with_last_day().order_by("name")[:FIRST_ROWS]
    return AttentionCard(
        key=key,
        title=title,
        model="sponsors.service",
        count=services.count(),
        totals=(),
        rows=tuple(
            AttentionRow(row.pk, row.name, row.get_criticality_display(), row.last_day) for row in rows
        ),
    )
