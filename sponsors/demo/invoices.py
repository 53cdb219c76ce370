"""What was asked of those who pay late: invoices, one credited, one debt given up and one expected again.

And of one that had a booth beside what it promised.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sponsors.commitments import services as commitments
from sponsors.commitments.models import Installment, Invoice
from sponsors.demo.catalog import Habit
from sponsors.demo.history import Agreement

if TYPE_CHECKING:
    from sponsors.demo.load import World

# Whoever pays at once is not asked.
ASKED = {Habit.SLOW, Habit.PARTIAL, Habit.SILENT}
AHEAD = timedelta(days=30)
ASKED_SINCE = timedelta(days=720)
SILENT = "Sandpiper Logistics"
EXHIBITOR = "Larkspur Cloud"


def asked_for(agreement: Agreement, as_of: date) -> Iterator[tuple[date, date]]:
    """Return the days on which an invoice was issued, each with the due date of its installment."""
    if agreement.company.habit in ASKED:
        for due_on in agreement.due_dates:
            day = max(due_on - AHEAD, agreement.signed_on)
            if as_of - ASKED_SINCE <= day <= as_of:
                yield day, due_on


def issue(world: "World", agreement: Agreement, day: date, due_on: date) -> None:
    """Issue the invoice on its day; those of the last days are mailed."""
    commitment = world.signed[agreement.company.name, agreement.sequence]
    commitments.issue_invoice(
        actor=world.treasurer,
        request=commitments.InvoiceRequest(
            commitment=commitment,
            installments=list(commitment.installments.filter(due_on=due_on)),
            purchase_order=f"PO-{due_on:%y%m}" if agreement.company.habit is Habit.SLOW else "",
        ),
        today=day,
        mail=world.as_of - day <= AHEAD,
    )


def play(world: "World") -> None:
    """Write what happened to invoices afterwards."""
    _credited_and_issued_again(world)
    _given_up(world)
    _booth(world)


def _booth(world: "World") -> None:
    """The exhibitor takes a booth at the conference, which no schedule promises."""
    commitment = world.sponsors[EXHIBITOR].commitments.in_force(world.as_of).order_by("pk").last()
    if commitment is not None:
        commitments.issue_invoice(
            actor=world.treasurer,
            request=commitments.InvoiceRequest(
                commitment=commitment,
                free_lines=[
                    commitments.FreeLine(
                        description="Booth at the conference",
                        amount=Decimal(7_500),
                        fund=world.funds["general"],
                    ),
                    commitments.FreeLine(
                        description="Power and network for the booth, at cost",
                        amount=Decimal("412.50"),
                        fund=world.funds["general"],
                    ),
                ],
                due_on=world.as_of + AHEAD,
            ),
            today=world.as_of,
        )


def _credited_and_issued_again(world: "World") -> None:
    """The newest open invoice went to the wrong office."""
    others = Invoice.objects.exclude(commitment__sponsor=world.sponsors[SILENT])
    wrong = others.to_be_paid().order_by("-pk").first()
    if wrong is None:
        return
    commitments.credit_invoice(
        actor=world.treasurer, invoice=wrong, reason="Billed to the wrong office.", today=world.as_of
    )
    commitments.issue_invoice(
        actor=world.treasurer,
        request=commitments.InvoiceRequest(
            commitment=wrong.commitment,
            installments=[line.installment for line in wrong.lines.all()],
            note="Takes the place of the invoice that went to the wrong office.",
        ),
        today=world.as_of,
    )


def _given_up(world: "World") -> None:
    """Of the silent one's debt the oldest is given up, and of the next a part that is expected again."""
    overdue = Installment.objects.overdue(world.as_of).filter(commitment__sponsor=world.sponsors[SILENT])
    for number, installment in enumerate(overdue.order_by("due_on", "pk")[:2]):
        proposal = commitments.propose_write_off(
            actor=world.treasurer,
            installment=installment,
            amount=installment.remainder if number == 0 else installment.remainder / 2,
            reason="No answer to five reminders.",
        )
        write_off = commitments.approve_write_off(
            actor=world.people["administrator"],
            write_off=proposal,
            today=world.as_of,
            booked_on=max(installment.due_on, world.as_of - timedelta(days=40)),
        )
        if number:
            commitments.recover_write_off(
                actor=world.treasurer,
                write_off=write_off,
                reason="Their new owner promised to pay.",
                today=world.as_of,
            )
