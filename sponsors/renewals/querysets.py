"""Who sees what of renewals, and which rows are the latest, open, waiting or due."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models

from sponsors.renewals.rules.states import UNSETTLED, StepState

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


class ReminderStepQuerySet(models.QuerySet["ReminderStep"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_reminderstep") else self.none()

    def unsettled(self) -> Self:
        """Open, acknowledged or snoozed: nothing has come of them yet."""
        return self.filter(state__in=UNSETTLED)

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


class CaseQuerySet(models.QuerySet["RenewalCase"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_renewalcase") else self.none()

    def open(self) -> Self:
        return self.filter(closed_on=None)


class LetterQuerySet(models.QuerySet["RenewalLetter"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.has_perm("sponsors.view_renewalletter") else self.none()


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def visible_to(self, user: "User") -> Self:
        """One's own; an administrator sees, and can revoke, everybody's."""
        return self if user.has_perm("sponsors.manage_calendarfeed") else self.filter(person=user)

    def standing(self) -> Self:
        return self.filter(revoked_at=None)
