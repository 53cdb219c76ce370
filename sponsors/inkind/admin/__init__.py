"""The pages of gifts in kind in the admin site."""

from sponsors.inkind.admin import (
    anomalies,
    energy,
    gift_terms,
    policies,
    rate_cards,
    regions,
    services,
    usage_asides,
    usage_imports,
    valuations,
)

__all__ = [
    "anomalies",
    "energy",
    "gift_terms",
    "policies",
    "rate_cards",
    "regions",
    "services",
    "usage_asides",
    "usage_imports",
    "valuations",
]
