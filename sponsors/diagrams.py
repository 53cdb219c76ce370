"""All of docs/states.md: the states of every slice, one after the other."""

from sponsors.agreements.diagrams import version_diagram
from sponsors.commitments.diagrams import state_diagrams
from sponsors.inkind.diagrams import anomaly_diagram, import_diagram, valuation_diagram


def all_diagrams() -> str:
    return f"{state_diagrams()}\n{version_diagram()}\n{import_diagram()}\n{anomaly_diagram()}\n{valuation_diagram()}"
