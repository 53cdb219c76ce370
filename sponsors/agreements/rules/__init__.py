"""The rules of documents: where a version stands, and what a template may hold.

Pure Python. Data is put into a template after it was read, so that nothing in it can be markup.
"""

from sponsors.agreements.rules.blocks import Block, Heading, Insert, Items, Paragraph, Run, fill, names_in
from sponsors.agreements.rules.placeholders import INSERTS, PLACEHOLDERS, written
from sponsors.agreements.rules.refusals import DocumentRefused, TemplateRefused
from sponsors.agreements.rules.states import (
    OPEN,
    VERSION_TRANSITIONS,
    Means,
    Step,
    VersionState,
    is_possible,
    next_version_state,
)
from sponsors.agreements.rules.templates import LONGEST_BODY, read_template
from sponsors.agreements.rules.words import (
    WORDS,
    Language,
    Words,
    amount_in,
    country_in,
    day_in,
    percent_in,
    period_in,
)

__all__ = [
    "INSERTS",
    "LONGEST_BODY",
    "OPEN",
    "PLACEHOLDERS",
    "VERSION_TRANSITIONS",
    "WORDS",
    "Block",
    "DocumentRefused",
    "Heading",
    "Insert",
    "Items",
    "Language",
    "Means",
    "Paragraph",
    "Run",
    "Step",
    "TemplateRefused",
    "VersionState",
    "Words",
    "amount_in",
    "country_in",
    "day_in",
    "fill",
    "is_possible",
    "names_in",
    "next_version_state",
    "percent_in",
    "period_in",
    "read_template",
    "written",
]
