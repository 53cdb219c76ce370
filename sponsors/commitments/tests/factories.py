"""Commitments and receipts for tests, made through the services, so that they are always valid."""

import itertools
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from foundation.books.models import Fund
from foundation.people.models import User
from foundation.people.roles import Role
from foundation.people.tests.factories import make_user
from sponsors.commitments.models import (
    Commitment,
    CommitmentLine,
    CreditNote,
    Installment,
    Invoice,
    Receipt,
    WriteOff,
)
from sponsors.commitments.rules import Frequency, InstallmentKind, Plan, Shape, add_months
from sponsors.commitments.services import (
    FreeLine,
    InvoiceRequest,
    Line,
    Schedule,
    approve_write_off,
    credit_invoice,
    draft_commitment,
    issue_invoice,
    propose,
    propose_write_off,
    record_receipt,
    sign,
)
from sponsors.commitments.services.allocations import Allocate
from sponsors.directory.models import Sponsor
from sponsors.directory.tests.factories import SponsorFactory

START = date(2024, 1, 1)
_references = itertools.count(1)


def colleague() -> User:
    """Return the person of ours who wrote the made-up commitments; one for all of them."""
    return User.objects.filter(email="colleague@foundation.example").first() or make_user(
        "Colleague", Role.FUNDRAISING
    )


def second_colleague() -> User:
    """Return who decides on the made-up write-offs, which somebody else proposed."""
    return User.objects.filter(email="second@foundation.example").first() or make_user("Second", Role.FINANCE)


def general_fund() -> Fund:
    return Fund.objects.get_or_create(code="general", defaults={"name": "General"})[0]


def cash_line(amount: Decimal | int, *, description: str = "Support in cash") -> Line:
    return Line(
        kind=CommitmentLine.Kind.CASH, description=description, amount=Decimal(amount), fund=general_fund()
    )


def in_kind_line(amount: Decimal | int, *, category: str = "cdn") -> Line:
    return Line(
        kind=CommitmentLine.Kind.IN_KIND,
        description="CDN for the package index",
        amount=Decimal(amount),
        category=category,
        estimate_basis="List price less the usual discount",
    )


def yearly(first_due_on: date = START) -> Plan:
    return Plan(Shape.EQUAL, Frequency.YEARLY, first_due_on)


def drafted_commitment(
    sponsor: Sponsor | None = None,
    *,
    years: int = 5,
    yearly_amount: Decimal | int = 60_000,
    starts_on: date = START,
    currency: str = "USD",
    lines: Sequence[Line] | None = None,
    schedule: Schedule = None,
    title: str = "Sustaining sponsor",
    owner: User | None = None,
    renewal_of: Commitment | None = None,
    today: date | None = None,
    actor: User | None = None,
    **more: Any,
) -> Commitment:
    """Return a draft: cash once a year on the first day, unless lines and a schedule are given."""
    if lines is None:
        lines = [cash_line(Decimal(yearly_amount) * years)]
    if schedule is None and any(line.kind == CommitmentLine.Kind.CASH for line in lines):
        schedule = yearly(starts_on)
    return draft_commitment(
        actor=actor or colleague(),
        sponsor=sponsor or SponsorFactory(),
        title=title,
        starts_on=starts_on,
        ends_before=add_months(starts_on, 12 * years),
        currency=currency,
        lines=lines,
        schedule=schedule,
        owner=owner,
        renewal_of=renewal_of,
        today=today or starts_on,
        **more,
    )


def proposed_commitment(
    sponsor: Sponsor | None = None, *, actor: User | None = None, **draft: object
) -> Commitment:
    actor = actor or colleague()
    commitment = drafted_commitment(sponsor, actor=actor, **draft)  # type: ignore[arg-type]  # passed through as given
    return propose(actor=actor, commitment=commitment, today=commitment.starts_on)


def signed_commitment(
    sponsor: Sponsor | None = None, *, signed_on: date | None = None, **draft: object
) -> Commitment:
    """Return a firm commitment; see `drafted_commitment` for what may be said about it."""
    actor = colleague()
    commitment = proposed_commitment(sponsor, actor=actor, **draft)
    day = signed_on or commitment.starts_on
    return sign(actor=actor, commitment=commitment, signed_on=day, today=day)


def received(
    sponsor: Sponsor,
    amount: Decimal | int,
    *,
    currency: str = "USD",
    on: date = START,
    allocate: Allocate = "oldest",
    reference: str | None = None,
    source: str = "bank",
    commitment: Commitment | None = None,
) -> Receipt:
    """Return a receipt of money from the sponsor, allocated to the oldest installments."""
    return record_receipt(
        actor=colleague(),
        sponsor=sponsor,
        amount=Decimal(amount),
        currency=currency,
        received_on=on,
        method=Receipt.Method.WIRE,
        source=source,
        reference=reference or f"payment-{next(_references)}",
        allocate=allocate,
        commitment=commitment,
        today=on,
    ).receipt


def proposed_write_off(installment: Installment, amount: Decimal | int) -> WriteOff:
    return propose_write_off(
        actor=colleague(), installment=installment, amount=Decimal(amount), reason="They closed."
    )


def written_off(installment: Installment, amount: Decimal | int, *, on: date = START) -> WriteOff:
    """Return an approved write-off."""
    proposal = proposed_write_off(installment, amount)
    return approve_write_off(actor=second_colleague(), write_off=proposal, today=on)


def invoiced(*installments: Installment, on: date = START, mail: bool = False, **more: Any) -> Invoice:
    """Return an invoice for the installments, issued on the day."""
    request = InvoiceRequest(
        commitment=installments[0].commitment, installments=installments, **{"due_on": None, **more}
    )
    return issue_invoice(actor=colleague(), request=request, today=on, mail=mail)


def charged(
    commitment: Commitment,
    *amounts: Decimal | int,
    on: date = START,
    due_on: date | None = None,
    installments: Sequence[Installment] = (),
    description: str = "Booth at the conference",
    fund: Fund | None = None,
) -> Invoice:
    """Return an invoice with a free line for each amount, due on the day it is issued unless a day is given."""
    lines = [
        FreeLine(description=description, amount=Decimal(amount), fund=fund or general_fund())
        for amount in amounts
    ]
    request = InvoiceRequest(
        commitment=commitment, installments=installments, free_lines=lines, due_on=due_on or on
    )
    return issue_invoice(actor=colleague(), request=request, today=on)


def charge_of(invoice: Invoice, number: int = 1) -> Installment:
    """Return the charge that a free line of the invoice made, in the order of the lines."""
    charges = Installment.objects.filter(invoice_lines__invoice=invoice, kind=InstallmentKind.CHARGE)
    return charges.select_related("commitment").order_by("position")[number - 1]


def credited(invoice: Invoice, amount: Decimal | int | None = None, *, on: date | None = None) -> CreditNote:
    return credit_invoice(
        actor=colleague(),
        invoice=invoice,
        amount=None if amount is None else Decimal(amount),
        reason="Wrong address",
        today=on or invoice.issued_on,
    )
