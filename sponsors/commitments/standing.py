"""Where a sponsor stands, derived from its commitments: the one definition of active and lapsed."""

from datetime import date

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, TextChoices, Value, When

from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import FIRM
from sponsors.directory.models import Sponsor


class Standing(TextChoices):
    """Whether a sponsor supports us now or soon, did once, or has not yet."""

    ACTIVE = "active", "Active"
    LAPSED = "lapsed", "Lapsed"
    PROSPECT = "prospect", "Prospect"


def _has_support_ahead(today: date) -> Exists:
    return Exists(Commitment.objects.not_over(today).filter(sponsor=OuterRef("pk")))


def _ever_had_support() -> Exists:
    return Exists(Commitment.objects.filter(state__in=FIRM, sponsor=OuterRef("pk")))


def with_standing(sponsors: "QuerySet[Sponsor]", today: date) -> "QuerySet[Sponsor]":
    """Add `standing`.

    Active: a firm commitment is in force on the day or starts later. Lapsed: there was one.
    Prospect: there never was; drafts and proposals do not count.
    """
    return sponsors.annotate(
        standing=Case(
            When(_has_support_ahead(today), then=Value(Standing.ACTIVE)),
            When(_ever_had_support(), then=Value(Standing.LAPSED)),
            default=Value(Standing.PROSPECT),
            output_field=CharField(),
        )
    )


def of_standing(sponsors: "QuerySet[Sponsor]", standing: str, today: date) -> "QuerySet[Sponsor]":
    """Return the sponsors of one standing, by joins that stay quick over many sponsors."""
    if standing == Standing.ACTIVE:
        return sponsors.filter(_has_support_ahead(today))
    if standing == Standing.LAPSED:
        return sponsors.filter(_ever_had_support()).exclude(_has_support_ahead(today))
    return sponsors.exclude(_ever_had_support())
