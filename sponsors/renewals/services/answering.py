"""What people do with a reminder: acknowledge it, let it sleep, or record what the sponsor said."""

from datetime import date

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.services import lock_commitment
from sponsors.renewals.models import ReminderStep
from sponsors.renewals.rules.outcomes import (
    CASE_AFTER,
    Outcome,
    check_is_renewed,
    check_snooze,
    step_after,
)
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.rules.states import CaseEnd, StepAction, next_step_state
from sponsors.renewals.services.cases import close_case, move_case, open_case
from sponsors.renewals.services.settling import settle
from sponsors.renewals.services.texts import optional_text, required_text

_LONGEST = 300


@action("reminder.acknowledge")
def acknowledge(*, actor: User, step: ReminderStep) -> ReminderStep:
    """Say that somebody is at it: nobody else is told of this step. Raises NotAllowedNow when it waits no more."""
    locked = _lock(step)
    locked.state = next_step_state(locked.state, StepAction.ACKNOWLEDGE)
    locked.snoozed_until, locked.settled_by = None, actor
    return _save(locked)


@action("reminder.snooze")
def snooze(*, actor: User, step: ReminderStep, until: date, reason: str, today: date) -> ReminderStep:
    """Let the step sleep until a day, on which whoever is responsible is told of it again.

    Raises RenewalError without a reason, or for a day that is not ahead or on which the next step comes
    anyway; NotAllowedNow when it waits no more.
    """
    locked = _lock(step)
    state = next_step_state(locked.state, StepAction.SNOOZE)
    locked.reason = required_text(reason, "reason", "reason", longest=_LONGEST)
    check_snooze(until, today=today, closes_before=locked.closes_before)
    locked.state, locked.snoozed_until, locked.settled_by = state, until, actor
    return _save(locked)


@action("reminder.record_outcome")
def record_outcome(
    *, actor: User, step: ReminderStep, outcome: str, note: str = "", today: date
) -> ReminderStep:
    """Record how the renewal stands: its card moves, and once it is renewed or declined the ladder is closed.

    Otherwise the step is acknowledged, and later ones come. Raises RenewalError for a decline that says not why,
    and for a renewal that no signed commitment bears out; NotAllowedNow when the step waits no more, or the
    renewal is closed.
    """
    if outcome not in Outcome.values:
        msg = f"There is no outcome “{outcome}”. Choose one of {', '.join(Outcome.values)}."
        raise RenewalError(msg, code="unknown_outcome", field="outcome")
    said = Outcome(outcome)
    # The commitment first, as whoever signs its renewal does.
    commitment = lock_commitment(Commitment(pk=step.commitment_id))
    locked = _lock(step)
    state = step_after(locked.state, said)
    if said is Outcome.RENEWED:
        following = Commitment.objects.renewing(commitment).values_list("number", flat=True).first()
        check_is_renewed(commitment.number, following)
        settle(actor=actor, today=today, only=commitment.pk)
        locked.refresh_from_db(fields=["reason"])
    else:
        note = optional_text(note, "note", "note", longest=_LONGEST)
        case = open_case(actor=actor, commitment=commitment, today=today)
        if case.state != CASE_AFTER[said] or case.closed_on is not None:
            case = move_case(actor=actor, case=case, state=CASE_AFTER[said], note=note, today=today)
        if said is Outcome.DECLINED:
            close_case(actor=actor, case=case, as_=CaseEnd.DECLINED, today=today)
            settle(actor=actor, today=today, only=commitment.pk)
            locked.refresh_from_db(fields=["reason"])
        locked.reason = note or locked.reason
    locked.state, locked.snoozed_until, locked.settled_by = state, None, actor
    return _save(locked)


def _lock(step: ReminderStep) -> ReminderStep:
    return (
        ReminderStep.objects.select_for_update(of=("self",))
        .select_related("commitment__sponsor")
        .get(pk=step.pk)
    )


def _save(locked: ReminderStep) -> ReminderStep:
    locked.save(update_fields=["state", "snoozed_until", "settled_by", "reason"])
    locked.refresh_from_db(fields=["updated_at"])
    return locked
