"""An account at a bank with two statements: the older one worked through, the newer one waiting."""

import csv
import io
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sponsors.banking import services as banking
from sponsors.banking.models import BankAccount, BankLine, Statement
from sponsors.banking.rules import Layout
from sponsors.commitments.models import Installment, Receipt

if TYPE_CHECKING:
    from sponsors.demo.load import World

_COLUMNS = ("Booked", "Amount", "Name", "Reference", "Details", "Transaction ID")
_LAYOUT = Layout(
    date_column="Booked",
    amount_column="Amount",
    payer_column="Name",
    reference_column="Reference",
    text_column="Details",
    id_column="Transaction ID",
)
_OLDER, _NEWER = timedelta(days=150), timedelta(days=45)
Movement = tuple[date, Decimal, str, str, str]


def play(world: "World") -> None:
    """Import both statements; of the older one say what every line is."""
    account = banking.add_account(
        actor=world.treasurer,
        name="Main account",
        slug="main-account",
        currency="USD",
        number="US64SVBK0099887766",
    )
    banking.map_columns(actor=world.treasurer, account=account, layout=_LAYOUT)
    begin, middle = world.as_of - _OLDER, world.as_of - _NEWER
    receipts = list(
        Receipt.objects.standing()
        .filter(currency="USD", source="bank", received_on__range=(begin, middle))
        .select_related("sponsor")
        .order_by("received_on", "pk")[:8]
    )
    older = _import(
        world,
        account,
        "older",
        [
            *(_paid(receipt) for receipt in receipts),
            (begin, Decimal("-12.50"), "", "", "Account fee"),
            (middle, Decimal("3.21"), "", "", "Interest"),
        ],
    )
    for receipt, line in zip(receipts, older.lines.filter(amount__gt=10).order_by("pk"), strict=True):
        banking.tie_receipt(actor=world.treasurer, line=line, receipt=receipt)
    for line in BankLine.objects.open().filter(statement=older).order_by("pk"):
        reason = "Fee of the bank" if line.amount < 0 else "Interest, no sponsor's money"
        banking.set_aside(actor=world.treasurer, line=line, reason=reason)
    _import(world, account, "newer", _waiting(world))


def _paid(receipt: Receipt) -> Movement:
    return (
        receipt.received_on,
        receipt.amount,
        receipt.sponsor.legal_name,
        receipt.reference,
        "Incoming wire",
    )


def _waiting(world: "World") -> list[Movement]:
    """Money for what is due: with the number quoted, with the name alone, in part, and from nobody known."""
    due = list(
        Installment.objects.overdue(world.as_of)
        .filter(commitment__currency="USD")
        .select_related("commitment__sponsor")
        .order_by("due_on", "pk")[:3]
    )
    found: list[Movement] = []
    for place, row in enumerate(due):
        day = world.as_of - timedelta(days=9 - place)
        sponsor, number = row.commitment.sponsor, row.commitment.number
        amount = row.remainder / 2 if place == 1 else row.remainder
        quoted = f"Sponsorship {number}" if place != 2 else "Sponsorship"  # noqa: PLR2004  # the third forgot it
        found.append(
            (day, amount.quantize(Decimal("0.01")), sponsor.legal_name.upper(), quoted, "Incoming wire")
        )
    return [
        *found,
        (world.as_of - timedelta(days=3), Decimal("250.00"), "J. Example", "Thank you!", "Incoming transfer"),
        (world.as_of - timedelta(days=2), Decimal("-12.50"), "", "", "Account fee"),
    ]


def _import(world: "World", account: BankAccount, name: str, movements: Iterable[Movement]) -> Statement:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for place, (day, amount, payer, reference, text) in enumerate(
        sorted(movements, key=lambda each: each[0])
    ):
        writer.writerow([day, f"{amount:.2f}", payer, reference, text, f"{name.upper()}-{place + 1:04}"])
    imported = banking.import_statement(
        actor=world.treasurer, account=account, content=out.getvalue().encode(), file_name=f"{name}.csv"
    )
    assert imported.statement is not None  # the database was empty
    return imported.statement
