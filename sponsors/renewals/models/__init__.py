"""What is kept of renewals: policies, assessments, reminders, cases and letters."""

from sponsors.renewals.models.assessments import Assessment
from sponsors.renewals.models.calendars import CalendarFeed
from sponsors.renewals.models.cases import CaseMove, RenewalCase, RenewalLetter
from sponsors.renewals.models.policies import (
    ReminderOverride,
    ReminderPolicy,
    ReminderRung,
    RenewalSettings,
    ScoringPolicy,
)
from sponsors.renewals.models.reminders import Digest, PaymentReminder, ReminderStep, Telling

__all__ = [
    "Assessment",
    "CalendarFeed",
    "CaseMove",
    "Digest",
    "PaymentReminder",
    "ReminderOverride",
    "ReminderPolicy",
    "ReminderRung",
    "ReminderStep",
    "RenewalCase",
    "RenewalLetter",
    "RenewalSettings",
    "ScoringPolicy",
    "Telling",
]
