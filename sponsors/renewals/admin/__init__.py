"""The pages of renewals in the admin site."""

from sponsors.renewals.admin import cases, letters, payments, steps

__all__ = ["cases", "letters", "payments", "steps"]
