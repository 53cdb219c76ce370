"""The pages of gifts in kind in the admin site."""

from sponsors.inkind.admin import anomalies, energy

__all__ = ["anomalies", "energy"]
