"""Writes the schedules of a file: in batches, by the rules that `revise_draft` holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Prefetch

from foundation.audit.actions import acting
from foundation.imports.kinds import Tell
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine, Installment, Restriction, Term
from sponsors.commitments.querysets import CommitmentQuerySet
from sponsors.commitments.rules import CommitmentError, Period, Planned, State
from sponsors.commitments.services.lines import check_lines, line_of
from sponsors.commitments.services.restrictions import cash_by_term, check_restrictions, limit_of
from sponsors.commitments.services.schedules import installment_rows, plan_cash

Parts = list[tuple[date, Decimal]]

# Few statements, and a progress that moves.
AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The new schedule of a draft, checked already."""

    commitment: int
    parts: Parts
    rows: int


def with_what_bears_on_dates() -> CommitmentQuerySet:
    """Return commitments with all that `plan_dates` looks at, in a fixed number of queries."""
    return Commitment.objects.prefetch_related(
        Prefetch("lines", CommitmentLine.objects.select_related("fund").order_by("position")),
        Prefetch("restrictions", Restriction.objects.select_related("fund").order_by("position")),
        Prefetch("terms", Term.objects.order_by("position")),
    )


def plan_dates(commitment: Commitment, parts: Parts) -> list[Planned]:
    """Return the installments that the draft would have. Raises CommitmentError."""
    if commitment.state != State.DRAFT:
        label = State(commitment.state).label.lower()
        msg = f"{commitment.number} is {label}, so its schedule is fixed. Leave it out, or revise it first."
        raise CommitmentError(msg, code="terms_are_fixed", field="commitment")
    period = Period(commitment.starts_on, commitment.ends_before)
    lines = check_lines([line_of(row) for row in commitment.lines.all()], commitment.currency)
    planned = plan_cash(period, commitment.currency, lines, parts)
    limits = [limit_of(row) for row in commitment.restrictions.all()]
    check_restrictions(limits, lines, cash_by_term(period, planned), commitment.currency)
    return planned


def write_dates(dates: Sequence[Dates], *, actor: User, done: int, tell: Tell) -> None:
    """Give drafts of one file their installments; terms stay, for the period does.

    Whether each still is the draft it was planned for is asked again with its row locked. Raises
    CommitmentError.
    """
    keys = [each.commitment for each in dates]
    locked = with_what_bears_on_dates().filter(pk__in=keys).order_by("pk").select_for_update()
    drafts = {draft.pk: draft for draft in locked}
    for start in range(0, len(dates), AT_ONCE):
        batch = dates[start : start + AT_ONCE]
        rows = [row for each in batch for row in _rows(drafts[each.commitment], each.parts)]
        with acting("commitment.revise_draft", actor=actor):
            of_batch = Commitment.objects.filter(pk__in=[each.commitment for each in batch])
            Installment.objects.filter(commitment__in=of_batch).delete()
            Installment.objects.bulk_create(rows)
            # Another version of the draft, for whoever is changing it.
            of_batch.update(currency=F("currency"))
        done += sum(each.rows for each in batch)
        tell(done)


def _rows(draft: Commitment, parts: Parts) -> list[Installment]:
    return installment_rows(draft, list(draft.terms.all()), plan_dates(draft, parts))
