"""What a ladder must be like so that nobody goes without a reminder."""

from collections import Counter
from collections.abc import Sequence

from sponsors.renewals.rules.ladder import Anchor, Need, Rung
from sponsors.renewals.rules.payments import MOST_PAYMENT_DAYS
from sponsors.renewals.rules.refusals import RenewalError

MOST_RUNGS = 40
MOST_DAYS = 1095
MOST_RESPONSE_DAYS = 60
MOST_MONTHS = 120
MOST_WINDOW_DAYS = 365
MOST_PAYMENT_STEPS = 12


def check_rungs(rungs: Sequence[Rung]) -> None:
    """Raise RenewalError for rungs that stand twice, are out of reach, or leave commitments without a reminder before the end."""
    if not any(rung.anchor is Anchor.END and rung.need is Need.ALWAYS and rung.days <= 0 for rung in rungs):
        msg = (
            "No step is for all commitments, on or before the last day, so that some would end unseen. Add one, such as 30 "
            "days before."
        )
        raise RenewalError(msg, code="no_step_for_all", field="rungs")
    if len(rungs) > MOST_RUNGS:
        msg = f"A ladder has {MOST_RUNGS} steps at most; these are {len(rungs)}. Take some out."
        raise RenewalError(msg, code="too_many_steps", field="rungs")
    for rung in rungs:
        if not -MOST_DAYS <= rung.days <= MOST_DAYS:
            msg = f"A step of {rung.days:+d} days is out of reach. Choose from {-MOST_DAYS} to {MOST_DAYS}."
            raise RenewalError(msg, code="step_out_of_reach", field="rungs")
        if not 1 <= rung.response_days <= MOST_RESPONSE_DAYS:
            msg = f"Give from 1 to {MOST_RESPONSE_DAYS} working days to respond to the step of {rung.days:+d} days."
            raise RenewalError(msg, code="response_out_of_reach", field="rungs")
    twice = [
        place for place, count in Counter((rung.anchor, rung.days) for rung in rungs).items() if count > 1
    ]
    if twice:
        anchor, days = twice[0]
        msg = f"The step of {days:+d} days from the {anchor.label.lower()} stands twice. Take one out."
        raise RenewalError(msg, code="step_twice", field="rungs")


def check_measures(*, long_from_months: int, last_window_days: int) -> None:
    """Raise RenewalError for what is out of bounds."""
    if not 1 <= long_from_months <= MOST_MONTHS:
        msg = f"A long commitment has from 1 to {MOST_MONTHS} months. Choose one of them."
        raise RenewalError(msg, code="out_of_bounds", field="long_from_months")
    if not 1 <= last_window_days <= MOST_WINDOW_DAYS:
        msg = f"The last step stays open from 1 to {MOST_WINDOW_DAYS} days. Choose one of them."
        raise RenewalError(msg, code="out_of_bounds", field="last_window_days")


def check_payment_days(days: Sequence[int]) -> list[int]:
    """Return the days in their order, each once. Raises RenewalError for one that is out of reach, or too many."""
    ordered = sorted(set(days))
    wrong = next((day for day in ordered if abs(day) > MOST_PAYMENT_DAYS), None)
    if wrong is not None:
        msg = f"A payment is reminded of within {MOST_PAYMENT_DAYS} days of its due date, not at {wrong:+d}. Correct it."
        raise RenewalError(msg, code="out_of_bounds", field="payment_days")
    if len(ordered) > MOST_PAYMENT_STEPS:
        msg = f"A payment is reminded of {MOST_PAYMENT_STEPS} times at most; these are {len(ordered)}. Take some out."
        raise RenewalError(msg, code="too_many_steps", field="payment_days")
    return ordered
