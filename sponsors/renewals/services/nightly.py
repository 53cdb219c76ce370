"""One night of renewals, in its order: risk first, as more reminders depend on it; mail last, when all is known."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from foundation.health.apart import each_apart
from foundation.people.models import User
from sponsors.renewals.services.assessing import Assessed, assess_commitments
from sponsors.renewals.services.digests import send_digests
from sponsors.renewals.services.payments import PaymentsSwept, sweep_payments
from sponsors.renewals.services.sweeping import Swept, sweep_reminders


@dataclass(frozen=True, slots=True)
class Night:
    """What each part did."""

    assessed: Assessed
    payments: PaymentsSwept
    reminders: Swept
    digests: int

    def __str__(self) -> str:
        return (
            f"{self.assessed.assessed} commitments assessed, {self.payments}, {self.reminders}, "
            f"{self.digests} digests written"
        )


def run_night(*, actor: User | None, today: date) -> Night:
    """Do all that a night has to; what a night before left undone is done now, and a second run finds nothing more.

    A part that breaks off does not keep the others back: nobody waits for a reminder because a risk could not be assessed.
    Raises SomeBroke then, once the others are done.
    """
    parts: tuple[Callable[..., Any], ...] = (
        assess_commitments,
        sweep_payments,
        sweep_reminders,
        send_digests,
    )
    return Night(*each_apart(parts, lambda part: part(actor=actor, today=today)))
