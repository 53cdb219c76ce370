"""Years across: terms, installments, receipts and events of one commitment or one sponsor.

Plain data, for a drawing and for the table that says the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Prefetch

from foundation.money.display import money_text
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    Installment,
    Invoice,
    Pause,
    Receipt,
    Term,
    WriteOff,
)
from sponsors.commitments.querysets import CommitmentQuerySet, ReceiptQuerySet
from sponsors.commitments.rules import (
    AmendmentState,
    InstallmentKind,
    InstallmentState,
    State,
    installment_label,
)
from sponsors.commitments.selectors.events import PROMISE_EVENTS, Event, EventKind, promise_events
from sponsors.directory.models import Sponsor

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TermSpan:
    """One term; `ends_on` is its last day."""

    position: int
    starts_on: date
    ends_before: date

    @property
    def ends_on(self) -> date:
        return self.ends_before - _DAY


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """Days on which it rests; `ends_on` is the last one."""

    starts_on: date
    ends_before: date

    @property
    def ends_on(self) -> date:
        return self.ends_before - _DAY


@dataclass(frozen=True, slots=True)
class TimelineInstallment:
    """What falls due; `description` is what a charge is for, `fund` the code of its fund."""

    pk: int
    commitment: str
    position: int
    term: int
    due_on: date
    currency: str
    amount: Decimal
    paid: Decimal
    written_off: Decimal
    remainder: Decimal
    state: InstallmentState
    kind: InstallmentKind
    description: str
    fund: str | None
    charged_on: date | None
    released_on: date | None


@dataclass(frozen=True, slots=True)
class Band:
    """One commitment: its terms side by side, with its installments above them."""

    pk: int
    number: str
    title: str
    state: State
    currency: str
    starts_on: date
    ends_before: date
    closed_on: date | None
    terms: tuple[TermSpan, ...]
    installments: tuple[TimelineInstallment, ...]
    pauses: tuple[PauseSpan, ...]

    @property
    def ends_on(self) -> date:
        return self.ends_before - _DAY


@dataclass(frozen=True, slots=True)
class TimelineReceipt:
    """Money that came, or the row that reverses it (`amount` below zero).

    `pays` names each installment it pays at present, such as C-2026-0007/2, and how much of it.
    """

    pk: int
    received_on: date
    currency: str
    amount: Decimal
    source: str
    reference: str
    is_reversed: bool
    is_reversal: bool
    pays: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table: the same facts as the drawing, in order of date."""

    on: date
    what: str
    text: str
    currency: str = ""
    amount: Decimal | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The drawing runs from 1 January of the first year up to 1 January after the last."""

    years: tuple[int, ...]
    today: date
    bands: tuple[Band, ...]
    receipts: tuple[TimelineReceipt, ...]
    events: tuple[Event, ...]

    @property
    def starts_on(self) -> date:
        return date(self.years[0], 1, 1)

    @property
    def ends_before(self) -> date:
        return date(self.years[-1] + 1, 1, 1)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(sorted(_entries(self), key=lambda entry: entry.on))


def timeline(
    commitment: Commitment,
    today: date,
    *,
    with_receipts: bool = True,
    with_claims: bool = True,
    more: Iterable[Event] = (),
) -> Timeline:
    """Return the commitment's timeline, with what was paid and with what was asked for and lost, as told.

    `more` is what later slices have to tell. At most fourteen queries.
    """
    rows = Commitment.objects.filter(pk=commitment.pk)
    receipts: Iterable[Receipt] = ()
    if with_receipts:
        paying = Allocation.objects.standing().filter(installment__commitment=commitment)
        receipts = _with_pays(Receipt.objects.filter(allocations__in=paying).distinct())
    return _timeline(rows, receipts, today, with_claims=with_claims, more=more)


def sponsor_timeline(
    sponsor: Sponsor,
    today: date,
    *,
    with_receipts: bool = True,
    with_claims: bool = True,
    more: Iterable[Event] = (),
) -> Timeline:
    """Return the timeline of all the sponsor's commitments and receipts. At most fourteen queries."""
    rows = Commitment.objects.filter(sponsor=sponsor)
    receipts = _with_pays(Receipt.objects.filter(sponsor=sponsor)) if with_receipts else ()
    return _timeline(rows, receipts, today, with_claims=with_claims, more=more)


def _with_pays(receipts: ReceiptQuerySet) -> ReceiptQuerySet:
    pays = (
        Allocation.objects.standing()
        .select_related("installment__commitment")
        .order_by("installment__due_on")
    )
    return receipts.order_by("received_on", "pk").prefetch_related(Prefetch("allocations", pays))


def _timeline(
    rows: CommitmentQuerySet,
    receipts: Iterable[Receipt],
    today: date,
    *,
    with_claims: bool,
    more: Iterable[Event],
) -> Timeline:
    claims = (
        Prefetch("invoices", Invoice.objects.order_by("pk").prefetch_related("credit_notes")),
        Prefetch("installments__write_offs", WriteOff.objects.filter(booked_on__isnull=False).order_by("pk")),
    )
    commitments: list[Commitment] = list(
        rows.select_related("renewal_of")
        .prefetch_related(
            Prefetch("terms", Term.objects.order_by("position")),
            Prefetch(
                "installments",
                Installment.objects.with_state(today).select_related("term", "fund").order_by("due_on", "pk"),
            ),
            Prefetch("renewals", Commitment.objects.order_by("pk")),
            Prefetch("pauses", Pause.objects.order_by("starts_on")),
            Prefetch("amendments", Amendment.objects.agreed().order_by("effective_on", "pk")),
            *PROMISE_EVENTS,
            *(claims if with_claims else ()),
        )
        .order_by("starts_on", "pk")
    )
    bands = tuple(_band(commitment) for commitment in commitments)
    told = (
        event
        for commitment in commitments
        for event in (
            *_events(commitment),
            *promise_events(commitment),
            *(_claims(commitment) if with_claims else ()),
        )
    )
    events = sorted((*told, *more), key=lambda event: event.on)
    money = tuple(_receipt(receipt) for receipt in receipts)
    return Timeline(_years(bands, money, events, today), today, bands, money, tuple(events))


def _years(
    bands: Iterable[Band], receipts: Iterable[TimelineReceipt], events: Iterable[Event], today: date
) -> tuple[int, ...]:
    days = [today]
    for band in bands:
        days += [band.starts_on, band.ends_on, *(row.due_on for row in band.installments)]
    days += [receipt.received_on for receipt in receipts]
    days += [event.on for event in events]
    return tuple(range(min(days).year, max(days).year + 1))


def _band(commitment: Commitment) -> Band:
    return Band(
        pk=commitment.pk,
        number=commitment.number,
        title=commitment.title,
        state=State(commitment.state),
        currency=commitment.currency,
        starts_on=commitment.starts_on,
        ends_before=commitment.ends_before,
        closed_on=commitment.closed_on,
        terms=tuple(
            TermSpan(term.position, term.starts_on, term.ends_before) for term in commitment.terms.all()
        ),
        installments=tuple(
            TimelineInstallment(
                pk=row.pk,
                commitment=commitment.number,
                position=row.position,
                term=row.term.position,
                due_on=row.due_on,
                currency=commitment.currency,
                amount=row.amount,
                paid=row.paid,
                written_off=row.written_off,
                remainder=row.remainder,
                state=InstallmentState(row.state),
                kind=InstallmentKind(row.kind),
                description=row.description,
                fund=row.fund.code if row.fund else None,
                charged_on=row.charged_on,
                released_on=row.released_on,
            )
            for row in commitment.installments.all()
        ),
        pauses=tuple(PauseSpan(pause.starts_on, pause.ends_before) for pause in commitment.pauses.all()),
    )


def _receipt(receipt: Receipt) -> TimelineReceipt:
    pays: dict[str, Decimal] = defaultdict(Decimal)
    for allocation in receipt.allocations.all():
        pays[str(allocation.installment)] += allocation.receipt_amount
    return TimelineReceipt(
        pk=receipt.pk,
        received_on=receipt.received_on,
        currency=receipt.currency,
        amount=receipt.amount,
        source=receipt.source,
        reference=receipt.reference,
        is_reversed=receipt.is_reversed,
        is_reversal=receipt.reverses_id is not None,
        pays=tuple(pays.items()),
    )


def _events(commitment: Commitment) -> Iterator[Event]:
    number = commitment.number
    for on, kind in (
        (commitment.announced_on, EventKind.ANNOUNCED),
        (commitment.proposed_on, EventKind.PROPOSED),
        (commitment.signed_on, EventKind.SIGNED),
    ):
        if on is not None:
            yield Event(on, kind, number, f"{number} {kind.label.lower()}")
    if commitment.closed_on is not None:
        reason = f": {commitment.closed_reason}" if commitment.closed_reason else ""
        closed = EventKind(commitment.state)
        yield Event(commitment.closed_on, closed, number, f"{number} {closed.label.lower()}{reason}")
    for amendment in commitment.amendments.all():
        later = "" if amendment.state == AmendmentState.APPLIED else " (takes effect then)"
        text = f"{number} amendment {amendment.number}: {amendment.reason}{later}"
        yield Event(amendment.effective_on, EventKind.AMENDED, number, text)
    for pause in commitment.pauses.all():
        yield Event(pause.starts_on, EventKind.PAUSED, number, f"{number} paused to {pause.ends_on}")
    if commitment.renewal_of is not None:
        text = f"{number} follows {commitment.renewal_of.number}"
        yield Event(commitment.starts_on, EventKind.FOLLOWS, number, text)
    for renewal in commitment.renewals.all():
        text = f"{number} followed by {renewal.number} ({renewal.get_state_display().lower()})"
        yield Event(renewal.starts_on, EventKind.FOLLOWED, number, text)


def _claims(commitment: Commitment) -> Iterator[Event]:
    """What was asked for, taken back, given up and expected again."""
    number, currency = commitment.number, commitment.currency
    for invoice in commitment.invoices.all():
        text = f"{invoice.number} over {money_text(invoice.total, currency)}"
        yield Event(invoice.issued_on, EventKind.INVOICED, number, text)
        for note in invoice.credit_notes.all():
            text = f"{note.number} takes back {money_text(note.amount, currency)} of {invoice.number}"
            yield Event(note.issued_on, EventKind.CREDITED, number, text)
    for installment in commitment.installments.all():
        for row in installment.write_offs.all():
            assert row.booked_on is not None  # only those are read
            kind = EventKind.RECOVERED if row.recovers_id else EventKind.WRITTEN_OFF
            text = f"{money_text(abs(row.amount), currency)} of {number}/{installment.position}: {row.reason}"
            yield Event(row.booked_on, kind, number, text)


def _entries(line: Timeline) -> Iterator[Entry]:
    for band in line.bands:
        for term in band.terms:
            yield Entry(term.starts_on, "Term", f"{band.number} term {term.position}, to {term.ends_on}")
        for row in band.installments:
            yield Entry(
                row.due_on,
                "Charge" if row.description else "Installment",
                f"{row.commitment}/{row.position}" + (f", {row.description}" if row.description else ""),
                row.currency,
                row.amount,
                installment_label(row.state, row.paid),
            )
    for receipt in line.receipts:
        state = "Reversed" if receipt.is_reversed else "Reversal" if receipt.is_reversal else "Received"
        pays = ", ".join(name for name, _amount in receipt.pays)
        text = f"{receipt.source} {receipt.reference}" + (f", pays {pays}" if pays else "")
        yield Entry(receipt.received_on, "Receipt", text, receipt.currency, receipt.amount, state)
    for event in line.events:
        yield Entry(event.on, event.kind.label, event.text)
