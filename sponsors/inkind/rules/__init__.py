"""The rules of gifts in kind: quantities, usage, prices, valuations and the watch over services.

Pure Python.
"""

from sponsors.inkind.rules.anomalies import AnomalyKind
from sponsors.inkind.rules.gifts import Criticality, GiftUnit, Per, Provider
from sponsors.inkind.rules.pricing import Confidence, Estimate, Gigabyte, Method, Metric
from sponsors.inkind.rules.refusals import InKindError, NotAllowedNow
from sponsors.inkind.rules.states import (
    AnomalyAction,
    AnomalyState,
    ValuationAction,
    ValuationState,
    next_anomaly_state,
    next_state,
    possible_actions,
)
from sponsors.inkind.rules.usage import (
    METRICS,
    AsideProblem,
    Granularity,
    ImportState,
    UsageFormat,
    UsageSource,
)

__all__ = [
    "METRICS",
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
    "Provider",
    "UsageFormat",
    "UsageSource",
    "ValuationAction",
    "ValuationState",
    "next_anomaly_state",
    "next_state",
    "possible_actions",
]
