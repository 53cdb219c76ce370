"""The table of versions as a drawing, so that the documents cannot say anything else."""

from sponsors.agreements.rules import VERSION_TRANSITIONS, VersionState

_INTRODUCTION = """\
## Version of a document

The last version of a document is the one that counts. From every state of it, voided included, a new version can begin,
as a draft; an unsigned version before it is then voided. `annul` voids what was signed.
"""


def version_diagram() -> str:
    """Return the part of docs/states.md about versions."""
    moves = [f"    {start} --> {end}: {step}" for (start, step), end in VERSION_TRANSITIONS.items()]
    drawing = [
        "stateDiagram-v2",
        *(f"    {state}: {state.label}" for state in VersionState),
        "    [*] --> draft",
        *moves,
        "    voided --> [*]",
    ]
    return "\n".join([_INTRODUCTION, "```mermaid", *drawing, "```", ""])
