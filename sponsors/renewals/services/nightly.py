"""One night of renewals, in its order: risk first, as more reminders depend on it; mail last, when all is known."""

from dataclasses import dataclass
from datetime import date

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
    """Do all that a night has to; what a night before left undone is done now, and a second run finds nothing more."""
    return Night(
        assess_commitments(actor=actor, today=today),
        sweep_payments(actor=actor, today=today),
        sweep_reminders(actor=actor, today=today),
        send_digests(actor=actor, today=today),
    )
