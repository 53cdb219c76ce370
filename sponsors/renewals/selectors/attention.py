"""What somebody should look at today about renewals, for the first page of the admin site."""

from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, ExpressionWrapper, F, FloatField, Value
from django.db.models.functions import Cast, Coalesce

from foundation.people.models import User
from sponsors.commitments.selectors import AttentionCard, AttentionRow
from sponsors.renewals.models import Assessment, ReminderStep
from sponsors.renewals.querysets import AssessmentQuerySet
from sponsors.renewals.rules.policies import Band

FIRST_ROWS = 5
HIGH_BANDS = (Band.HIGH, Band.CRITICAL)
_NOTHING = Value(Decimal(0), output_field=DecimalField())


def risk_attention(user: User, today: date) -> tuple[AttentionCard, ...]:
    """Return a card for each subject the user may see, empty ones too. Two queries a card."""
    if not user.has_perm("sponsors.view_assessment"):
        return ()
    at_risk = Assessment.objects.visible_to(user).at_risk(today)
    exposure = Coalesce("cash_a_year", _NOTHING) + Coalesce("replacement_a_year", _NOTHING)
    stake = ExpressionWrapper(F("probability") * Cast(exposure, FloatField()), output_field=FloatField())
    high = at_risk.filter(band__in=HIGH_BANDS)
    asks = at_risk.filter(asks_for_person=True)
    return (
        _card(
            "risk_high",
            "High risk, the most at stake first",
            high,
            high.annotate(stake=stake).order_by("-stake", "pk"),
        ),
        _card("risk_asks", "Risk that asks for a person", asks, asks.order_by("-probability", "pk")),
    )


def reminders_attention(user: User) -> tuple[AttentionCard, ...]:
    """Return the card of reminders that wait for the user. Two queries."""
    if not user.has_perm("sponsors.answer_reminderstep"):
        return ()
    waiting = ReminderStep.objects.visible_to(user).waiting_for(user)
    first = waiting.select_related("commitment__sponsor").order_by("commitment__ends_before", "pk")
    return (
        AttentionCard(
            key="reminders_mine",
            title="Renewals that wait for you",
            model="sponsors.reminderstep",
            count=waiting.count(),
            totals=(),
            rows=tuple(
                AttentionRow(row.pk, row.commitment.number, row.commitment.sponsor.name, row.ends_on)
                for row in first[:FIRST_ROWS]
            ),
        ),
    )


def _card(key: str, title: str, rows: AssessmentQuerySet, ordered: AssessmentQuerySet) -> AttentionCard:
    return AttentionCard(
        key=key,
        title=title,
        model="sponsors.assessment",
        count=rows.count(),
        totals=(),
        rows=tuple(
            AttentionRow(
                row.pk,
                f"{row.commitment.number}, {row.probability:.0%}",
                row.commitment.sponsor.name,
                row.commitment.ends_on,
                row.currency,
                row.exposure,
            )
            for row in ordered.select_related("commitment__sponsor")[:FIRST_ROWS]
        ),
    )
