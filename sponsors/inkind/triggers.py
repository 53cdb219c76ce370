"""What the database itself sees to, whichever path a write takes."""

import pgtrigger

from sponsors.inkind.rules import ValuationState


def valuation_is_fixed_once_approved() -> list[pgtrigger.Trigger]:
    """What is approved is kept as it is; only that it was reversed is marked."""
    approved = f"'{ValuationState.APPROVED}', '{ValuationState.REVERSED}'"
    return [
        pgtrigger.Trigger(
            name="approved_valuation_is_kept",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            condition=pgtrigger.Condition(f"OLD.state IN ({approved})"),
            func="RAISE integrity_constraint_violation USING MESSAGE = 'an approved valuation is kept';",
        ),
        pgtrigger.Trigger(
            name="approved_valuation_is_fixed",
            when=pgtrigger.Before,
            operation=pgtrigger.Update,
            condition=pgtrigger.Condition(f"OLD.state IN ({approved})"),
            declare=[("as_it_was", "record")],
            func=f"""
                as_it_was := NEW;
                as_it_was.updated_at := OLD.updated_at;
                IF OLD.state = '{ValuationState.APPROVED}' AND NEW.state = '{ValuationState.REVERSED}' THEN
                    as_it_was.state := OLD.state;
                END IF;
                IF as_it_was IS DISTINCT FROM OLD THEN
                    RAISE integrity_constraint_violation USING MESSAGE = 'an approved valuation does not change';
                END IF;
                RETURN NEW;
            """,
        ),
    ]


def row_is_of_a_draft() -> list[pgtrigger.Trigger]:
    """What a valuation was made of comes and goes with its draft, and is never edited; then it is fixed with it."""
    return [
        pgtrigger.Protect(name="row_is_not_edited", operation=pgtrigger.Update),
        pgtrigger.Trigger(
            name="row_is_of_a_draft",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Delete,
            declare=[("standing", "varchar")],
            func=f"""
                SELECT state INTO standing FROM sponsors_valuation
                WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.valuation_id ELSE NEW.valuation_id END FOR SHARE;
                IF standing <> '{ValuationState.DRAFT}' THEN
                    RAISE integrity_constraint_violation USING MESSAGE =
                        'what a valuation was made of changes while it is a draft alone';
                END IF;
                IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
            """,  # noqa: S608  # a word of our own
        ),
    ]
