"""What the database refuses about invoices and credit notes, whichever path a write takes."""

import pgtrigger


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
                IF promised.signed_on IS NULL OR due.removed_by_id IS NOT NULL
                   OR promised.state = 'terminated' AND due.due_on >= promised.closed_on THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an invoice asks for what is firmly due';
                END IF;
                RETURN NEW;
            """,
        ),
        _sums_up("NEW.invoice_id"),
    ]


def credit_note_counts() -> list[pgtrigger.Trigger]:
    """A credit note is added to its invoice; once all is credited, the installments are free again.

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
                RETURN NULL;
            """,
        ),
    ]
