"""Who sees what of renewals, and which rows are the latest, open, waiting or due."""

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Case, F, FilteredRelation, Q, Value, When

from sponsors.renewals.rules.policies import Band
from sponsors.renewals.rules.states import UNSETTLED, CaseEnd, CaseState, StepState
from sponsors.renewals.rules.support import FOLLOWS_WITHIN

if TYPE_CHECKING:
    from foundation.people.models import User
    from sponsors.renewals.models import (  # bases name them as text
        Assessment,
        CalendarFeed,
        PaymentReminder,
        ReminderPolicy,
        ReminderStep,
        RenewalCase,
        RenewalLetter,
        ScoringPolicy,
        Telling,
    )


class ScoringPolicyQuerySet(models.QuerySet["ScoringPolicy"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_scoringpolicy") else self.none()


class ReminderPolicyQuerySet(models.QuerySet["ReminderPolicy"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_reminderpolicy") else self.none()


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_assessment") else self.none()

    def latest_of_each(self) -> Self:
        """The last one of every commitment."""
        return self.filter(is_latest=True)

    def at_risk(self, today: date) -> Self:
        """The latest of commitments that may lapse: the notice window is open, nothing firm follows, and they are not long over.

        What ended ninety days ago without anything that followed has lapsed.
        """
        recent = today - FOLLOWS_WITHIN
        return (
            self.latest_of_each()
            .filter(probability__gt=0, ends_before__gt=recent)
            .exclude(band=Band.NOT_YET)
            .exclude(commitment__closed_on__lte=recent)
        )


class ReminderStepQuerySet(models.QuerySet["ReminderStep"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_reminderstep") else self.none()

    def unsettled(self) -> Self:
        """Open, acknowledged or snoozed: nothing has come of them yet."""
        return self.filter(state__in=UNSETTLED)

    def waiting_for(self, user: "User") -> Self:
        """Open, and the person was told of them."""
        tellings: Any = self.model._meta.get_field("tellings").related_model
        told = tellings._default_manager.filter(step=models.OuterRef("pk"), person=user)
        return self.filter(models.Exists(told), state=StepState.OPEN)

    def snooze_over(self, today: date) -> Self:
        """Snoozed until today or a day before."""
        return self.filter(state=StepState.SNOOZED, snoozed_until__lte=today)


class PaymentReminderQuerySet(models.QuerySet["PaymentReminder"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_paymentreminder") else self.none()

    def waiting(self) -> Self:
        """The last of its payment, of which something is still to be paid."""
        return self.filter(state=StepState.OPEN)


class TellingQuerySet(models.QuerySet["Telling"]):
    def not_mailed(self) -> Self:
        """In no digest yet."""
        return self.filter(digest=None)

    def still_waits(self) -> Self:
        """Nobody has answered the step, or something of the payment is still to be paid."""
        return self.filter(
            models.Q(step__state=StepState.OPEN) | models.Q(payment__state=StepState.OPEN),
        )


class CaseQuerySet(models.QuerySet["RenewalCase"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_renewalcase") else self.none()

    def open(self) -> Self:
        return self.filter(closed_on=None)

    def on_board(self, today: date) -> Self:
        """Open; and declined as long as the commitment still runs, so that a decline stays in sight."""
        declined = Q(closed_as=CaseEnd.DECLINED, commitment__ends_before__gt=today)
        return self.filter(Q(closed_on=None) | declined)

    def with_value(self) -> Self:
        """Add what the latest assessment says, and `probability`, that of renewal.

        `cash_a_year` and `in_kind_a_year` are in `currency`, `band` is of the risk; all None before the first
        assessment. The probability is our own; else 0 for a declined card; else one less the assessed risk. Of one that
        was closed as declined it is 0.
        """
        return self.annotate(
            latest=FilteredRelation(
                "commitment__assessments", condition=Q(commitment__assessments__is_latest=True)
            ),
            currency=F("latest__currency"),
            cash_a_year=F("latest__cash_a_year"),
            in_kind_a_year=F("latest__in_kind_a_year"),
            band=F("latest__band"),
            probability=Case(
                When(closed_as=CaseEnd.DECLINED, then=Value(0.0)),
                When(own_probability__isnull=False, then=F("own_probability")),
                When(state=CaseState.DECLINED, then=Value(0.0)),
                default=Value(1.0) - F("latest__probability"),
                output_field=models.FloatField(),
            ),
        )


class LetterQuerySet(models.QuerySet["RenewalLetter"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_renewalletter") else self.none()


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, user: "User") -> Self:
        """One's own; an administrator sees, and can revoke, everybody's."""
        return self if user.has_perm("sponsors.manage_calendarfeed") else self.filter(person=user)

    def standing(self) -> Self:
        return self.filter(revoked_at=None)
