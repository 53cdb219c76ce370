"""What the database refuses once the books are closed, whichever path a write takes.

A writer of a money fact and whoever closes the books meet at one advisory lock: writers share it, a
closing waits until all of them are done, and those that come later see the closed books.
"""

import pgtrigger

# Any number that nothing else locks; the same in every transaction.
BOOKS_LOCK = 72_617_001

# A transaction that keeps to what it saw first would not see that the books were closed meanwhile.
_SEES_WHAT_IS_COMMITTED = """
            IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
                RAISE integrity_constraint_violation USING MESSAGE =
                    'what is dated in the books is written in transactions that are READ COMMITTED';
            END IF;"""


def closings_follow_each_other() -> pgtrigger.Trigger:
    """A closing moves the first open day forward, a reopening back; one at a time."""
    return pgtrigger.Trigger(
        name="closings_follow_each_other",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("standing", "date")],
        func=f"""{_SEES_WHAT_IS_COMMITTED}
            PERFORM pg_advisory_xact_lock({BOOKS_LOCK});
            SELECT open_from INTO standing FROM foundation_closing ORDER BY id DESC LIMIT 1;
            -- The number that came with the row may be older than that of a row committed while it waited.
            NEW.id := nextval(pg_get_serial_sequence('foundation_closing', 'id'));
            IF NEW.kind = 'close' AND NEW.open_from <= standing
               OR NEW.kind = 'reopen' AND (standing IS NULL OR NEW.open_from >= standing) THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('the books are open from %s', standing);
            END IF;
            RETURN NEW;
        """,  # noqa: S608  # a number of our own
    )


def never_emptied() -> pgtrigger.Trigger:
    """Refuse TRUNCATE, of this table or of one it hangs on: no other trigger sees what goes then.

    Benchmarks, which begin anew, say so by the setting `bursar.may_truncate`.
    """
    return pgtrigger.Trigger(
        name="never_emptied",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func="""
            IF current_setting('bursar.may_truncate', true) IS DISTINCT FROM 'on' THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('%s is never emptied', TG_TABLE_NAME);
            END IF;
            RETURN NULL;
        """,
    )


def fixed_when_closed(day: str, *, exempt: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Refuse every write of a row whose column `day` is, or was, before the first open day.

    An update that changes nothing but the `exempt` columns passes: sums that later rows add to, and
    marks that later rows set. A row without a day is no money fact yet.
    """
    unchanged = ""
    if exempt:
        kept = "\n".join(f"as_it_was.{column} := OLD.{column};" for column in (*exempt, "updated_at"))
        unchanged = f"""
            IF TG_OP = 'UPDATE' THEN
                as_it_was := NEW;
                {kept}
                IF as_it_was IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
            END IF;"""
    return pgtrigger.Trigger(
        name="fixed_when_closed",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("standing", "date"), ("first_day", "date"), ("as_it_was", "record")],
        func=f"""{unchanged}{_SEES_WHAT_IS_COMMITTED}
            PERFORM pg_advisory_xact_lock_shared({BOOKS_LOCK});
            SELECT open_from INTO standing FROM foundation_closing ORDER BY id DESC LIMIT 1;
            IF TG_OP = 'INSERT' THEN first_day := NEW.{day};
            ELSIF TG_OP = 'DELETE' THEN first_day := OLD.{day};
            ELSE first_day := LEAST(OLD.{day}, NEW.{day}); END IF;
            IF first_day < standing THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('the books are closed before %s', standing);
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
        """,  # noqa: S608  # names of columns from code
    )


def dated_in_open_books(day: str, *, only_when: str = "", when_it_becomes: str = "") -> pgtrigger.Trigger:
    """Refuse setting the column `day` to a day whose books are closed; the row's other columns are free.

    `only_when` limits it to rows whose `state` it is. With `when_it_becomes` the day was set before
    and counts from the moment that the row's `state` becomes that.
    """
    condition = pgtrigger.Q(**{f"old__{day}__df": pgtrigger.F(f"new__{day}")})
    if when_it_becomes:
        condition = ~pgtrigger.Q(old__state=when_it_becomes) & pgtrigger.Q(new__state=when_it_becomes)
    if only_when:
        condition &= pgtrigger.Q(new__state=only_when)
    return pgtrigger.Trigger(
        name=f"{day}_is_in_open_books",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=condition,
        declare=[("standing", "date")],
        func=f"""{_SEES_WHAT_IS_COMMITTED}
            PERFORM pg_advisory_xact_lock_shared({BOOKS_LOCK});
            SELECT open_from INTO standing FROM foundation_closing ORDER BY id DESC LIMIT 1;
            IF NEW.{day} < standing THEN
                RAISE integrity_constraint_violation USING MESSAGE = format('the books are closed before %s', standing);
            END IF;
            RETURN NEW;
        """,  # noqa: S608  # names of columns from code
    )
