"""All of docs/states.md: the states of every slice, one after the other."""

from sponsors.agreements.diagrams import version_diagram
from sponsors.commitments.diagrams import state_diagrams
from sponsors.inkind.diagrams import anomaly_diagram, import_diagram, valuation_diagram
from sponsors.renewals.diagrams import case_diagram, letter_diagram, step_diagram

_IN_ORDER = (
    state_diagrams,
    version_diagram,
    import_diagram,
    anomaly_diagram,
    valuation_diagram,
    step_diagram,
    case_diagram,
    letter_diagram,
)


def all_diagrams() -> str:
    return "\n".join(draw() for draw in _IN_ORDER)
