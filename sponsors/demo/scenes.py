"""Single scenes around the day of loading, so that every screen has something to show."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sponsors.commitments import services as commitments
from sponsors.commitments.models import Commitment, CommitmentLine, Receipt
from sponsors.commitments.rules import (
    Due,
    Frequency,
    Period,
    Plan,
    Shape,
    State,
    add_months,
    postpone,
    postponed_end,
)
from sponsors.demo.catalog import Company, Level
from sponsors.directory import services as directory

if TYPE_CHECKING:
    from sponsors.demo.load import World

HARBOR = Company(
    "Harbor Lights Telematics", "US", 2024, (Level.CONTRIBUTING,), 3, line_of_business="vehicle data"
)
COMPANIES = (HARBOR,)


def play(world: "World") -> None:
    """Write every scene."""
    _termination(world)
    _wrong_amount_reversed(world)
    _proposals_and_drafts(world)
    _renewals_under_way(world)
    _amendments(world)
    _next_steps(world)


def _draft(
    world: "World",
    name: str,
    *,
    title: str,
    years: int,
    total: int,
    shape: Shape,
    starts_in: int,
    day_back: int,
) -> Commitment:
    """Draft a commitment that begins `starts_in` months after this month, `day_back` days ago."""
    first_day = add_months(world.as_of.replace(day=1), starts_in)
    today = world.as_of - timedelta(days=day_back)
    return commitments.draft_commitment(
        actor=world.fundraiser,
        sponsor=world.sponsors[name],
        title=title,
        starts_on=first_day,
        ends_before=add_months(first_day, 12 * years),
        lines=[
            commitments.Line(
                kind=CommitmentLine.Kind.CASH,
                description=f"{title} sponsorship",
                amount=Decimal(total),
                fund=world.funds["general"],
            )
        ],
        schedule=Plan(shape, Frequency.YEARLY, first_day + timedelta(days=29)),
        today=today,
        owner=world.fundraiser,
        backup=world.people["fundraising2"],
    )


def _termination(world: "World") -> None:
    """A three-year commitment that its sponsor ended after the first year."""
    commitment = _draft(
        world,
        HARBOR.name,
        title="Contributing, three years",
        years=3,
        total=90_000,
        shape=Shape.EQUAL,
        starts_in=-20,
        day_back=660,
    )
    signed_on = commitment.starts_on - timedelta(days=12)
    commitments.propose(actor=world.fundraiser, commitment=commitment, today=signed_on)
    commitments.sign(actor=world.fundraiser, commitment=commitment, signed_on=signed_on, today=world.as_of)
    commitments.record_receipt(
        actor=world.treasurer,
        sponsor=world.sponsors[HARBOR.name],
        amount=Decimal(30_000),
        currency="USD",
        received_on=commitment.starts_on + timedelta(days=31),
        method=Receipt.Method.WIRE,
        source="bank",
        reference="HARBOR-FIRST-YEAR",
        today=world.as_of,
    )
    commitments.terminate(
        actor=world.fundraiser,
        commitment=commitment,
        closed_on=add_months(commitment.starts_on, 12),
        today=world.as_of,
        reason="Bought by a company that supports projects through a fund of its own.",
    )


def _wrong_amount_reversed(world: "World") -> None:
    """Two digits swapped: the receipt is reversed, and the right one recorded."""
    sponsor = world.sponsors["Periwinkle Apps"]
    received_on = world.as_of - timedelta(days=9)

    def record(amount: Decimal, reference: str) -> Receipt:
        return commitments.record_receipt(
            actor=world.treasurer,
            sponsor=sponsor,
            amount=amount,
            currency="USD",
            received_on=received_on,
            method=Receipt.Method.CARD,
            source="card-processor",
            reference=reference,
            allocate="none",
            today=world.as_of,
        ).receipt

    wrong = record(Decimal(570), "ch-demo-5701")
    commitments.reverse_receipt(
        actor=world.treasurer, receipt=wrong, reason="Digits swapped: 750, not 570.", today=world.as_of
    )
    record(Decimal(750), "ch-demo-5702")


def _proposals_and_drafts(world: "World") -> None:
    """What is on the table: a proposal that waits, a draft, one declined, one withdrawn."""
    waiting = _draft(
        world,
        "Lanternfish Compute",
        title="Maintaining, three years",
        years=3,
        total=180_000,
        shape=Shape.EQUAL,
        starts_in=2,
        day_back=48,
    )
    commitments.propose(actor=world.fundraiser, commitment=waiting, today=world.as_of - timedelta(days=45))
    _draft(
        world,
        "Moonstone Telecom",
        title="Sustainability, five years",
        years=5,
        total=450_000,
        shape=Shape.FRONT_LOADED,
        starts_in=3,
        day_back=6,
    )
    declined = _draft(
        world,
        "Nutmeg Groceries",
        title="Partner",
        years=1,
        total=7_500,
        shape=Shape.EQUAL,
        starts_in=1,
        day_back=80,
    )
    commitments.propose(actor=world.fundraiser, commitment=declined, today=world.as_of - timedelta(days=75))
    commitments.decline(
        actor=world.fundraiser,
        commitment=declined,
        reason="Their budget for the year was spent; ask again in spring.",
        today=world.as_of - timedelta(days=20),
    )
    withdrawn = _draft(
        world,
        "Hazelnut Payroll",
        title="Associate, come back",
        years=1,
        total=1_500,
        shape=Shape.EQUAL,
        starts_in=1,
        day_back=60,
    )
    commitments.withdraw(
        actor=world.fundraiser,
        commitment=withdrawn,
        reason="Wrong company: meant for another sponsor.",
        today=world.as_of - timedelta(days=58),
    )


def _renewals_under_way(world: "World") -> None:
    """Of the commitments that end soon, every second has its renewal in draft."""
    ending = Commitment.objects.ending_between(world.as_of, world.as_of + timedelta(days=120))
    without = ending.filter(renewals=None).order_by("ends_before", "number")
    for commitment in list(without)[::2]:
        commitments.renew_commitment(actor=world.fundraiser, commitment=commitment, today=world.as_of)


def _amendments(world: "World") -> None:
    """Two years doubled, a half year of rest agreed for later, and one that waits for approval."""
    day = timedelta(days=1)
    running = (
        Commitment.objects.filter(state=State.SIGNED, ends_before__gt=add_months(world.as_of, 10))
        .filter(lines__kind=CommitmentLine.Kind.CASH, starts_on__lte=world.as_of)
        .distinct()
        .order_by("-ends_before", "number")[:3]
    )
    doubled, resting, waiting = list(running)
    parts = [
        Due(row.due_on, row.amount if row.paid else row.amount * 2) for row in doubled.installments.all()
    ]
    amendment = commitments.propose_amendment(
        actor=world.fundraiser,
        commitment=doubled,
        effective_on=world.as_of - 30 * day,
        reason="They doubled what is still to come after the security audit.",
        lines=_cash(doubled, sum((part.amount for part in parts), start=Decimal(0))),
        installments=parts,
        today=world.as_of - 32 * day,
    )
    commitments.approve_amendment(actor=world.treasurer, amendment=amendment, today=world.as_of - 30 * day)
    first = add_months(world.as_of.replace(day=1), 2)
    rest = Period(first, add_months(first, 6))
    stays = [Due(row.due_on, row.amount) for row in resting.installments.all() if row.paid]
    moves = [Due(row.due_on, row.amount) for row in resting.installments.all() if not row.paid]
    amendment = commitments.propose_amendment(
        actor=world.fundraiser,
        commitment=resting,
        effective_on=first,
        reason="A hard year for them: half a year of rest, everything after it later.",
        installments=[*stays, *postpone(moves, rest)],
        pauses=[rest],
        ends_before=postponed_end(resting.ends_before, rest),
        today=world.as_of - 5 * day,
    )
    commitments.approve_amendment(actor=world.treasurer, amendment=amendment, today=world.as_of - 3 * day)
    commitments.propose_amendment(
        actor=world.fundraiser,
        commitment=waiting,
        effective_on=first,
        reason="They stay half a year longer, for the same amount.",
        ends_before=add_months(waiting.ends_before, 6),
        today=world.as_of - 2 * day,
    )


def _cash(commitment: Commitment, whole: Decimal) -> list[commitments.Line]:
    """Return the lines with the first cash line changed so that the cash sums to the whole."""
    lines = commitments.lines_of(commitment)
    cash = [line for line in lines if line.kind == CommitmentLine.Kind.CASH]
    others = sum((line.amount for line in cash[1:]), start=Decimal(0))
    return [replace(line, amount=whole - others) if line is cash[0] else line for line in lines]


def _next_steps(world: "World") -> None:
    """What people said they would do, some of it late."""
    from sponsors.demo.load import at

    steps = (
        (
            "Larkspur Cloud",
            "call",
            12,
            "Asked for traffic figures for their board.",
            "Send last year's figures",
            -3,
        ),
        (
            "Tidewater Search",
            "meeting",
            25,
            "New head of open source; wants to meet.",
            "Introduce her to the team",
            -10,
        ),
        (
            "Sandpiper Logistics",
            "email",
            40,
            "No answer about the open invoice.",
            "Call accounts payable",
            -21,
        ),
        ("Meridian Payments", "call", 6, "Happy; budget round starts in January.", "Prepare the renewal", 14),
        (
            "Halcyon Robotics",
            "event",
            18,
            "Met at a conference; may add engineers' time.",
            "Write up the idea",
            5,
        ),
        (
            "Moonstone Telecom",
            "meeting",
            8,
            "Five years are possible if paid early.",
            "Send the front-loaded draft",
            2,
        ),
    )
    for name, kind, days_ago, summary, step, due_in in steps:
        day = world.as_of - timedelta(days=days_ago)
        directory.log_interaction(
            actor=world.fundraiser,
            sponsor=world.sponsors[name],
            kind=kind,
            occurred_at=at(day),
            summary=summary,
            now=at(day, 18),
            next_step=step,
            next_step_due=world.as_of + timedelta(days=due_in),
        )
