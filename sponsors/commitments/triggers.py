"""What the database itself refuses, whichever path a write takes.

Services say the same in kind words first; these are the last line against raw SQL and races.
"""

import pgtrigger

from sponsors.commitments.rules import TRANSITIONS, State


def commitment_keeps_its_word() -> list[pgtrigger.Trigger]:
    """A commitment begins as a draft, moves by the table of states, and is fixed once proposed."""
    return [
        pgtrigger.Protect(name="commitment_is_kept", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name="commitment_begins_as_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(new__state=State.DRAFT),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'a commitment begins as a draft';",
        ),
        pgtrigger.FSM(
            name="commitment_moves_by_the_table",
            field="state",
            transitions=[(str(start), str(end)) for (start, _action), end in TRANSITIONS.items()],
        ),
        pgtrigger.Trigger(
            name="proposal_sums_up",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__state=State.DRAFT, new__state=State.PROPOSED),
            func="""
                IF (SELECT COALESCE(SUM(amount), 0) FROM sponsors_commitmentline
                    WHERE commitment_id = NEW.id AND kind = 'cash')
                   <> (SELECT COALESCE(SUM(amount), 0) FROM sponsors_installment WHERE commitment_id = NEW.id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'the installments do not sum to the cash lines';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="commitment_is_fixed_after_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=~pgtrigger.Q(old__state=State.DRAFT),
            func="""
                IF (NEW.number, NEW.currency, NEW.starts_on, NEW.ends_before, NEW.renewal_of_id)
                   IS DISTINCT FROM
                   (OLD.number, OLD.currency, OLD.starts_on, OLD.ends_before, OLD.renewal_of_id) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = format('the terms of a %s commitment are fixed', OLD.state);
                END IF;
                IF OLD.state <> 'proposed'
                   AND (NEW.signed_on, NEW.proposed_on) IS DISTINCT FROM (OLD.signed_on, OLD.proposed_on)
                   OR OLD.closed_on IS NOT NULL
                   AND (NEW.closed_on, NEW.closed_reason) IS DISTINCT FROM (OLD.closed_on, OLD.closed_reason) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = format('the dates of a %s commitment are fixed', OLD.state);
                END IF;
                RETURN NEW;
            """,
        ),
        _moves_only_by_merge("commitment_moves_only_by_merge", ~pgtrigger.Q(old__state=State.DRAFT)),
    ]


def _moves_only_by_merge(name: str, condition: pgtrigger.Q) -> pgtrigger.Trigger:
    """Checked when the transaction ends: a merge moves the rows first and marks the sponsor after."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        timing=pgtrigger.Deferred,
        condition=condition & pgtrigger.Q(old__sponsor__df=pgtrigger.F("new__sponsor")),
        func="""
            IF NOT EXISTS (SELECT 1 FROM sponsors_sponsor
                           WHERE id = OLD.sponsor_id AND merged_into_id = NEW.sponsor_id) THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('only a merge of sponsors moves a %s', TG_TABLE_NAME);
            END IF;
            RETURN NULL;
        """,
    )


_FROZEN = """
            IF TG_OP = 'INSERT' THEN promised_id := NEW.commitment_id; ELSE promised_id := OLD.commitment_id; END IF;
            SELECT state INTO promised_state FROM sponsors_commitment WHERE id = promised_id FOR SHARE;
            IF promised_state <> 'draft' OR (TG_OP = 'UPDATE' AND NEW.commitment_id <> OLD.commitment_id) THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('the schedule of a %s commitment is fixed', promised_state);
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
        """
_PAID_MAY_CHANGE = """
            IF TG_OP = 'UPDATE' AND NEW.paid <> OLD.paid THEN
                apart_from_paid := NEW;
                apart_from_paid.paid := OLD.paid;
                apart_from_paid.updated_at := OLD.updated_at;
                IF apart_from_paid IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
            END IF;"""


def frozen_after_draft() -> pgtrigger.Trigger:
    """Lines, terms and installments change only while their commitment is a draft.

    The share lock makes a writer wait for whoever is proposing the commitment at this moment.
    """
    return pgtrigger.Trigger(
        name="frozen_after_draft",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("promised_id", "bigint"), ("promised_state", "text")],
        func=_FROZEN,
    )


def frozen_but_paid_after_draft() -> pgtrigger.Trigger:
    """As others are frozen; that only allocations change `paid` is for `sum_follows_allocations`."""
    return pgtrigger.Trigger(
        name="frozen_after_draft",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("promised_id", "bigint"), ("promised_state", "text"), ("apart_from_paid", "record")],
        func=_PAID_MAY_CHANGE + _FROZEN,
    )


def term_is_of_the_same_commitment() -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="term_is_of_the_same_commitment",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func="""
            IF NOT EXISTS (SELECT 1 FROM sponsors_term
                           WHERE id = NEW.term_id AND commitment_id = NEW.commitment_id) THEN
                RAISE integrity_constraint_violation USING MESSAGE = 'an installment falls in a term of its own commitment';
            END IF;
            RETURN NEW;
        """,
    )


def receipt_is_a_fact() -> list[pgtrigger.Trigger]:
    """A receipt is never edited or deleted; a merge of sponsors moves it, a reversal marks it."""
    return [
        pgtrigger.Protect(name="receipt_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="receipt_is_fixed", exclude=["sponsor", "is_reversed", "allocated", "updated_at"]
        ),
        _moves_only_by_merge("receipt_moves_only_by_merge", pgtrigger.Q()),
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


def sum_follows_allocations(column: str) -> list[pgtrigger.Trigger]:
    """The column begins at zero, and nothing but the trigger of an allocation changes it."""
    refusal = f"RAISE integrity_constraint_violation USING MESSAGE = 'only an allocation changes {column}';"
    return [
        pgtrigger.Trigger(
            name=f"{column}_begins_at_zero",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(**{f"new__{column}": 0}),
            func=refusal,
        ),
        pgtrigger.Trigger(
            name=f"{column}_follows_allocations",
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
                IF promised.state = 'terminated' AND due.due_on >= promised.closed_on THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an installment that is no longer due cannot be paid';
                END IF;
                RETURN NEW;
            """,
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
