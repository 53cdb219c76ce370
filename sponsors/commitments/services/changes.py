"""The change that an amendment makes: planned from what shall stand, kept as data, checked, and written.

A change names the rows that go by their keys and holds those that come, so that two amendments of
different parts of one schedule do not undo each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.db.models import Max

from foundation.books.models import Fund
from sponsors.commitments.models import (
    Amendment,
    Commitment,
    CommitmentLine,
    Condition,
    Installment,
    Pause,
    Restriction,
    Term,
)
from sponsors.commitments.rules import (
    Barrier,
    CommitmentError,
    Due,
    Limit,
    NotAllowedNow,
    Period,
    RenewalTerms,
    check_barriers,
    check_from_then_on,
    check_nothing_due_in,
    check_nothing_owed_in,
    check_pauses,
    check_period,
    check_reached,
    check_renewal_terms,
    custom_schedule,
    difference,
    renumbered,
    terms_of,
)
from sponsors.commitments.services.conditions import condition_row
from sponsors.commitments.services.lines import Line, check_lines, line_of
from sponsors.commitments.services.restrictions import (
    cash_by_term,
    check_restrictions,
    limit_of,
    restriction_row,
)


@dataclass(frozen=True, slots=True)
class RenewalChange:
    """What was agreed about the end, and what is now."""

    before: RenewalTerms
    after: RenewalTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an amendment does. `ends_before` and `renewal` are None when they stay.

    A condition that comes in the place of another has its position.
    """

    ends_before: date | None = None
    lines_removed: tuple[int, ...] = ()
    lines_added: tuple[Line, ...] = ()
    installments_removed: tuple[int, ...] = ()
    installments_added: tuple[Due, ...] = ()
    pauses_removed: tuple[int, ...] = ()
    pauses_added: tuple[Period, ...] = ()
    conditions_removed: tuple[int, ...] = ()
    conditions_added: tuple[Barrier, ...] = ()
    restrictions_removed: tuple[int, ...] = ()
    restrictions_added: tuple[Limit[Fund], ...] = ()
    renewal: RenewalChange | None = None

    @property
    def is_empty(self) -> bool:
        return self == Change()


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at present, by the keys of the rows. `fixed` are the installments that no amendment changes.

    `owed` are those of them that are not wholly paid or written off; `reached` is how far conditions are met, by position.
    """

    lines: dict[int, Line]
    installments: dict[int, Due]
    pauses: dict[int, Period]
    conditions: dict[int, Barrier]
    restrictions: dict[int, Limit[Fund]]
    fixed: frozenset[int]
    owed: frozenset[int]
    reached: dict[int, Decimal]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A commitment as a change leaves it."""

    period: Period
    lines: list[Line]
    installments: list[Due]
    pauses: list[Period]
    term_of_day: dict[date, int]


def standing_of(commitment: Commitment) -> Standing:
    """Read the schedule of a commitment whose row this transaction holds. Five queries."""
    installments = list(commitment.installments.scheduled().with_fixed().order_by("due_on", "pk"))
    conditions = list(commitment.conditions.order_by("position"))
    restrictions = commitment.restrictions.select_related("fund").order_by("position")
    return Standing(
        {line.pk: line_of(line) for line in commitment.lines.select_related("fund").order_by("position")},
        {row.pk: Due(row.due_on, row.amount) for row in installments},
        {row.pk: Period(row.starts_on, row.ends_before) for row in commitment.pauses.order_by("starts_on")},
        {row.pk: row.barrier for row in conditions},
        {row.pk: limit_of(row) for row in restrictions},
        frozenset(row.pk for row in installments if row.is_fixed),
        frozenset(row.pk for row in installments if row.is_fixed and row.paid + row.written_off < row.amount),
        {row.position: row.reached for row in conditions},
    )


def plan_change(
    commitment: Commitment,
    standing: Standing,
    *,
    ends_before: date,
    lines: Sequence[Line],
    installments: Sequence[Due],
    pauses: Sequence[Period],
    conditions: Sequence[Barrier],
    restrictions: Sequence[Limit[Fund]],
    renewal: RenewalTerms,
) -> Change:
    """Return the change that leads from what stands to what is given. Raises CommitmentError."""
    exact = check_lines(lines, commitment.currency, standing=standing.lines.values())
    lines_removed, lines_added = difference(list(standing.lines.items()), exact)
    gone, come = difference(_fixed_first(standing), installments)
    pauses_removed, pauses_added = difference(list(standing.pauses.items()), pauses)
    barriers = renumbered(conditions, standing.conditions.values())
    conditions_gone, conditions_come = difference(list(standing.conditions.items()), barriers)
    limits_gone, limits_come = difference(list(standing.restrictions.items()), restrictions)
    agreed = commitment.renewal_terms
    change = Change(
        ends_before=ends_before if ends_before != commitment.ends_before else None,
        lines_removed=tuple(lines_removed),
        lines_added=tuple(lines_added),
        installments_removed=tuple(gone),
        installments_added=tuple(sorted(come, key=lambda part: (part.due_on, part.amount))),
        pauses_removed=tuple(pauses_removed),
        pauses_added=tuple(pauses_added),
        conditions_removed=tuple(conditions_gone),
        conditions_added=tuple(conditions_come),
        restrictions_removed=tuple(limits_gone),
        restrictions_added=tuple(limits_come),
        renewal=RenewalChange(agreed, renewal) if renewal != agreed else None,
    )
    if change.is_empty:
        msg = (
            f"This is how {commitment.number} stands already. Change its end, lines, installments, pauses, "
            "conditions, restrictions or renewal."
        )
        raise CommitmentError(msg, code="amendment_changes_nothing", field="installments")
    return change


def check_change(
    commitment: Commitment, standing: Standing, change: Change, *, effective_on: date
) -> Outcome:
    """Return what the change leads to. Raises CommitmentError, and NotAllowedNow when a row it removes is gone."""
    _check_still_there(commitment, standing, change)
    _check_untouched(commitment, standing, change)
    period = check_period(commitment.starts_on, change.ends_before or commitment.ends_before)
    lines = [line for key, line in standing.lines.items() if key not in change.lines_removed]
    lines += check_lines(change.lines_added, commitment.currency)
    if not lines:
        msg = "Nothing would be promised any more. Keep a line, or terminate the commitment."
        raise CommitmentError(msg, code="no_lines", field="lines")
    kept = {
        key: part for key, part in standing.installments.items() if key not in change.installments_removed
    }
    installments = [*kept.values(), *change.installments_added]
    planned = custom_schedule(
        period=period,
        total=_cash(lines),
        currency=commitment.currency,
        parts=[(part.due_on, part.amount) for part in installments],
    )
    pauses = [pause for key, pause in standing.pauses.items() if key not in change.pauses_removed]
    pauses += change.pauses_added
    check_from_then_on(
        standing.pauses.values(), pauses, effective_on=effective_on, ends_before=change.ends_before
    )
    pauses = check_pauses(pauses, period)
    unpaid = [part for key, part in kept.items() if key not in standing.fixed]
    check_nothing_due_in(pauses, [*unpaid, *change.installments_added])
    owed = [part for key, part in kept.items() if key in standing.owed]
    for pause in change.pauses_added:
        check_nothing_owed_in(pause, owed, commitment.currency)
    _check_attached(commitment, standing, change, lines, cash_by_term(period, planned))
    check_renewal_terms(change.renewal.after if change.renewal else commitment.renewal_terms, period)
    return Outcome(period, lines, installments, pauses, {part.due_on: part.term for part in planned})


def write_change(commitment: Commitment, amendment: Amendment, change: Change, outcome: Outcome) -> None:
    """Let an approved amendment remove and add rows of a commitment whose row this transaction holds."""
    CommitmentLine.objects.filter(pk__in=change.lines_removed).update(removed_by=amendment)
    Installment.objects.filter(pk__in=change.installments_removed).update(removed_by=amendment)
    Pause.objects.filter(pk__in=change.pauses_removed).update(removed_by=amendment)
    terms = _write_terms(commitment, amendment, outcome.period)
    first = _next_position(CommitmentLine.versions.filter(commitment=commitment))
    CommitmentLine.objects.bulk_create(
        CommitmentLine(
            commitment=commitment,
            added_by=amendment,
            position=position,
            kind=line.kind,
            category=line.category,
            description=line.description,
            fund=line.fund,
            amount=line.amount,
            estimate_basis=line.estimate_basis,
        )
        for position, line in enumerate(change.lines_added, start=first)
    )
    first = _next_position(Installment.versions.filter(commitment=commitment))
    Installment.objects.bulk_create(
        Installment(
            commitment=commitment,
            added_by=amendment,
            term=terms[outcome.term_of_day[part.due_on]],
            position=position,
            due_on=part.due_on,
            amount=part.amount,
        )
        for position, part in enumerate(change.installments_added, start=first)
    )
    Pause.objects.bulk_create(
        Pause(
            commitment=commitment,
            added_by=amendment,
            starts_on=pause.starts_on,
            ends_before=pause.ends_before,
        )
        for pause in change.pauses_added
    )
    _write_attached(commitment, amendment, change)
    agreed = change.renewal.after if change.renewal else commitment.renewal_terms
    commitment.ends_before = outcome.period.ends_before
    commitment.notice_days, commitment.renews_automatically = agreed.notice_days, agreed.automatically
    commitment.renewal_months = agreed.months
    commitment.amended_by = amendment
    commitment.save(
        update_fields=["ends_before", "notice_days", "renews_automatically", "renewal_months", "amended_by"]
    )


def _write_attached(commitment: Commitment, amendment: Amendment, change: Change) -> None:
    Condition.objects.filter(pk__in=change.conditions_removed).update(removed_by=amendment)
    Restriction.objects.filter(pk__in=change.restrictions_removed).update(removed_by=amendment)
    new = count(_next_position(Condition.versions.filter(commitment=commitment)))
    conditions = [
        condition_row(commitment, barrier.position or next(new), barrier)
        for barrier in change.conditions_added
    ]
    first = _next_position(Restriction.versions.filter(commitment=commitment))
    restrictions = [
        restriction_row(commitment, position, limit)
        for position, limit in enumerate(change.restrictions_added, start=first)
    ]
    for row in (*conditions, *restrictions):
        row.added_by = amendment
    Condition.objects.bulk_create(conditions)
    Restriction.objects.bulk_create(restrictions)


def _write_terms(commitment: Commitment, amendment: Amendment, period: Period) -> dict[int, Term]:
    """Let the terms tile the period, and return them by position. Terms that stay as they are keep their rows.

    What was paid in a term that changes stays in the row as it was.
    """
    wanted = dict(enumerate(terms_of(period), start=1))
    rows = {row.position: row for row in commitment.terms.all()}
    stay = {
        position: row
        for position, row in rows.items()
        if wanted.get(position) == Period(row.starts_on, row.ends_before)
    }
    gone = [row.pk for position, row in rows.items() if position not in stay]
    Term.objects.filter(pk__in=gone).update(removed_by=amendment)
    added = Term.objects.bulk_create(
        Term(
            commitment=commitment,
            added_by=amendment,
            position=position,
            starts_on=term.starts_on,
            ends_before=term.ends_before,
        )
        for position, term in wanted.items()
        if position not in stay
    )
    return stay | {term.position: term for term in added}


def _fixed_first(standing: Standing) -> list[tuple[int, Due]]:
    """Return the installments with the fixed ones first, so that of two equal ones the paid one stays."""
    return sorted(standing.installments.items(), key=lambda row: row[0] not in standing.fixed)


def _check_attached(
    commitment: Commitment,
    standing: Standing,
    change: Change,
    lines: Sequence[Line],
    cash: Mapping[int, Decimal],
) -> None:
    """Raise CommitmentError unless conditions and restrictions fit the cash as it will be."""
    barriers = [row for key, row in standing.conditions.items() if key not in change.conditions_removed]
    total = sum(cash.values(), start=Decimal(0))
    check_barriers([*barriers, *change.conditions_added], commitment.currency, total)
    for barrier in change.conditions_added:
        if barrier.position is not None:
            check_reached(barrier, standing.reached[barrier.position], commitment.currency)
    limits = [row for key, row in standing.restrictions.items() if key not in change.restrictions_removed]
    check_restrictions(
        [*limits, *change.restrictions_added],
        lines,
        cash,
        commitment.currency,
        standing=list(standing.restrictions.values()),
    )


def _check_still_there(commitment: Commitment, standing: Standing, change: Change) -> None:
    for field, gone, there in (
        ("lines", change.lines_removed, standing.lines),
        ("installments", change.installments_removed, standing.installments),
        ("pauses", change.pauses_removed, standing.pauses),
        ("conditions", change.conditions_removed, standing.conditions),
        ("restrictions", change.restrictions_removed, standing.restrictions),
        ("renewal", {change.renewal.before} if change.renewal else (), {commitment.renewal_terms}),
    ):
        if not set(gone) <= set(there):
            msg = (
                f"The {field} of {commitment.number} that this amendment changes were changed by another one "
                "meanwhile. Withdraw it and propose it anew."
            )
            raise NotAllowedNow(msg, code="changed_meanwhile", field=field)


def _check_untouched(commitment: Commitment, standing: Standing, change: Change) -> None:
    touched = sorted(set(change.installments_removed) & standing.fixed)
    if touched:
        part = standing.installments[touched[0]]
        msg = (
            f"The installment of {part.amount.normalize():,f} {commitment.currency} due on {part.due_on} was "
            "paid, invoiced or written off, and such an installment cannot change. Keep it as it is and change "
            "others, or credit its invoice first."
        )
        raise NotAllowedNow(msg, code="installment_is_fixed", field="installments")


def _cash(lines: Iterable[Line]) -> Decimal:
    return sum((line.amount for line in lines if line.kind == CommitmentLine.Kind.CASH), start=Decimal(0))


def _next_position(rows: Any) -> int:
    return int(rows.aggregate(last=Max("position"))["last"] or 0) + 1
