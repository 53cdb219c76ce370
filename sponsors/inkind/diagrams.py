"""The tables of anomalies, imports and valuations as drawings, so that the documents cannot say anything else."""

from sponsors.inkind.rules import AnomalyState, ImportState, ValuationState
from sponsors.inkind.rules.imports import IMPORT_TRANSITIONS
from sponsors.inkind.rules.states import ANOMALY_TRANSITIONS, TRANSITIONS

_ANOMALIES = """\
## Anomaly

The watch over services opens one, and closes it again when the usage of its day was imported anew and is no longer out of
its range. What a person explained or closed stays as it is.
"""

_IMPORTS = """\
## Usage import

A worker, or the command, reads the file: all of it or nothing. One whose worker died is begun again, three times at most. A refused
file could not be read as a whole; a failed one met a fault of ours, or is gone.
"""


def import_diagram() -> str:
    """Return the part of docs/states.md about imports of usage."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in IMPORT_TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in ImportState),
        "    [*] --> waiting",
        "    [*] --> reading",
        *moves,
        *(f"    {state} --> [*]" for state in (ImportState.DONE, ImportState.REFUSED, ImportState.FAILED)),
    ]
    return "\n".join([_IMPORTS, "```mermaid", *drawing, "```", ""])


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


_VALUATIONS = """\
## Valuation

Approved by another person than the one who submitted it, and fixed from then on. `reverse` marks it and adds a row that
takes every amount back; an adjustment is a valuation of its own, of the difference. `revise` is drafting it again, or an
accountant's figures.
"""


def valuation_diagram() -> str:
    """Return the part of docs/states.md about valuations."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in ValuationState),
        "    [*] --> draft",
        *moves,
        "    reversed --> [*]",
        "    discarded --> [*]",
    ]
    return "\n".join([_VALUATIONS, "```mermaid", *drawing, "```", ""])
