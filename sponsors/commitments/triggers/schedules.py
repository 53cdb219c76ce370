"""What is promised and when it falls due: fixed once proposed, and changed by amendments alone."""

import pgtrigger

from sponsors.commitments.rules import AMENDMENT_TRANSITIONS, TRANSITIONS, AmendmentState, State


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
        _cash_covers_what_depends_on_it(
            "NEW.id", pgtrigger.Q(old__state=State.DRAFT, new__state=State.PROPOSED)
        ),
        pgtrigger.Trigger(
            name="commitment_is_fixed_after_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=~pgtrigger.Q(old__state=State.DRAFT),
            func="""
                IF (NEW.number, NEW.currency, NEW.starts_on, NEW.renewal_of_id)
                   IS DISTINCT FROM (OLD.number, OLD.currency, OLD.starts_on, OLD.renewal_of_id)
                   OR (NEW.ends_before, NEW.notice_days, NEW.renews_automatically, NEW.renewal_months)
                      IS DISTINCT FROM (OLD.ends_before, OLD.notice_days, OLD.renews_automatically, OLD.renewal_months)
                   AND NEW.amended_by_id IS NOT DISTINCT FROM OLD.amended_by_id THEN
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
        pgtrigger.Trigger(
            name="commitment_is_amended_by_its_own",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__amended_by__df=pgtrigger.F("new__amended_by")),
            func="""
                IF NEW.state <> 'signed' OR NOT EXISTS (
                    SELECT 1 FROM sponsors_amendment
                    WHERE id = NEW.amended_by_id AND commitment_id = NEW.id AND state = 'approved') THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a signed commitment is amended by an approved amendment of its own';
                END IF;
                RETURN NEW;
            """,
        ),
        moves_only_by_merge("commitment_moves_only_by_merge", ~pgtrigger.Q(old__state=State.DRAFT)),
    ]


def _cash_covers_what_depends_on_it(commitment: str, condition: pgtrigger.Q) -> pgtrigger.Trigger:
    """What depends on a condition and what is restricted is cash that is promised; the rules say more."""
    func = """
        IF EXISTS (
            SELECT 1 FROM (SELECT COALESCE(SUM(amount), 0) AS promised FROM sponsors_commitmentline
                           WHERE commitment_id = {commitment} AND kind = 'cash' AND removed_by_id IS NULL) AS cash
            WHERE cash.promised < (SELECT MAX(amount) FROM sponsors_condition
                                   WHERE commitment_id = {commitment} AND removed_by_id IS NULL)
               OR cash.promised < (SELECT SUM(amount) FROM sponsors_restriction
                                   WHERE commitment_id = {commitment} AND removed_by_id IS NULL))
           OR EXISTS (SELECT 1 FROM sponsors_restriction
                      WHERE commitment_id = {commitment} AND removed_by_id IS NULL
                      GROUP BY term HAVING SUM(percent) > 100) THEN
            RAISE integrity_constraint_violation USING MESSAGE = 'conditions or restrictions exceed the cash';
        END IF;
        RETURN NEW;
    """
    return pgtrigger.Trigger(
        name="cash_covers_what_depends_on_it",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=condition,
        func=func.replace("{commitment}", commitment),
    )


def moves_only_by_merge(name: str, condition: pgtrigger.Q) -> pgtrigger.Trigger:
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


# An insertion or a removal is a write of its commitment's draft, or of an approved amendment of its own.
_BY_AMENDMENT = """
            IF TG_OP = 'INSERT' THEN promised_id := NEW.commitment_id; by_id := NEW.added_by_id;
            ELSE promised_id := OLD.commitment_id; END IF;
            IF TG_OP = 'UPDATE' AND OLD.removed_by_id IS NULL THEN
                as_it_was := NEW;
                as_it_was.removed_by_id := NULL;
                as_it_was.updated_at := OLD.updated_at;
                IF as_it_was IS NOT DISTINCT FROM OLD THEN by_id := NEW.removed_by_id; END IF;
            END IF;
            IF by_id IS NOT NULL AND (TG_OP = 'UPDATE' OR NEW.removed_by_id IS NULL) THEN
                PERFORM 1 FROM sponsors_amendment
                WHERE id = by_id AND commitment_id = promised_id AND state = 'approved' FOR SHARE;
                IF NOT FOUND THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a schedule is changed by an approved amendment of its own commitment';
                END IF;{untouched}
                RETURN NEW;
            END IF;
            SELECT state INTO promised_state FROM sponsors_commitment WHERE id = promised_id FOR SHARE;
            IF promised_state <> 'draft' OR (TG_OP = 'UPDATE' AND NEW.commitment_id <> OLD.commitment_id)
               OR TG_OP <> 'DELETE' AND (NEW.added_by_id, NEW.removed_by_id) IS DISTINCT FROM (NULL::bigint, NULL::bigint) THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('the schedule of a %s commitment is fixed', promised_state);
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
        """
# What a charge follows is said in `charge_follows_its_invoice`.
_CHARGES_COME = """
            IF TG_OP = 'INSERT' AND NEW.kind = 'charge' THEN RETURN NEW; END IF;"""
# That what is paid or written off stays is a constraint.
_INVOICED_STAYS = """
                IF TG_OP = 'UPDATE' AND EXISTS (
                    SELECT 1 FROM sponsors_invoiceline WHERE installment_id = OLD.id AND stands) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an installment on an invoice cannot change';
                END IF;"""


def changes_by_amendment() -> list[pgtrigger.Trigger]:
    """Rows of a schedule change freely while their commitment is a draft, and then by amendments alone.

    An approved amendment adds rows and marks others as removed, and must be in effect when the
    transaction ends. The share locks make a writer wait for whoever is proposing the commitment or
    withdrawing the amendment at this moment.
    """
    return _changes_by_amendment("", "")


def installment_changes_by_amendment() -> list[pgtrigger.Trigger]:
    """As others change, but what is invoiced stays; what changes `paid` and `written_off` is for `sum_follows`."""
    return _changes_by_amendment(
        _CHARGES_COME + _sums_may_change("paid", "written_off", "released_on"), _INVOICED_STAYS
    )


def condition_changes_by_amendment() -> list[pgtrigger.Trigger]:
    """As others change; what changes `reached` is for `reached_follows_progress`."""
    return _changes_by_amendment(_sums_may_change("reached"), "")


def _sums_may_change(*columns: str) -> str:
    """Let an update pass that changes nothing but sums of later rows."""
    new, old = (", ".join(f"{row}.{column}" for column in columns) for row in ("NEW", "OLD"))
    kept = "".join(f"as_it_was.{column} := OLD.{column}; " for column in (*columns, "updated_at"))
    return f"""
            IF TG_OP = 'UPDATE' AND ({new}) IS DISTINCT FROM ({old}) THEN
                as_it_was := NEW;
                {kept}
                IF as_it_was IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
            END IF;"""


def _changes_by_amendment(first: str, untouched: str) -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.Trigger(
            name="frozen_after_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            declare=[
                ("promised_id", "bigint"),
                ("by_id", "bigint"),
                ("promised_state", "text"),
                ("as_it_was", "record"),
            ],
            func=first + _BY_AMENDMENT.replace("{untouched}", untouched),
        ),
        pgtrigger.Trigger(
            name="amendment_is_in_effect",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            timing=pgtrigger.Deferred,
            condition=pgtrigger.Q(new__added_by__isnull=False) | pgtrigger.Q(new__removed_by__isnull=False),
            func="""
                IF EXISTS (SELECT 1 FROM sponsors_amendment
                           WHERE id IN (NEW.added_by_id, NEW.removed_by_id) AND state <> 'applied') THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a schedule changes when its amendment takes effect';
                END IF;
                RETURN NULL;
            """,
        ),
    ]


def amendment_takes_effect_once() -> list[pgtrigger.Trigger]:
    """What an amendment changes is fixed from the start; in effect, the schedule sums up and stays."""
    return [
        pgtrigger.Protect(name="amendment_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="amendment_is_fixed",
            fields=["commitment", "number", "effective_on", "reason", "change", "proposed_by", "proposed_on"],
        ),
        pgtrigger.Trigger(
            name="amendment_begins_as_proposed",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            condition=~pgtrigger.Q(new__state=AmendmentState.PROPOSED),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'an amendment begins as a proposal';",
        ),
        pgtrigger.FSM(
            name="amendment_moves_by_the_table",
            field="state",
            transitions=[(str(start), str(end)) for (start, _action), end in AMENDMENT_TRANSITIONS.items()],
        ),
        pgtrigger.Trigger(
            name="amendment_sums_up",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__state=AmendmentState.APPROVED, new__state=AmendmentState.APPLIED),
            func="""
                IF NOT EXISTS (SELECT 1 FROM sponsors_commitment
                               WHERE id = NEW.commitment_id AND amended_by_id = NEW.id AND state = 'signed') THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an amendment takes effect on its signed commitment';
                END IF;
                IF (SELECT COALESCE(SUM(amount), 0) FROM sponsors_commitmentline
                    WHERE commitment_id = NEW.commitment_id AND kind = 'cash' AND removed_by_id IS NULL)
                   <> (SELECT COALESCE(SUM(amount), 0) FROM sponsors_installment
                       WHERE commitment_id = NEW.commitment_id AND removed_by_id IS NULL
                         AND kind = 'scheduled') THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'the installments do not sum to the cash lines';
                END IF;
                RETURN NEW;
            """,
        ),
        _cash_covers_what_depends_on_it(
            "NEW.commitment_id",
            pgtrigger.Q(old__state=AmendmentState.APPROVED, new__state=AmendmentState.APPLIED),
        ),
    ]


def pauses_are_apart() -> pgtrigger.Trigger:
    """Checked when the transaction ends, on the rows as they are then.

    An amendment may remove one pause and add another in its place.
    """
    return pgtrigger.Trigger(
        name="pauses_are_apart",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func="""
            IF EXISTS (
                SELECT 1 FROM sponsors_pause AS one JOIN sponsors_pause AS other
                    ON other.commitment_id = one.commitment_id AND other.id <> one.id
                WHERE one.id = NEW.id AND one.removed_by_id IS NULL AND other.removed_by_id IS NULL
                  AND other.starts_on < one.ends_before AND other.ends_before > one.starts_on) THEN
                RAISE integrity_constraint_violation USING MESSAGE = 'pauses of a commitment do not overlap';
            END IF;
            RETURN NULL;
        """,
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
