"""What approved amendments will change on their day, so that nothing is agreed or asked for against them."""

from collections.abc import Iterable

from sponsors.commitments.models import Amendment, Commitment, Installment
from sponsors.commitments.rules import (
    AmendmentState,
    NotAllowedNow,
    check_apart,
    check_nothing_added_in,
)
from sponsors.commitments.services.change_data import from_data
from sponsors.commitments.services.changes import Change

_ROWS = ("lines", "installments", "pauses", "conditions", "restrictions")


def waiting_amendments(commitment: Commitment) -> Iterable[Amendment]:
    """Return the approved amendments of the commitment that are not in effect yet, by their day."""
    waiting = Amendment.objects.filter(commitment=commitment, state=AmendmentState.APPROVED)
    return waiting.order_by("effective_on", "pk")


def check_beside_waiting(commitment: Commitment, change: Change) -> None:
    """Raise unless the change and every approved amendment of the commitment can both take effect.

    Raises CommitmentError when they pause the same days, or one lets an installment fall due in the
    other's pause, and NotAllowedNow when both change the same row: only the first of them could.
    """
    for amendment in waiting_amendments(commitment):
        waiting = from_data(amendment.change)
        named = (
            f"amendment {amendment.number}, which is approved and takes effect on {amendment.effective_on}"
        )
        check_apart(change.pauses_added, waiting.pauses_added, named)
        check_nothing_added_in(waiting.pauses_added, change.installments_added, named, field="installments")
        check_nothing_added_in(change.pauses_added, waiting.installments_added, named, field="pauses")
        for field in (name for name in (*_ROWS, "renewal") if _both_change(name, change, waiting)):
            msg = (
                f"The {field} that this changes are changed by {named}, too. Leave those as they are, or withdraw "
                f"amendment {amendment.number} and propose both changes as one."
            )
            raise NotAllowedNow(msg, code="changed_by_waiting", field=field)


def check_stays(commitment: Commitment, installments: Iterable[Installment], *, field: str) -> None:
    """Raise NotAllowedNow when an approved amendment takes one of the installments away on its day."""
    known = {row.pk: row for row in installments}
    for amendment in waiting_amendments(commitment):
        for pk in sorted(known.keys() & set(amendment.change["installments_removed"])):
            msg = (
                f"Installment {known[pk]} is replaced by amendment {amendment.number}, which is approved and takes "
                f"effect on {amendment.effective_on}. Choose another one, or withdraw the amendment first."
            )
            raise NotAllowedNow(msg, code="goes_by_amendment", field=field)


def _both_change(name: str, change: Change, waiting: Change) -> bool:
    if name == "renewal":
        return change.renewal is not None and waiting.renewal is not None
    return bool(set(getattr(change, f"{name}_removed")) & set(getattr(waiting, f"{name}_removed")))
