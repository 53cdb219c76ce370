"""The pages of renewals in the admin site."""

from sponsors.renewals.admin import calendars, cases, letters, payments, steps

__all__ = ["calendars", "cases", "letters", "payments", "steps"]
