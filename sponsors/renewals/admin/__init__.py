"""The pages of renewals in the admin site."""

from sponsors.renewals.admin import payments

__all__ = ["payments"]
