"""Promises with conditions and restrictions, and such that renew by themselves."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sponsors.commitments import services as commitments
from sponsors.commitments.models import Commitment, CommitmentLine, Receipt
from sponsors.commitments.rules import (
    Barrier,
    Frequency,
    Limit,
    Plan,
    RenewalTerms,
    Shape,
    add_months,
)

if TYPE_CHECKING:
    from sponsors.demo.load import World


def play(world: "World") -> None:
    """Write every scene, and let the hourly job renew what is due."""
    _half_met_match(world)
    _restricted(world)
    _notice_and_renewal(world)
    commitments.renew_automatically(actor=None, today=world.as_of)


def _signed(
    world: "World", name: str, *, title: str, starts_on: date, years: int, total: int, **agreed: Any
) -> Commitment:
    """Write down a signed commitment whose installments up to now are paid."""
    signed_on = starts_on - timedelta(days=12)
    line = commitments.Line(
        kind=CommitmentLine.Kind.CASH,
        description=title,
        amount=Decimal(total),
        fund=world.funds["general"],
    )
    draft = commitments.draft_commitment(
        actor=world.fundraiser,
        sponsor=world.sponsors[name],
        title=title,
        starts_on=starts_on,
        ends_before=add_months(starts_on, 12 * years),
        lines=[line],
        schedule=Plan(Shape.EQUAL, Frequency.YEARLY, starts_on + timedelta(days=14)),
        today=signed_on,
        owner=world.fundraiser,
        backup=world.people["fundraising2"],
        **agreed,
    )
    commitments.propose(actor=world.fundraiser, commitment=draft, today=signed_on)
    signed = commitments.sign(
        actor=world.fundraiser, commitment=draft, signed_on=signed_on, today=world.as_of
    )
    for row in signed.installments.filter(due_on__lt=world.as_of).order_by("due_on"):
        commitments.record_receipt(
            actor=world.treasurer,
            sponsor=signed.sponsor,
            amount=row.amount,
            currency=signed.currency,
            received_on=row.due_on,
            method=Receipt.Method.WIRE,
            source="bank",
            reference=f"{signed.number}-{row.position}",
            allocate=[commitments.Part(row, row.amount)],
            today=world.as_of,
        )
    return signed


def _month(world: "World", months: int) -> date:
    """Return the first day of a month, counted from this one."""
    return add_months(world.as_of.replace(day=1), months)


def _half_met_match(world: "World") -> None:
    """One dollar for each that the community gives, up to 100,000; 60,000 came so far."""
    match = Barrier(
        description="The community gives as much, up to 100,000.",
        measure="Donations in the quarterly report of the payment processor",
        amount=Decimal(100_000),
        target=Decimal(100_000),
        due_on=_month(world, 7) - timedelta(days=1),
    )
    matching = _signed(
        world,
        "Larkspur Cloud",
        title="Matching gift for the security fund",
        starts_on=_month(world, -5),
        years=1,
        total=100_000,
        conditions=[match],
    )
    condition = matching.conditions.get()
    quarters: Sequence[tuple[int, int]] = ((-3, 22_500), (-1, 37_500))
    for months, amount in quarters:
        day = _month(world, months) - timedelta(days=1)
        commitments.record_progress(
            actor=world.treasurer,
            condition=condition,
            met_on=day,
            amount=Decimal(amount),
            reference=f"Report to {day}",
            note="Donations of the quarter, less refunds.",
            today=world.as_of,
        )


def _restricted(world: "World") -> None:
    """A quarter of the cash is for travel; of the second year 10,000 more go to grants."""
    _signed(
        world,
        "Tidewater Search",
        title="Community support, three years",
        starts_on=_month(world, -14),
        years=3,
        total=180_000,
        restrictions=[
            Limit(
                fund=world.funds["conference"],
                purpose="So that people who could not pay for the journey can come.",
                percent=Decimal(25),
            ),
            Limit(
                fund=world.funds["grants"],
                purpose="Grants for regional events.",
                amount=Decimal(10_000),
                term=2,
            ),
        ],
    )


def _notice_and_renewal(world: "World") -> None:
    """One that has just renewed itself, one with its day for notice ahead, and one that will not go on."""
    for name, months, days in (("Sandpiper Logistics", -11, 45), ("Meridian Payments", -10, 15)):
        _signed(
            world,
            name,
            title="Evergreen support, year by year",
            starts_on=_month(world, months),
            years=1,
            total=15_000,
            renewal=RenewalTerms(notice_days=days, automatically=True, months=12),
        )
    leaving = _signed(
        world,
        "Nutmeg Groceries",
        title="Evergreen support, year by year",
        starts_on=_month(world, -9),
        years=1,
        total=7_500,
        renewal=RenewalTerms(notice_days=30, automatically=True, months=12),
    )
    given_on = world.as_of - timedelta(days=5)
    commitments.give_notice(
        actor=world.fundraiser,
        commitment=leaving,
        given_on=given_on,
        given_by="sponsor",
        reason="Their open source budget moved to another team.",
        today=world.as_of,
    )
