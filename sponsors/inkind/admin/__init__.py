"""The pages of gifts in kind in the admin site."""

from sponsors.inkind.admin import anomalies, energy, policies, valuations

__all__ = ["anomalies", "energy", "policies", "valuations"]
