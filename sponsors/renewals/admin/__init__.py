"""The pages of renewals in the admin site."""

from sponsors.renewals.admin import cases, letters, payments

__all__ = ["cases", "letters", "payments"]
