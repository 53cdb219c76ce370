"""The table of states as a drawing, so that the documents cannot say anything else."""

from sponsors.commitments.rules import (
    AMENDMENT_TRANSITIONS,
    TRANSITIONS,
    AmendmentState,
    InstallmentState,
    State,
    possible_actions,
)

_INTRODUCTION = """\
# States

Written by `manage.py write_state_diagrams` from the tables in the code; a test holds the two together.

## Commitment

A commitment begins as a draft. What is firm (signed) never becomes open again, and what is closed stays closed.
"""

_AMENDMENTS = """\
## Amendment

An amendment is approved by somebody else than its proposer. It takes effect at once when its day has come, else by itself.
"""

_INSTALLMENTS = """\
## Installment

The state of an installment is stored nowhere. It follows from its amount, what was paid, its due date, the day,
and where its commitment stands; the first of these that fits decides.
"""

# In the order in which `rules.installment_state` asks.
_REASONS = {
    InstallmentState.PAID: "All of it was paid.",
    InstallmentState.WRITTEN_OFF: "Nothing of it remains, and a part or all of it was written off.",
    InstallmentState.PLANNED: "The commitment is a draft or proposed.",
    InstallmentState.RELEASED: (
        "The commitment was withdrawn or declined, or terminated on or before the due date. Of a charge: the "
        "invoice that made it was credited in full."
    ),
    InstallmentState.OVERDUE: "The due date is past, whether or not a part was paid.",
    InstallmentState.PARTLY_PAID: "A part was paid, and the due date is not past.",
    InstallmentState.DUE: "The due date is today.",
    InstallmentState.SCHEDULED: "The due date is still to come.",
}


def state_diagrams() -> str:
    """Return docs/states.md."""
    moves = [f"    {start} --> {end}: {action}" for (start, action), end in TRANSITIONS.items()]
    closed = [f"    {state} --> [*]" for state in State if not possible_actions(state)]
    names = [f"    {state}: {state.label}" for state in State]
    drawing = ["stateDiagram-v2", *names, "    [*] --> draft", *moves, *closed]
    amended = [f"    {start} --> {end}: {action}" for (start, action), end in AMENDMENT_TRANSITIONS.items()]
    amendment = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in AmendmentState),
        "    [*] --> proposed",
        *amended,
        "    applied --> [*]",
        "    withdrawn --> [*]",
    ]
    rows = [f"| {state.label} | {reason} |" for state, reason in _REASONS.items()]
    return "\n".join(
        [
            _INTRODUCTION,
            "```mermaid",
            *drawing,
            "```",
            "",
            _AMENDMENTS,
            "```mermaid",
            *amendment,
            "```",
            "",
            _INSTALLMENTS,
            "| state | when |",
            "| --- | --- |",
            *rows,
            "",
        ]
    )
