"""When the payment of an installment is reminded of, before its due date and after it.

A step is open from its day until the day of the next one, so that whoever looks late still finds it, and finds one
step however long nobody looked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

# Days after the due date, negative before it.
DEFAULT_PAYMENT_DAYS = (-14, 0, 15, 30, 60)
MOST_PAYMENT_DAYS = 365
# For how many days the last step stays open.
LAST_PAYMENT_WINDOW_DAYS = 30


def payment_code(days: int) -> str:
    """Return such as due+15: what the reminder is unique by, for one due date of one installment."""
    return f"due{days:+d}"


def payment_day(due_on: date, days: int) -> date:
    return due_on + timedelta(days=days)


def payment_step_words(days: int) -> str:
    """Return such as 14 days before it is due."""
    count = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
    if days < 0:
        return f"{count} before it is due"
    return f"{count} after it was due" if days else "On the due date"


@dataclass(frozen=True, slots=True, order=True)
class PaymentStep:
    """A step of every payment: open from `days` after its due date until the day before `closes`."""

    days: int
    closes: int

    @property
    def code(self) -> str:
        return payment_code(self.days)

    def is_open(self, due_on: date, today: date) -> bool:
        return self.days <= (today - due_on).days < self.closes


@dataclass(frozen=True, slots=True)
class PaymentsDue:
    """What a sweep finds of one payment: a step to tell of, and steps whose time went by while nobody looked."""

    tell: PaymentStep | None
    missed: tuple[PaymentStep, ...]


def payment_steps(days: Iterable[int]) -> tuple[PaymentStep, ...]:
    """Return the steps in their order, each open until the next one."""
    opens = sorted(set(days))
    closes = [*opens[1:], *(day + LAST_PAYMENT_WINDOW_DAYS for day in opens[-1:])]
    return tuple(PaymentStep(*pair) for pair in zip(opens, closes, strict=True))


def due_dates_near(steps: Collection[PaymentStep], today: date) -> tuple[date, date] | None:
    """Return the first and the last due date of which a step is open today; None without steps."""
    if not steps:
        return None
    longest, soonest = max(step.closes for step in steps), min(step.days for step in steps)
    return today - timedelta(days=longest - 1), today - timedelta(days=soonest)


def payments_due(
    steps: Iterable[PaymentStep], *, due_on: date, known_from: date, today: date, taken: Collection[str]
) -> PaymentsDue:
    """Return which step of a payment to tell of today, of those that were not taken yet.

    What is over before the day from which the payment was known was never to be told, and is not missed.
    """
    left = [step for step in steps if step.code not in taken]
    return PaymentsDue(
        next((step for step in left if step.is_open(due_on, today)), None),
        tuple(
            step
            for step in left
            if payment_day(due_on, step.closes) <= today and payment_day(due_on, step.closes) > known_from
        ),
    )
