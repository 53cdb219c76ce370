"""What the database itself refuses, whichever path a write takes.

Services say the same in kind words first; these are the last line against raw SQL and races.
"""

from sponsors.commitments.triggers.conditions import (
    non_renewal_is_withdrawn_once,
    progress_is_a_fact,
    reached_follows_progress,
)
from sponsors.commitments.triggers.invoices import (
    charge_follows_its_invoice,
    credit_note_counts,
    invoice_is_a_fact,
    line_asks_for_what_is_due,
)
from sponsors.commitments.triggers.receipts import (
    allocation_counts_within_limits,
    receipt_is_a_fact,
    sum_follows,
    write_off_counts_once_approved,
)
from sponsors.commitments.triggers.schedules import (
    amendment_takes_effect_once,
    changes_by_amendment,
    commitment_keeps_its_word,
    condition_changes_by_amendment,
    installment_changes_by_amendment,
    pauses_are_apart,
    term_is_of_the_same_commitment,
)

__all__ = [
    "allocation_counts_within_limits",
    "amendment_takes_effect_once",
    "changes_by_amendment",
    "charge_follows_its_invoice",
    "commitment_keeps_its_word",
    "condition_changes_by_amendment",
    "credit_note_counts",
    "installment_changes_by_amendment",
    "invoice_is_a_fact",
    "line_asks_for_what_is_due",
    "non_renewal_is_withdrawn_once",
    "pauses_are_apart",
    "progress_is_a_fact",
    "reached_follows_progress",
    "receipt_is_a_fact",
    "sum_follows",
    "term_is_of_the_same_commitment",
    "write_off_counts_once_approved",
]
