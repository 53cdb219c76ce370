"""What we no longer expect: proposed by one colleague, decided by another, and expected again if it comes.

Who locks what first is said in the slice's docstring.
"""

from datetime import date
from decimal import Decimal

from django.db.models import Max

from foundation.audit.actions import action
from foundation.books.closing import check_open
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments.models import Commitment, Installment, WriteOff
from sponsors.commitments.rules import (
    CommitmentError,
    Decision,
    NotAllowedNow,
    WriteOffState,
    check_recovery,
    check_write_off,
    decided,
)
from sponsors.commitments.services.due import check_due, remainder_of
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.values import check_text
from sponsors.directory.services import hold_sponsor_of


@action("write_off.propose")
def propose_write_off(*, actor: User, installment: Installment, amount: Decimal, reason: str) -> WriteOff:
    """Ask to write off an amount of an open installment; it counts once somebody else approves it.

    Raises CommitmentError, and NotAllowedNow when nothing is due or a proposal waits already.
    """
    locked = lock_installment(installment)
    check_due(locked, field="installment")
    currency = locked.commitment.currency
    waiting = locked.write_offs.filter(state=WriteOffState.PROPOSED).first()
    if waiting is not None:
        msg = (
            f"{money_text(waiting.amount, currency)} of {locked} is proposed to be written off already. "
            "Have that decided first."
        )
        raise NotAllowedNow(msg, code="proposed_already", field="installment")
    write_off = WriteOff.objects.create(
        installment=locked,
        amount=check_write_off(amount, remainder_of(locked), currency),
        reason=check_text(reason, "reason", "reason", longest=300),
        proposed_by=actor,
    )
    write_off.refresh_from_db()
    return write_off


@action("write_off.approve")
def approve_write_off(
    *, actor: User, write_off: WriteOff, today: date, booked_on: date | None = None
) -> WriteOff:
    """Write the amount off on `booked_on`, else `today`.

    Raises NotAllowedNow for one's own proposal, one decided before, or one that is now more than is
    still to be paid; CommitmentError for a day out of reach, and BooksClosed.
    """
    locked = _lock(write_off)
    locked.state = decided(locked.state, Decision.APPROVE)
    _check_somebody_else(actor, locked)
    due = locked.installment
    check_due(due, field="installment")
    if locked.amount > remainder_of(due):
        left = money_text(remainder_of(due), due.commitment.currency)
        msg = f"Only {left} of {due} is still to be paid by now. Refuse this and propose what is left."
        raise NotAllowedNow(msg, code="more_than_due", field="amount")
    day = booked_on or today
    first = _last_change(due)
    if not first <= day <= today:
        msg = (
            f"The day {day} must be between {first}, when what is to be paid of {due} last changed, and "
            f"today, {today}. Correct it."
        )
        raise CommitmentError(msg, code="date_out_of_reach", field="booked_on")
    check_open(day, what="A write-off", field="booked_on")
    locked.booked_on = day
    return _decide(actor, locked, today)


def _last_change(due: Installment) -> date:
    """Return from when on as much is to be paid of the installment as now.

    Before it there may have been less to write off, and an account of that day would say what never was.
    """
    assert due.commitment.signed_on is not None  # it is firm
    happened: list[date | None] = [
        due.commitment.signed_on,
        due.charged_on,
        due.added_by.effective_on if due.added_by else None,
        due.allocations.aggregate(last=Max("booked_on"))["last"],
        due.write_offs.aggregate(last=Max("booked_on"))["last"],
    ]
    return max(day for day in happened if day is not None)


@action("write_off.refuse")
def refuse_write_off(*, actor: User, write_off: WriteOff, today: date) -> WriteOff:
    """Say no: the amount stays due. Raises NotAllowedNow for one's own proposal or one decided before."""
    locked = _lock(write_off)
    locked.state = decided(locked.state, Decision.REFUSE)
    _check_somebody_else(actor, locked)
    return _decide(actor, locked, today)


@action("write_off.recover")
def recover_write_off(
    *, actor: User, write_off: WriteOff, reason: str, today: date, amount: Decimal | None = None
) -> WriteOff:
    """Expect again what was written off, whole or an `amount` of it, from `today` on.

    It is due again and can be paid. Raises CommitmentError for more than stands, and NotAllowedNow
    unless it was approved.
    """
    locked = _lock(write_off)
    if locked.recovers_id is not None or locked.state != WriteOffState.APPROVED:
        msg = "Only an approved write-off can be recovered. Choose one."
        raise NotAllowedNow(msg, code="nothing_written_off", field="write_off")
    assert locked.booked_on is not None  # it is approved
    left = WriteOff.objects.with_left().get(pk=locked.pk).left
    exact = check_recovery(left if amount is None else amount, left, locked.installment.commitment.currency)
    day = max(today, locked.booked_on)
    check_open(day, what="A recovery", field="booked_on")
    recovery = WriteOff.objects.create(
        installment=locked.installment,
        amount=-exact,
        reason=check_text(reason, "reason", "reason", longest=300),
        state=WriteOffState.APPROVED,
        booked_on=day,
        proposed_by=actor,
        recovers=locked,
    )
    recovery.refresh_from_db()
    return recovery


def lock_installment(installment: Installment) -> Installment:
    """Return the installment's locked row with its commitment's, the sponsor held before."""
    hold_sponsor_of(Commitment, installment.commitment_id)
    commitment = lock_commitment(installment.commitment)
    locked = Installment.versions.select_for_update().get(pk=installment.pk)
    locked.commitment = commitment
    return locked


def _lock(write_off: WriteOff) -> WriteOff:
    installment = lock_installment(write_off.installment)
    locked = WriteOff.objects.select_for_update().get(pk=write_off.pk)
    locked.installment = installment
    return locked


def _check_somebody_else(actor: User, write_off: WriteOff) -> None:
    if actor.pk == write_off.proposed_by_id:
        msg = (
            "You proposed this write-off yourself. Ask a colleague in Finance or an administrator to decide."
        )
        raise NotAllowedNow(msg, code="own_proposal", field="state")


def _decide(actor: User, locked: WriteOff, today: date) -> WriteOff:
    locked.decided_by, locked.decided_on = actor, today
    locked.save(update_fields=["state", "booked_on", "decided_by", "decided_on"])
    locked.refresh_from_db()
    return locked
