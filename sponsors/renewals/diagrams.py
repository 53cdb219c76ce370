"""The tables of reminders, cards and letters as drawings, so that the documents cannot say anything else."""

from sponsors.renewals.rules.states import (
    LETTER_TRANSITIONS,
    STEP_TRANSITIONS,
    CaseEnd,
    CaseState,
    LetterState,
    StepState,
)

_STEPS = """\
## Reminder

A step of the ladder, or a reminder of a payment. The nightly sweep takes it when it is due, and writes it down as missed when its time
went by unseen. People acknowledge and snooze it; an outcome, a later step or the end of its time settles it.
"""
_CASES = """\
## Renewal case

As long as the case is open its card may go from any column to any other, as talks do; each move is kept, and of a decline its reason.
A case is closed as one of: {ends}. What was declined or lapsed may be opened again.
"""
_LETTERS = """\
## Renewal letter

Drafted by Bursar, revised by people, and sent by a person alone. What was sent or discarded stays as it is.
"""


def step_diagram() -> str:
    """Return the part of docs/states.md about reminders."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in STEP_TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in StepState),
        "    [*] --> open",
        "    [*] --> missed",
        *moves,
        *(f"    {state} --> [*]" for state in (StepState.REPLACED, StepState.MISSED, StepState.CLOSED)),
    ]
    return "\n".join([_STEPS, "```mermaid", *drawing, "```", ""])


def case_diagram() -> str:
    """Return the part of docs/states.md about renewal cases."""
    ends = ", ".join(str(end.label).lower() for end in CaseEnd)
    drawing = [
        "stateDiagram-v2",
        "    state Open {",
        *(f"        {state}: {state.label}" for state in CaseState),
        "        [*] --> due",
        "    }",
        "    [*] --> Open",
        "    Open --> Closed: close",
        "    Closed --> Open: open again",
    ]
    return "\n".join([_CASES.format(ends=ends), "```mermaid", *drawing, "```", ""])


def letter_diagram() -> str:
    """Return the part of docs/states.md about renewal letters."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in LETTER_TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in LetterState),
        "    [*] --> draft",
        *moves,
        "    sent --> [*]",
        "    discarded --> [*]",
    ]
    return "\n".join([_LETTERS, "```mermaid", *drawing, "```", ""])
