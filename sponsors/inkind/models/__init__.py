"""Tables of gifts in kind, by subject."""

from sponsors.inkind.models.policies import ValuationPolicy
from sponsors.inkind.models.rate_cards import RateCard, RateCardVersion, RateTier, RegionMapping
from sponsors.inkind.models.services import Alternative, GiftTerms, Service, ServiceKey, Supply
from sponsors.inkind.models.usage import (
    Region,
    UsageAside,
    UsageDay,
    UsageImport,
    UsageMonth,
    UsageProgress,
    UsagePull,
    UsageRecord,
    UsageReject,
)
from sponsors.inkind.models.valuations import Valuation, ValuationEvidence, ValuationStep, ValuationUsage
from sponsors.inkind.models.watch import Anomaly, EnergyFactor, WatchedDay

__all__ = [
    "Alternative",
    "Anomaly",
    "EnergyFactor",
    "GiftTerms",
    "RateCard",
    "RateCardVersion",
    "RateTier",
    "Region",
    "RegionMapping",
    "Service",
    "ServiceKey",
    "Supply",
    "UsageAside",
    "UsageDay",
    "UsageImport",
    "UsageMonth",
    "UsageProgress",
    "UsagePull",
    "UsageRecord",
    "UsageReject",
    "Valuation",
    "ValuationEvidence",
    "ValuationPolicy",
    "ValuationStep",
    "ValuationUsage",
    "WatchedDay",
]
