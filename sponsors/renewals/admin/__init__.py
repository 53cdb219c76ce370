"""The pages of renewals in the admin site."""

from sponsors.renewals.admin import (
    assessments,
    calendars,
    cases,
    letters,
    payments,
    reminder_policies,
    scoring_policies,
    steps,
)

__all__ = [
    "assessments",
    "calendars",
    "cases",
    "letters",
    "payments",
    "reminder_policies",
    "scoring_policies",
    "steps",
]
