"""The rules of gifts in kind: quantities, usage, prices, valuations and the watch over services.

Pure Python.
"""

from sponsors.inkind.rules.anomalies import AnomalyKind
from sponsors.inkind.rules.gifts import Criticality, GiftUnit, Per, Provider
from sponsors.inkind.rules.pricing import (
    Confidence,
    Estimate,
    Gigabyte,
    Method,
    Metric,
    Prices,
    Quote,
    Step,
    Tier,
    Use,
    gigabyte_text,
    plain_number,
    quote,
)
from sponsors.inkind.rules.refusals import InKindError, NotAllowedNow
from sponsors.inkind.rules.states import (
    AnomalyAction,
    AnomalyState,
    ValuationAction,
    ValuationState,
    anomaly_may,
    next_anomaly_state,
    next_state,
    possible_actions,
)
from sponsors.inkind.rules.tiers import LONGEST_REGION, MOST_TIERS, TiersRefused, check_tiers
from sponsors.inkind.rules.usage import (
    METRICS,
    AsideProblem,
    Granularity,
    ImportState,
    UsageFormat,
    UsageSource,
)

__all__ = [
    "LONGEST_REGION",
    "METRICS",
    "MOST_TIERS",
    "AnomalyAction",
    "AnomalyKind",
    "AnomalyState",
    "AsideProblem",
    "Confidence",
    "Criticality",
    "Estimate",
    "GiftUnit",
    "Gigabyte",
    "Granularity",
    "ImportState",
    "InKindError",
    "Method",
    "Metric",
    "NotAllowedNow",
    "Per",
    "Prices",
    "Provider",
    "Quote",
    "Step",
    "Tier",
    "TiersRefused",
    "UsageFormat",
    "UsageSource",
    "Use",
    "ValuationAction",
    "ValuationState",
    "anomaly_may",
    "check_tiers",
    "gigabyte_text",
    "next_anomaly_state",
    "next_state",
    "plain_number",
    "possible_actions",
    "quote",
]
