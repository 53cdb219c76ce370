"""What happened between the foundation and its invented sponsors: commitments and payments, as plain data.

Pure and deterministic: the same `as_of` gives the same history, and a later `as_of` only adds to it.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from foundation.money.rules import in_currency
from sponsors.commitments.rules import Frequency, Period, Plan, Shape, add_months, plan_schedule
from sponsors.demo.catalog import COMPANIES, CURRENCY, YEARLY, Company, Habit, Level

LAST_YEAR = 2029
LAST_PAYMENTS_OF_THE_SILENT = 2025
# One-year agreements from this level up are paid by the quarter.
PAID_BY_THE_QUARTER_FROM = Level.MAINTAINING


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that arrived for one installment."""

    received_on: date
    amount: Decimal
    reference: str
    method: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One signed commitment of a company, and whether it renews the one before."""

    company: Company
    sequence: int
    title: str
    period: Period
    yearly: Decimal
    frequency: Frequency
    first_due_on: date
    proposed_on: date
    signed_on: date
    due_dates: tuple[date, ...]
    payments: tuple[Payment, ...]

    @property
    def years(self) -> int:
        return self.period.ends_before.year - self.period.starts_on.year

    @property
    def total(self) -> Decimal:
        return self.yearly * self.years


def agreements(as_of: date) -> list[Agreement]:
    """Return every agreement signed up to the day, with the payments received up to it."""
    return [agreement for company in COMPANIES for agreement in _agreements_of(company, as_of)]


def _agreements_of(company: Company, as_of: date) -> Iterator[Agreement]:
    # One generator a company, so that a change to one leaves the others alone.
    chance = random.Random(f"bursar {company.slug}")  # noqa: S311  # invented history, no secret
    month = chance.choice((1, 1, 2, 4, 6, 7, 9, 10))
    starts_on = date(company.since, month, 1)
    for sequence in range(1, LAST_YEAR):
        if starts_on.year >= LAST_YEAR or (company.lapses_after and starts_on.year > company.lapses_after):
            return
        ends_before = add_months(starts_on, 12 * company.term_years)
        level = company.levels[min(sequence - 1, len(company.levels) - 1)]
        yearly = YEARLY[level]
        signed_on = starts_on - timedelta(days=chance.randint(5, 60))
        proposed_on = signed_on - timedelta(days=chance.randint(10, 75))
        big = YEARLY[level] >= YEARLY[PAID_BY_THE_QUARTER_FROM]
        frequency = Frequency.QUARTERLY if big and company.term_years == 1 else Frequency.YEARLY
        title = f"{level} {starts_on.year}"
        if company.term_years > 1:
            title += f" to {(ends_before - timedelta(days=1)).year}"
        first_due_on = starts_on + timedelta(days=29)
        schedule = plan_schedule(
            period=Period(starts_on, ends_before),
            total=yearly * company.term_years,
            currency=CURRENCY,
            plan=Plan(Shape.EQUAL, frequency, first_due_on),
        )
        payments = []
        for number, part in enumerate(schedule, start=1):
            payments += _payments(company, chance, part.due_on, part.amount, f"{sequence}-{number}")
        if signed_on > as_of:
            return
        yield Agreement(
            company=company,
            sequence=sequence,
            title=title,
            period=Period(starts_on, ends_before),
            yearly=yearly,
            frequency=frequency,
            first_due_on=first_due_on,
            proposed_on=proposed_on,
            signed_on=signed_on,
            due_dates=tuple(part.due_on for part in schedule),
            payments=tuple(payment for payment in payments if payment.received_on <= as_of),
        )
        starts_on = ends_before


def _payments(
    company: Company, chance: random.Random, due_on: date, amount: Decimal, number: str
) -> list[Payment]:
    """Return how the company pays one installment. Always draws the same number of chances."""
    prompt, late = chance.randint(-12, 6), chance.randint(21, 95)
    method = chance.choice(("wire", "wire", "ach"))
    reference = f"{company.slug[:12].upper()}-{number}"

    def paid(after: int, part: Decimal, mark: str = "") -> Payment:
        return Payment(due_on + timedelta(days=after), in_currency(part, CURRENCY), reference + mark, method)

    if company.habit is Habit.SILENT and due_on.year >= LAST_PAYMENTS_OF_THE_SILENT:
        return []
    if company.habit is Habit.SLOW:
        return [paid(late, amount)]
    if company.habit is Habit.PARTIAL:
        first = (amount * 2 / 5).quantize(Decimal(1))
        return [paid(prompt, first, "A"), paid(late, amount - first, "B")]
    if company.habit is Habit.OVER:
        return [paid(prompt, amount + 250)]
    return [paid(prompt, amount)]
