"""Rows as they stand in answers, made without a serializer's field machinery.

A page costs one query for each kind of nested row. The shapes are declared in `answers.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models.expressions import RawSQL

from foundation.money.display import plain_amount
from foundation.notices.models import Notice
from sponsors.commitments.models import Allocation, Commitment, CommitmentLine, Installment, Receipt, Term
from sponsors.commitments.rules import InstallmentState, installment_state
from sponsors.commitments.selectors import TimelineInstallment

Row = dict[str, Any]
_DAY = timedelta(days=1)


def commitments(records: Sequence[Commitment], today: date) -> list[Row]:
    """Return commitments with lines, terms and installments. Three queries; records need `sponsor_name`."""
    known = {record.pk: record for record in records}
    lines = _lines(known)
    terms, positions = _terms(known)
    installments = _installments(known, positions, today)
    return [
        _commitment(record, lines[record.pk], terms[record.pk], installments[record.pk]) for record in records
    ]


def _commitment(record: Commitment, lines: "_Lines", terms: list[Row], installments: "_Installments") -> Row:
    currency = record.currency
    return {
        "id": record.pk,
        "number": record.number,
        "sponsor": record.sponsor_id,
        "sponsor_name": record.sponsor_name,
        "title": record.title,
        "currency": currency,
        "starts_on": record.starts_on.isoformat(),
        "ends_on": record.ends_on.isoformat(),
        "state": record.state,
        "owner": record.owner_id,
        "backup": record.backup_id,
        "renewal_of": record.renewal_of_id,
        "notice_days": record.notice_days,
        "notice_on": None if record.notice_days is None else record.notice_on.isoformat(),
        "renews_automatically": record.renews_automatically,
        "renewal_months": record.renewal_months,
        "announced_on": iso(record.announced_on),
        "proposed_on": iso(record.proposed_on),
        "signed_on": iso(record.signed_on),
        "closed_on": iso(record.closed_on),
        "closed_reason": record.closed_reason,
        "notes": record.notes,
        "cash": plain_amount(lines.cash, currency),
        "in_kind": plain_amount(lines.in_kind, currency),
        "received": plain_amount(installments.received, currency),
        "overdue": plain_amount(installments.overdue, currency),
        "lines": lines.rows,
        "terms": terms,
        "installments": installments.rows,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


class _Due(NamedTuple):
    """What an answer says of an installment beside its state and the position of its term."""

    pk: int
    position: int
    kind: str
    description: str
    fund: str | None
    charged_on: date | None
    released_on: date | None
    due_on: date
    amount: Decimal
    paid: Decimal
    written_off: Decimal


_COLUMNS = tuple("fund__code" if name == "fund" else name for name in _Due._fields)


def due_row(row: Installment | TimelineInstallment, fund: str | None) -> _Due:
    return _Due._make(fund if name == "fund" else getattr(row, name) for name in _Due._fields)


class _Lines:
    """The lines of one commitment and their sums."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.cash = Decimal(0)
        self.in_kind = Decimal(0)


class _Installments:
    """The installments of one commitment and their sums."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.received = Decimal(0)
        self.overdue = Decimal(0)


def _any_of(keys: Iterable[int]) -> RawSQL:
    """Return the keys as a single parameter: to bind a hundred takes longer than to look them up."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


def _lines(known: Mapping[int, Commitment]) -> Mapping[int, _Lines]:
    found: dict[int, _Lines] = defaultdict(_Lines)
    for commitment, pk, position, kind, category, description, fund, amount, basis in (
        CommitmentLine.objects.filter(commitment__in=_any_of(known))
        .order_by("commitment", "position")
        .values_list(
            "commitment",
            "pk",
            "position",
            "kind",
            "category",
            "description",
            "fund__code",
            "amount",
            "estimate_basis",
        )
    ):
        lines = found[commitment]
        if kind == CommitmentLine.Kind.CASH:
            lines.cash += amount
        else:
            lines.in_kind += amount
        lines.rows.append(
            {
                "id": pk,
                "position": position,
                "kind": kind,
                "category": category,
                "description": description,
                "fund": fund,
                "amount": plain_amount(amount, known[commitment].currency),
                "estimate_basis": basis,
            }
        )
    return found


def _terms(known: Mapping[int, Commitment]) -> tuple[Mapping[int, list[Row]], Mapping[int, int]]:
    """Return the standing terms of each commitment, and the position of each term.

    What was paid stays in the row of a term that an amendment has replaced, so every version has a position.
    """
    found: dict[int, list[Row]] = defaultdict(list)
    positions: dict[int, int] = {}
    for commitment, pk, position, starts_on, ends_before, removed in (
        Term.versions.filter(commitment__in=_any_of(known))
        .order_by("commitment", "position")
        .values_list("commitment", "pk", "position", "starts_on", "ends_before", "removed_by")
    ):
        positions[pk] = position
        if not removed:
            found[commitment].append(term_row(position, starts_on, ends_before))
    return found, positions


def _installments(
    known: Mapping[int, Commitment], positions: Mapping[int, int], today: date
) -> Mapping[int, _Installments]:
    found: dict[int, _Installments] = defaultdict(_Installments)
    # Joins to the commitment and the term, and the state reckoned by the database, would ask for
    # what is already here.
    rows = Installment.objects.filter(commitment__in=_any_of(known)).order_by("commitment", "position")
    for commitment_id, term, *values in rows.values_list("commitment", "term", *_COLUMNS):
        row = _Due(*values)
        commitment = known[commitment_id]
        state = installment_state(
            amount=row.amount,
            paid=row.paid,
            written_off=row.written_off,
            due_on=row.due_on,
            today=today,
            commitment_state=commitment.state,
            closed_on=commitment.closed_on,
            kind=row.kind,
            released_on=row.released_on,
        )
        sums = found[commitment_id]
        sums.received += row.paid
        if state is InstallmentState.OVERDUE:
            sums.overdue += row.amount - row.paid - row.written_off
        sums.rows.append(installment_row(row, positions[term], state.value, commitment.currency))
    return found


def installments(records: Iterable[Installment]) -> list[Row]:
    """Return installments. No query; records need `with_state`, term, fund, commitment and its sponsor."""
    return [
        {
            **installment_row(
                due_row(record, record.fund.code if record.fund else None),
                record.term.position,
                record.state,
                record.commitment.currency,
            ),
            "commitment": record.commitment_id,
            "commitment_number": record.commitment.number,
            "sponsor": record.commitment.sponsor_id,
            "sponsor_name": record.commitment.sponsor.name,
            "currency": record.commitment.currency,
        }
        for record in records
    ]


def receipts(records: Sequence[Receipt]) -> list[Row]:
    """Return receipts with their allocations. Two queries; records need `sponsor`."""
    currencies = {record.pk: record.currency for record in records}
    allocations: dict[int, list[Row]] = defaultdict(list)
    for (
        receipt,
        pk,
        installment,
        commitment,
        number,
        position,
        currency,
        amount,
        used,
        rate,
        rate_on,
        difference,
        day,
    ) in (
        Allocation.objects.filter(receipt__in=currencies)
        .standing()
        .order_by("installment__due_on", "pk")
        .values_list(
            "receipt",
            "pk",
            "installment",
            "installment__commitment",
            "installment__commitment__number",
            "installment__position",
            "installment__commitment__currency",
            "amount",
            "receipt_amount",
            "rate",
            "rate_on",
            "difference",
            "booked_on",
        )
    ):
        allocations[receipt].append(
            {
                "id": pk,
                "installment": installment,
                "commitment": commitment,
                "commitment_number": number,
                "position": position,
                "amount": plain_amount(amount, currency),
                "currency": currency,
                "used": plain_amount(used, currencies[receipt]),
                "rate": None if rate is None else f"{rate.normalize():f}",
                "rate_on": None if rate_on is None else rate_on.isoformat(),
                "difference": plain_amount(difference, currency),
                "booked_on": day.isoformat(),
            }
        )
    acknowledged = set(
        Notice.objects.filter(
            subject_type="sponsors.receipt", subject_pk__in=currencies, kind="receipt_acknowledgment"
        ).values_list("subject_pk", flat=True)
    )
    return [_receipt(record, allocations[record.pk], record.pk in acknowledged) for record in records]


def _receipt(record: Receipt, allocations: list[Row], acknowledged: bool) -> Row:  # noqa: FBT001  # one private caller
    stands = not record.is_reversed and record.reverses_id is None
    credit = record.amount - record.allocated if stands else Decimal(0)
    return {
        "id": record.pk,
        "sponsor": record.sponsor_id,
        "sponsor_name": record.sponsor.name,
        "received_on": record.received_on.isoformat(),
        "amount": plain_amount(record.amount, record.currency),
        "currency": record.currency,
        "method": record.method,
        "source": record.source,
        "reference": record.reference,
        "payer": record.payer,
        "note": record.note,
        "corrects_on": record.corrects_on.isoformat() if record.corrects_on else None,
        "recorded_by": record.recorded_by_id,
        "reverses": record.reverses_id,
        "is_reversed": record.is_reversed,
        "is_acknowledged": acknowledged,
        "allocated": plain_amount(record.allocated, record.currency),
        "unapplied": plain_amount(credit, record.currency),
        "allocations": allocations,
        "created_at": iso(record.created_at),
        "updated_at": iso(record.updated_at),
    }


def term_row(position: int, starts_on: date, ends_before: date) -> Row:
    return {
        "position": position,
        "starts_on": starts_on.isoformat(),
        "ends_on": (ends_before - _DAY).isoformat(),
    }


def installment_row(row: _Due, term: int, state: str, currency: str) -> Row:
    return {
        "id": row.pk,
        "position": row.position,
        "kind": row.kind,
        "description": row.description,
        "fund": row.fund,
        "charged_on": iso(row.charged_on),
        "released_on": iso(row.released_on),
        "term": term,
        "due_on": row.due_on.isoformat(),
        "amount": plain_amount(row.amount, currency),
        "paid": plain_amount(row.paid, currency),
        "written_off": plain_amount(row.written_off, currency),
        "remainder": plain_amount(row.amount - row.paid - row.written_off, currency),
        "state": state,
    }


def iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
