"""How far conditions are met: facts, and a sum that follows them; and notices, withdrawn once."""

import pgtrigger


def reached_follows_progress() -> list[pgtrigger.Trigger]:
    """What was reached counts for the position: a row that an amendment puts in place begins with it."""
    refusal = "RAISE integrity_constraint_violation USING MESSAGE = 'only progress changes what is reached';"
    return [
        pgtrigger.Trigger(
            name="reached_begins_with_its_progress",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func="""
                SELECT COALESCE(SUM(p.amount), 0) INTO NEW.reached
                FROM sponsors_conditionprogress p JOIN sponsors_condition c ON c.id = p.condition_id
                WHERE c.commitment_id = NEW.commitment_id AND c.position = NEW.position;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="reached_follows_progress",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__reached__df=pgtrigger.F("new__reached")),
            # Here the depth is 1 for a statement of a client, and 2 for one made by a trigger.
            func=f"IF pg_trigger_depth() < 2 THEN {refusal} END IF; RETURN NEW;",
        ),
    ]


def progress_is_a_fact() -> list[pgtrigger.Trigger]:
    """Progress is never edited or deleted; a reversal repeats it with the opposite sign and marks it.

    The condition's row is locked while it is counted, and its constraint holds the sum to the target.
    """
    return [
        pgtrigger.Protect(name="progress_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(name="progress_is_fixed", exclude=["is_reversed", "updated_at"]),
        pgtrigger.Trigger(
            name="progress_is_marked_by_its_reversal",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func="""
                IF TG_OP = 'INSERT' AND NEW.is_reversed OR TG_OP = 'UPDATE' AND NEW.is_reversed <> OLD.is_reversed
                   AND (OLD.is_reversed OR NOT EXISTS (
                        SELECT 1 FROM sponsors_conditionprogress WHERE reverses_id = OLD.id)) THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'progress is reversed by another row';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="progress_is_of_what_was_signed",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            declare=[
                ("original", "sponsors_conditionprogress%ROWTYPE"),
                ("promised", "sponsors_commitment%ROWTYPE"),
            ],
            func="""
                SELECT m.* INTO promised FROM sponsors_commitment m JOIN sponsors_condition c ON c.commitment_id = m.id
                WHERE c.id = NEW.condition_id FOR SHARE OF m;
                IF promised.signed_on IS NULL OR NEW.met_on < promised.signed_on THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a condition is met once its commitment is signed';
                END IF;
                IF NEW.reverses_id IS NULL THEN RETURN NEW; END IF;
                SELECT * INTO original FROM sponsors_conditionprogress WHERE id = NEW.reverses_id FOR UPDATE;
                IF original.reverses_id IS NOT NULL OR NEW.amount <> -original.amount
                   OR NEW.condition_id <> original.condition_id OR NEW.met_on < original.met_on THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'a reversal repeats its progress with the opposite sign';
                END IF;
                RETURN NEW;
            """,
        ),
        pgtrigger.Trigger(
            name="progress_counts",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            func="""
                UPDATE sponsors_condition SET reached = reached + NEW.amount
                WHERE removed_by_id IS NULL AND (commitment_id, position) = (
                    SELECT commitment_id, position FROM sponsors_condition WHERE id = NEW.condition_id);
                UPDATE sponsors_conditionprogress SET is_reversed = true WHERE id = NEW.reverses_id;
                RETURN NULL;
            """,
        ),
    ]


def non_renewal_is_withdrawn_once() -> list[pgtrigger.Trigger]:
    """A notice stays as it was given; it is withdrawn once, with a reason."""
    return [
        pgtrigger.Protect(name="notice_is_kept", operation=pgtrigger.Delete),
        pgtrigger.ReadOnly(
            name="notice_is_fixed",
            exclude=["withdrawn_on", "withdrawn_reason", "withdrawn_by", "updated_at"],
        ),
        pgtrigger.Trigger(
            name="notice_is_withdrawn_once",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Q(old__withdrawn_on__isnull=False),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'a notice is withdrawn once';",
        ),
    ]
