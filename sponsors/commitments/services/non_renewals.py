"""Notice that a commitment will not be renewed, and taking it back."""

from datetime import date

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment, NonRenewal
from sponsors.commitments.rules import CommitmentError, NotAllowedNow, State, check_notice_day
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.values import check_text
from sponsors.directory.services import hold_sponsor_of


@action("commitment.give_notice")
def give_notice(
    *, actor: User, commitment: Commitment, given_on: date, given_by: str, reason: str, today: date
) -> NonRenewal:
    """Record that one side said on the day that it will not renew; nothing follows by itself then.

    Raises CommitmentError for a day on which notice came too late, and NotAllowedNow unless the
    commitment is signed, no notice stands and nothing has renewed it yet.
    """
    locked = _lock_signed(commitment)
    standing = locked.non_renewals.standing().first()
    if standing is not None:
        msg = f"Notice was given already, on {standing.given_on}. Withdraw that one first if it is wrong."
        raise NotAllowedNow(msg, code="notice_given_already", field="commitment")
    if given_by not in NonRenewal.Side.values:
        msg = "Who gave notice is missing. Choose sponsor or foundation."
        raise CommitmentError(msg, code="unknown_side", field="given_by")
    assert locked.signed_on is not None  # it is signed
    check_notice_day(given_on, last=locked.notice_on, signed_on=locked.signed_on, today=today)
    follower = locked.renewals.filter(state=State.SIGNED).first() if locked.renews_automatically else None
    if follower is not None:
        msg = f"{locked.number} was renewed as {follower.number} already. Terminate that one if it shall not hold."
        raise NotAllowedNow(msg, code="already_renewed", field="commitment")
    notice = NonRenewal.objects.create(
        commitment=locked,
        given_on=given_on,
        given_by=given_by,
        reason=check_text(reason, "reason", "reason", longest=300),
        recorded_by=actor,
    )
    notice.refresh_from_db()
    return notice


@action("commitment.withdraw_notice")
def withdraw_notice(*, actor: User, commitment: Commitment, reason: str, today: date) -> NonRenewal:
    """Take the notice back, and say why; what renews by itself does so again.

    Raises NotAllowedNow when no notice stands or the commitment is over.
    """
    locked = _lock_signed(commitment)
    notice = locked.non_renewals.standing().first()
    if notice is None:
        msg = f"No notice was given for {locked.number}, so there is nothing to withdraw."
        raise NotAllowedNow(msg, code="no_notice", field="commitment")
    notice.withdrawn_on = max(today, notice.given_on)
    notice.withdrawn_reason = check_text(reason, "reason", "reason", longest=300)
    notice.withdrawn_by = actor
    notice.save(update_fields=["withdrawn_on", "withdrawn_reason", "withdrawn_by"])
    notice.refresh_from_db()
    return notice


def _lock_signed(commitment: Commitment) -> Commitment:
    hold_sponsor_of(Commitment, commitment.pk)
    locked = lock_commitment(commitment)
    if locked.state != State.SIGNED:
        label = locked.get_state_display().lower()
        msg = f"{locked.number} is {label}. Notice is given and withdrawn while a commitment is signed."
        raise NotAllowedNow(msg, code="not_signed", field="commitment")
    return locked
