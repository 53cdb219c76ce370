"""What the database refuses about invoices and credit notes, whichever path a write takes."""

import pgtrigger

from sponsors.commitments.rules import InstallmentKind

_ONLY_CREDIT_NOTES = (
    "RAISE integrity_constraint_violation USING MESSAGE = 'only credit notes release a charge';"
)

# For rows `due` of installments and `promised` of their commitments: `rules.is_released`.
RELEASED = """(due.released_on IS NOT NULL
                   OR due.kind = 'scheduled' AND promised.state = 'terminated' AND due.due_on >= promised.closed_on)"""


def charge_follows_its_invoice() -> list[pgtrigger.Trigger]:
    """A charge comes with an invoice that asks for it, and is released by the credit note that voids that."""
    return [
        pgtrigger.Trigger(
            name="charge_is_made_by_its_invoice",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Q(new__kind=InstallmentKind.CHARGE),
            func="""
                IF NOT EXISTS (
                    SELECT 1 FROM sponsors_invoiceline AS line JOIN sponsors_invoice AS invoice
                        ON invoice.id = line.invoice_id
                    WHERE line.installment_id = NEW.id AND invoice.issued_on = NEW.charged_on) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a charge is made by the invoice that asks for it';
                END IF;
                RETURN NULL;
            """,
        ),
        pgtrigger.Trigger(
            name="charge_begins_standing",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__released_on__isnull=False),
            func=f"{_ONLY_CREDIT_NOTES}",
        ),
        pgtrigger.Trigger(
            name="charge_is_released_by_credit_notes",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__released_on__df=pgtrigger.F("new__released_on")),
            # Here the depth is 1 for a statement of a client, and 2 for one made by a trigger.
            func=f"IF pg_trigger_depth() < 2 THEN {_ONLY_CREDIT_NOTES} END IF; RETURN NEW;",
        ),
    ]


def invoice_is_a_fact() -> list[pgtrigger.Trigger]:
    """An invoice is never edited or deleted, and its lines sum to its total when the transaction ends."""
    return [
        pgtrigger.Protect(name="invoice_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="invoice_is_fixed", exclude=["credited", "updated_at"]),
        _sums_up("NEW.id"),
    ]


def _sums_up(invoice: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="invoice_sums_up",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=f"""
            IF (SELECT total FROM sponsors_invoice WHERE id = {invoice})
               <> (SELECT COALESCE(SUM(amount), 0) FROM sponsors_invoiceline WHERE invoice_id = {invoice}) THEN
                RAISE integrity_constraint_violation USING MESSAGE = 'the lines do not sum to the invoice';
            END IF;
            RETURN NULL;
        """,  # noqa: S608  # a column's name from code
    )


def line_asks_for_what_is_due() -> list[pgtrigger.Trigger]:
    """A line asks for an installment of the invoice's commitment, no more than is to be paid of it.

    That an installment stands on one invoice only is a constraint.
    """
    return [
        pgtrigger.Protect(name="invoice_line_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="invoice_line_is_fixed", exclude=["stands", "updated_at"]),
        pgtrigger.Trigger(
            name="invoice_line_is_freed_by_credit_notes",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__stands__df=pgtrigger.F("new__stands")),
            # Here the depth is 1 for a statement of a client, and 2 for one made by a trigger.
            func="""
                IF pg_trigger_depth() < 2 THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'only credit notes free an installment';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="invoice_line_asks_for_what_is_due",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[
                ("due", "sponsors_installment%ROWTYPE"),
                ("promised", "sponsors_commitment%ROWTYPE"),
            ],
            func="""
                SELECT * INTO due FROM sponsors_installment WHERE id = NEW.installment_id FOR UPDATE;
                SELECT * INTO promised FROM sponsors_commitment WHERE id = due.commitment_id;
                IF NOT EXISTS (SELECT 1 FROM sponsors_invoice
                               WHERE id = NEW.invoice_id AND commitment_id = due.commitment_id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an invoice asks for installments of its own commitment';
                END IF;
                IF NOT NEW.stands OR NEW.paid_before <> due.paid
                   OR NEW.amount > due.amount - due.paid - due.written_off THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an invoice asks for what is still to be paid';
                END IF;
                IF promised.signed_on IS NULL OR due.removed_by_id IS NOT NULL OR {RELEASED} THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an invoice asks for what is firmly due';
                END IF;
                RETURN NEW;
            """.replace("{RELEASED}", RELEASED),
        ),
        _sums_up("NEW.invoice_id"),
    ]


def credit_note_counts() -> list[pgtrigger.Trigger]:
    """A credit note is added to its invoice; once all is credited, installments are free and charges released.

    The constraint on the invoice holds what is credited to its total.
    """
    return [
        pgtrigger.Trigger(
            name="credit_note_follows_its_invoice",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func="""
                IF NEW.issued_on < (SELECT issued_on FROM sponsors_invoice WHERE id = NEW.invoice_id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a credit note follows its invoice';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="credit_note_counts",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            func="""
                UPDATE sponsors_invoice SET credited = credited + NEW.amount WHERE id = NEW.invoice_id;
                UPDATE sponsors_invoiceline SET stands = false
                WHERE invoice_id = NEW.invoice_id
                AND EXISTS (SELECT 1 FROM sponsors_invoice WHERE id = NEW.invoice_id AND credited = total);
                UPDATE sponsors_installment SET released_on = NEW.issued_on
                WHERE kind = 'charge' AND id IN (
                    SELECT installment_id FROM sponsors_invoiceline
                    WHERE invoice_id = NEW.invoice_id AND NOT stands);
                RETURN NULL;
            """,
        ),
    ]
