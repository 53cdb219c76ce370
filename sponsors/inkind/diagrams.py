"""The table of anomalies as a drawing, so that the documents cannot say anything else."""

from sponsors.inkind.rules import AnomalyState
from sponsors.inkind.rules.states import ANOMALY_TRANSITIONS

_ANOMALIES = """\
## Anomaly

The watch over services opens one, and closes it again when the usage of its day was imported anew and is no longer out of
its range. What a person explained or closed stays as it is.
"""


def anomaly_diagram() -> str:
    """Return the part of docs/states.md about anomalies."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in ANOMALY_TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in AnomalyState),
        "    [*] --> open",
        *moves,
        "    closed --> [*]",
    ]
    return "\n".join([_ANOMALIES, "```mermaid", *drawing, "```", ""])
