"""What somebody should look at today about services, for the first page of the admin site."""

from datetime import date

from foundation.people.models import User
from sponsors.commitments.selectors import AttentionCard, AttentionRow
from sponsors.inkind.models import Service
from sponsors.inkind.querysets import SILENT_AFTER, ServiceQuerySet

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
