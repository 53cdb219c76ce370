"""What settled an installment: the money that paid it, what asked for it, and what was given up."""

from dataclasses import dataclass
from datetime import date

from sponsors.commitments.models import Allocation, Installment, Invoice, InvoiceLine, WriteOff


@dataclass(frozen=True, slots=True)
class Settling:
    """None: not looked for. Allocations that were taken back are left out; invoices have their `state`."""

    allocations: tuple[Allocation, ...] | None
    lines: tuple[tuple[InvoiceLine, Invoice], ...] | None
    write_offs: tuple[WriteOff, ...] | None


def settling(
    installment: Installment, today: date, *, receipts: bool, invoices: bool, write_offs: bool
) -> Settling:
    """Return what is asked for, each in the order in which it was written. At most four queries."""
    return Settling(
        _allocations(installment) if receipts else None,
        _lines(installment, today) if invoices else None,
        tuple(WriteOff.objects.filter(installment=installment).order_by("pk")) if write_offs else None,
    )


def _allocations(installment: Installment) -> tuple[Allocation, ...]:
    rows = Allocation.objects.standing().filter(installment=installment)
    return tuple(rows.select_related("receipt").order_by("pk"))


def _lines(installment: Installment, today: date) -> tuple[tuple[InvoiceLine, Invoice], ...]:
    lines = list(installment.invoice_lines.order_by("pk"))
    found = Invoice.objects.with_state(today).in_bulk([line.invoice_id for line in lines])
    return tuple((line, found[line.invoice_id]) for line in lines)
