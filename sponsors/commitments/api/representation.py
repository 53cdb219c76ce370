"""Rows as they stand in answers, made without a serializer's field machinery.

A page costs one query for each kind of nested row. The shapes are declared in `answers.py`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from foundation.money.display import plain_amount
from foundation.notices.models import Notice
from sponsors.commitments.models import Allocation, Commitment, CommitmentLine, Installment, Receipt, Term
from sponsors.commitments.rules import InstallmentState
from sponsors.commitments.selectors import Timeline

Row = dict[str, Any]
_DAY = timedelta(days=1)


def commitments(records: Sequence[Commitment], today: date) -> list[Row]:
    """Return commitments with lines, terms and installments. Three queries; records need `sponsor`."""
    currencies = {record.pk: record.currency for record in records}
    lines = _lines(currencies)
    terms = _terms(currencies)
    installments = _installments(currencies, today)
    return [
        _commitment(record, lines[record.pk], terms[record.pk], installments[record.pk]) for record in records
    ]


def _commitment(record: Commitment, lines: "_Lines", terms: list[Row], installments: "_Installments") -> Row:
    currency = record.currency
    return {
        "id": record.pk,
        "number": record.number,
        "sponsor": record.sponsor_id,
        "sponsor_name": record.sponsor.name,
        "title": record.title,
        "currency": currency,
        "starts_on": record.starts_on.isoformat(),
        "ends_on": record.ends_on.isoformat(),
        "state": record.state,
        "owner": record.owner_id,
        "backup": record.backup_id,
        "renewal_of": record.renewal_of_id,
        "announced_on": _iso(record.announced_on),
        "proposed_on": _iso(record.proposed_on),
        "signed_on": _iso(record.signed_on),
        "closed_on": _iso(record.closed_on),
        "closed_reason": record.closed_reason,
        "notes": record.notes,
        "cash": plain_amount(lines.cash, currency),
        "in_kind": plain_amount(lines.in_kind, currency),
        "received": plain_amount(installments.received, currency),
        "overdue": plain_amount(installments.overdue, currency),
        "lines": lines.rows,
        "terms": terms,
        "installments": installments.rows,
        "created_at": _iso(record.created_at),
        "updated_at": _iso(record.updated_at),
    }


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


def _lines(currencies: Mapping[int, str]) -> Mapping[int, _Lines]:
    found: dict[int, _Lines] = defaultdict(_Lines)
    for commitment, pk, position, kind, category, description, fund, amount, basis in (
        CommitmentLine.objects.filter(commitment__in=currencies)
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
                "amount": plain_amount(amount, currencies[commitment]),
                "estimate_basis": basis,
            }
        )
    return found


def _terms(currencies: Mapping[int, str]) -> Mapping[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for commitment, position, starts_on, ends_before in (
        Term.objects.filter(commitment__in=currencies)
        .order_by("commitment", "position")
        .values_list("commitment", "position", "starts_on", "ends_before")
    ):
        found[commitment].append(_term(position, starts_on, ends_before))
    return found


def _installments(currencies: Mapping[int, str], today: date) -> Mapping[int, _Installments]:
    found: dict[int, _Installments] = defaultdict(_Installments)
    # The type checker knows no annotated fields.
    with_state: Any = Installment.objects.filter(commitment__in=currencies).with_state(today)
    rows = with_state.order_by("commitment", "position").values_list(
        "commitment", "pk", "position", "term__position", "due_on", "amount", "paid", "written_off", "state"
    )
    for commitment, pk, position, term, due_on, amount, paid, written_off, state in rows:
        sums = found[commitment]
        sums.received += paid
        if state == InstallmentState.OVERDUE:
            sums.overdue += amount - paid - written_off
        sums.rows.append(
            _installment(pk, position, term, due_on, amount, paid, written_off, state, currencies[commitment])
        )
    return found


def installments(records: Iterable[Installment]) -> list[Row]:
    """Return installments. No query; records need `with_state`, term, commitment and its sponsor."""
    return [
        {
            **_installment(
                record.pk,
                record.position,
                record.term.position,
                record.due_on,
                record.amount,
                record.paid,
                record.written_off,
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
        "created_at": _iso(record.created_at),
        "updated_at": _iso(record.updated_at),
    }


def timeline(line: Timeline) -> Row:
    """Return a timeline. No query."""
    return {
        "first_year": line.years[0],
        "last_year": line.years[-1],
        "today": line.today.isoformat(),
        "commitments": [
            {
                "commitment": band.pk,
                "number": band.number,
                "title": band.title,
                "state": band.state,
                "currency": band.currency,
                "starts_on": band.starts_on.isoformat(),
                "ends_on": band.ends_on.isoformat(),
                "closed_on": _iso(band.closed_on),
                "terms": [_term(term.position, term.starts_on, term.ends_before) for term in band.terms],
                "installments": [
                    _installment(
                        row.pk,
                        row.position,
                        row.term,
                        row.due_on,
                        row.amount,
                        row.paid,
                        row.written_off,
                        row.state,
                        band.currency,
                    )
                    for row in band.installments
                ],
                "pauses": [
                    {"starts_on": pause.starts_on.isoformat(), "ends_on": pause.ends_on.isoformat()}
                    for pause in band.pauses
                ],
            }
            for band in line.bands
        ],
        "receipts": [
            {
                "id": receipt.pk,
                "received_on": receipt.received_on.isoformat(),
                "currency": receipt.currency,
                "amount": plain_amount(receipt.amount, receipt.currency),
                "source": receipt.source,
                "reference": receipt.reference,
                "is_reversed": receipt.is_reversed,
                "is_reversal": receipt.is_reversal,
                "pays": [
                    {"installment": name, "amount": plain_amount(amount, receipt.currency)}
                    for name, amount in receipt.pays
                ],
            }
            for receipt in line.receipts
        ],
        "events": [
            {
                "on": event.on.isoformat(),
                "kind": event.kind,
                "commitment": event.commitment,
                "text": event.text,
            }
            for event in line.events
        ],
    }


def _term(position: int, starts_on: date, ends_before: date) -> Row:
    return {
        "position": position,
        "starts_on": starts_on.isoformat(),
        "ends_on": (ends_before - _DAY).isoformat(),
    }


def _installment(  # noqa: PLR0917  # called for every row of a page
    pk: int,
    position: int,
    term: int,
    due_on: date,
    amount: Decimal,
    paid: Decimal,
    written_off: Decimal,
    state: str,
    currency: str,
) -> Row:
    return {
        "id": pk,
        "position": position,
        "term": term,
        "due_on": due_on.isoformat(),
        "amount": plain_amount(amount, currency),
        "paid": plain_amount(paid, currency),
        "written_off": plain_amount(written_off, currency),
        "remainder": plain_amount(amount - paid - written_off, currency),
        "state": state,
    }


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
