"""Receipts, what they pay, and what is written off: facts, and sums that follow them."""

import pgtrigger

from sponsors.commitments.rules import WriteOffState
from sponsors.commitments.triggers.invoices import RELEASED
from sponsors.commitments.triggers.schedules import moves_only_by_merge


def receipt_is_a_fact() -> list[pgtrigger.Trigger]:
    """A receipt is never edited or deleted; a merge of sponsors moves it, a reversal marks it."""
    return [
        pgtrigger.Protect(name="receipt_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="receipt_is_fixed", exclude=["sponsor", "is_reversed", "allocated", "updated_at"]
        ),
        moves_only_by_merge("receipt_moves_only_by_merge", pgtrigger.Q()),
        pgtrigger.Trigger(
            name="receipt_begins_standing",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__is_reversed=True),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'a receipt is reversed by another row';",
        ),
        pgtrigger.Trigger(
            name="receipt_is_marked_by_its_reversal",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__is_reversed__df=pgtrigger.F("new__is_reversed")),
            func="""
                IF OLD.is_reversed OR NOT EXISTS (SELECT 1 FROM sponsors_receipt WHERE reverses_id = OLD.id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a receipt is reversed by another row';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="reversal_mirrors_receipt",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__reverses__isnull=False),
            declare=[("original", "sponsors_receipt%ROWTYPE")],
            func="""
                SELECT * INTO original FROM sponsors_receipt WHERE id = NEW.reverses_id FOR UPDATE;
                IF original.reverses_id IS NOT NULL OR NEW.amount <> -original.amount
                   OR NEW.currency <> original.currency OR NEW.sponsor_id <> original.sponsor_id THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a reversal repeats its receipt with the opposite sign';
                END IF;
                IF original.allocated <> 0 THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a receipt that still pays installments cannot be reversed';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="reversal_marks_receipt",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__reverses__isnull=False),
            func="UPDATE sponsors_receipt SET is_reversed = true WHERE id = NEW.reverses_id; RETURN NULL;",
        ),
    ]


def sum_follows(rows: str, column: str) -> list[pgtrigger.Trigger]:
    """The column begins at zero, and nothing but the trigger of those rows changes it."""
    sentence = f"only {rows.replace('_', ' ')} change {column}"
    refusal = f"RAISE integrity_constraint_violation USING MESSAGE = '{sentence}';"
    return [
        pgtrigger.Trigger(
            name=f"{column}_begins_at_zero",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(**{f"new__{column}": 0}),
            func=refusal,
        ),
        pgtrigger.Trigger(
            name=f"{column}_follows_{rows}",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(**{f"old__{column}__df": pgtrigger.F(f"new__{column}")}),
            # Here the depth is 1 for a statement of a client, and 2 for one made by a trigger.
            func=f"IF pg_trigger_depth() < 2 THEN {refusal} END IF; RETURN NEW;",
        ),
    ]


def allocation_counts_within_limits() -> list[pgtrigger.Trigger]:
    """An allocation fits both its rows, and is added to the sum of each while both are locked.

    Constraints on the sums hold allocated to what was received, and paid to what is due.
    """
    return [
        pgtrigger.Protect(name="allocation_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="allocation_is_within_limits",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[
                ("received", "sponsors_receipt%ROWTYPE"),
                ("due", "sponsors_installment%ROWTYPE"),
                ("promised", "sponsors_commitment%ROWTYPE"),
                ("original", "sponsors_allocation%ROWTYPE"),
            ],
            func="""
                -- Always receipt before installment, so that two writers cannot wait for each other.
                SELECT * INTO received FROM sponsors_receipt WHERE id = NEW.receipt_id FOR UPDATE;
                SELECT * INTO due FROM sponsors_installment WHERE id = NEW.installment_id FOR UPDATE;
                SELECT * INTO promised FROM sponsors_commitment WHERE id = due.commitment_id;
                IF NEW.reverses_id IS NOT NULL THEN
                    SELECT * INTO original FROM sponsors_allocation WHERE id = NEW.reverses_id;
                    IF (NEW.amount, NEW.receipt_amount, NEW.difference, NEW.receipt_id, NEW.installment_id,
                        NEW.rate, NEW.rate_on) IS DISTINCT FROM
                       (-original.amount, -original.receipt_amount, -original.difference, original.receipt_id,
                        original.installment_id, original.rate, original.rate_on)
                       OR original.reverses_id IS NOT NULL OR NEW.booked_on < original.booked_on THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'an allocation is taken back whole';
                    END IF;
                    RETURN NEW;
                END IF;
                IF received.reverses_id IS NOT NULL OR received.is_reversed THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a reversed receipt pays nothing';
                END IF;
                IF promised.sponsor_id <> received.sponsor_id THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a receipt pays installments of its own sponsor';
                END IF;
                IF (promised.currency = received.currency) <> (NEW.rate IS NULL) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'money in another currency is allocated by a rate, and only that';
                END IF;
                -- Rounding to the smallest unit of a currency moves an amount by half a unit at most.
                IF NEW.rate IS NOT NULL AND abs(NEW.receipt_amount * NEW.rate - NEW.amount - NEW.difference) > 0.5 THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'the realized difference is what the rate gives less what is paid';
                END IF;
                IF NEW.booked_on < received.received_on THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'money pays nothing before it came';
                END IF;
                IF promised.signed_on IS NULL THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'only a signed commitment can be paid';
                END IF;
                IF {RELEASED} THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an installment that is no longer due cannot be paid';
                END IF;
                RETURN NEW;
            """.replace("{RELEASED}", RELEASED),
        ),
        pgtrigger.Trigger(
            name="allocation_counts",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            func="""
                UPDATE sponsors_receipt SET allocated = allocated + NEW.receipt_amount WHERE id = NEW.receipt_id;
                UPDATE sponsors_installment SET paid = paid + NEW.amount WHERE id = NEW.installment_id;
                RETURN NULL;
            """,
        ),
    ]


def write_off_counts_once_approved() -> list[pgtrigger.Trigger]:
    """A write-off begins as a proposal, is decided once, and then counts; a recovery counts at once.

    The constraint on the installment holds what is paid and written off to what is due.
    """
    approved = pgtrigger.Q(new__state=WriteOffState.APPROVED)
    count = """
        UPDATE sponsors_installment SET written_off = written_off + NEW.amount WHERE id = NEW.installment_id;
        RETURN NULL;
    """
    return [
        pgtrigger.Protect(name="write_off_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="write_off_is_fixed",
            exclude=["state", "booked_on", "decided_by", "decided_on", "updated_at"],
        ),
        pgtrigger.Trigger(
            name="write_off_is_decided_once",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=~pgtrigger.Q(old__state=WriteOffState.PROPOSED),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'a write-off is decided once';",
        ),
        pgtrigger.Trigger(
            name="write_off_begins_as_a_proposal",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[("original", "sponsors_writeoff%ROWTYPE"), ("recovered", "numeric")],
            func="""
                IF NEW.recovers_id IS NULL THEN
                    IF NEW.state <> 'proposed' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a write-off begins as a proposal';
                    END IF;
                    RETURN NEW;
                END IF;
                SELECT * INTO original FROM sponsors_writeoff WHERE id = NEW.recovers_id FOR UPDATE;
                SELECT COALESCE(SUM(-amount), 0) INTO recovered FROM sponsors_writeoff WHERE recovers_id = original.id;
                IF original.recovers_id IS NOT NULL OR original.state <> 'approved'
                   OR original.installment_id <> NEW.installment_id OR NEW.booked_on < original.booked_on
                   OR recovered - NEW.amount > original.amount THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'no more is recovered than was written off';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="recovery_counts",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            condition=approved,
            func=count,
        ),
        pgtrigger.Trigger(
            name="write_off_counts",
            when=pgtrigger.After,
            operation=pgtrigger.Update,
            condition=approved,
            func=count,
        ),
    ]
