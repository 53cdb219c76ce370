"""What the database itself sees to, whichever path a write takes."""

import pgtrigger

from sponsors.banking.rules import LineState


def line_is_evidence() -> list[pgtrigger.Trigger]:
    """What the bank said is never edited or deleted; only what became of it changes."""
    return [
        pgtrigger.Protect(name="bank_line_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="bank_line_is_fixed", exclude=["state", "reason", "receipt", "decided_by", "updated_at"]
        ),
    ]


def reversal_opens_the_line() -> pgtrigger.Trigger:
    """On receipts: the line of a receipt that is reversed is open again."""
    return pgtrigger.Trigger(
        name="reversal_opens_the_line",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__is_reversed=False, new__is_reversed=True),
        func=f"""
            UPDATE sponsors_bankline SET state = '{LineState.OPEN}', receipt_id = NULL, decided_by_id = NULL
            WHERE receipt_id = NEW.id;
            RETURN NULL;
        """,  # noqa: S608  # a word of our own
    )
