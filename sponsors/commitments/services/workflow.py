"""Moving a commitment from draft to signed, and closing it; the table in the rules decides."""

from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.books.closing import check_open
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import Action, CommitmentError, State, check_sum, next_state
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.values import (
    UNCHANGED,
    Unchanged,
    check_announcement,
    check_people,
    check_text,
)
from sponsors.directory.rules import EARLIEST_DAY

# Neither names a day that it corrects.
OPEN_AGAIN = "or ask an administrator to open the books again"


@action("commitment.propose")
def propose(*, actor: User | None, commitment: Commitment, today: date) -> Commitment:
    """Put a complete draft before the sponsor; its terms are fixed from here on."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.PROPOSE)
    _check_complete(locked)
    locked.proposed_on = today
    return _save(locked, "state", "proposed_on")


@action("commitment.revise")
def revise(*, actor: User, commitment: Commitment) -> Commitment:
    """Take a proposal back to draft, so that it can be changed."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.REVISE)
    locked.proposed_on = None
    return _save(locked, "state", "proposed_on")


@action("commitment.sign")
def sign(*, actor: User | None, commitment: Commitment, signed_on: date, today: date) -> Commitment:
    """Record that both sides signed on the day; from here on it is firm and its installments fall due."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.SIGN)
    check_signing_day(signed_on, today)
    check_open(signed_on, what="A signature", field="signed_on", advice=OPEN_AGAIN)
    _check_complete(locked)
    locked.signed_on = signed_on
    return _save(locked, "state", "signed_on")


@action("commitment.decline")
def decline(*, actor: User, commitment: Commitment, reason: str, today: date) -> Commitment:
    """Record that the sponsor said no to a proposal, and why."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.DECLINE)
    return _close(locked, closed_on=today, reason=reason)


@action("commitment.withdraw")
def withdraw(*, actor: User, commitment: Commitment, reason: str, today: date) -> Commitment:
    """Give up a draft or a proposal of ours, and say why."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.WITHDRAW)
    return _close(locked, closed_on=today, reason=reason)


@action("commitment.terminate")
def terminate(
    *, actor: User, commitment: Commitment, closed_on: date, reason: str, today: date
) -> Commitment:
    """Close a signed commitment before its last day; `closed_on` is the first day it no longer holds.

    What fell due before that day stays due; what would fall due on it or later is released. The state
    changes at once, so that the day is `today` or earlier.
    """
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.TERMINATE)
    _check_termination(locked, closed_on, today)
    check_open(closed_on, what="A termination", field="closed_on", advice=OPEN_AGAIN)
    return _close(locked, closed_on=closed_on, reason=reason)


@action("commitment.end")
def end(*, actor: User | None, commitment: Commitment, today: date) -> Commitment:
    """Close a signed commitment whose last day is past; None as actor is Bursar itself."""
    locked = lock_commitment(commitment)
    locked.state = next_state(locked.state, Action.END)
    if today < locked.ends_before:
        msg = f"{locked.number} runs until {locked.ends_on}. End it after that day, or terminate it."
        raise CommitmentError(msg, code="not_over_yet", field="state")
    locked.closed_on = locked.ends_before
    return _save(locked, "state", "closed_on")


@action("commitment.end_all_over")
def end_all_over(*, actor: User | None, today: date) -> int:
    """End every signed commitment whose last day is past, and return how many.

    Rows somebody holds at this moment are left for the next run.
    """
    over = Commitment.objects.filter(state=State.SIGNED, ends_before__lte=today)
    locked = over.select_for_update(skip_locked=True).order_by("pk")
    for commitment in locked:
        commitment.state = next_state(commitment.state, Action.END)
        commitment.closed_on = commitment.ends_before
        commitment.save(update_fields=["state", "closed_on"])
    return len(locked)


@action("commitment.set_owner")
def set_owner(*, actor: User, commitment: Commitment, owner: User | None, backup: User | None) -> Commitment:
    """Say who looks after the commitment, in any state."""
    locked = lock_commitment(commitment)
    check_people(owner, backup)
    locked.owner, locked.backup = owner, backup
    return _save(locked, "owner", "backup")


@action("commitment.change_details")
def change_details(
    *,
    actor: User,
    commitment: Commitment,
    title: str | Unchanged = UNCHANGED,
    announced_on: date | Unchanged | None = UNCHANGED,
    notes: str | Unchanged = UNCHANGED,
) -> Commitment:
    """Change what binds nobody, in any state."""
    locked = lock_commitment(commitment)
    if title is not UNCHANGED:
        locked.title = check_text(title, "title", "title", longest=200)
    if announced_on is not UNCHANGED:
        locked.announced_on = check_announcement(announced_on)
    locked.notes = locked.notes if notes is UNCHANGED else notes
    return _save(locked, "title", "announced_on", "notes")


def check_signing_day(day: date, today: date) -> None:
    """Raise CommitmentError for a day on which nobody can have signed."""
    if day > today:
        msg = f"The signing date {day} is after today, {today}. Give the day on which both sides had signed."
        raise CommitmentError(msg, code="signed_in_the_future", field="signed_on")
    if day < EARLIEST_DAY:
        msg = f"The signing date {day} is before 1990. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="signed_on")


def _close(locked: Commitment, *, closed_on: date, reason: str) -> Commitment:
    locked.closed_reason = check_text(reason, "reason", "reason", longest=300)
    locked.closed_on = closed_on
    return _save(locked, "state", "closed_on", "closed_reason")


def _check_termination(commitment: Commitment, closed_on: date, today: date) -> None:
    assert commitment.signed_on is not None
    if closed_on < commitment.signed_on:
        msg = f"{commitment.number} was signed on {commitment.signed_on}. Choose that day or a later one."
        raise CommitmentError(msg, code="closed_before_signing", field="closed_on")
    if closed_on >= commitment.ends_before:
        msg = f"{commitment.number} ends by itself after {commitment.ends_on}. Choose that day or an earlier one."
        raise CommitmentError(msg, code="closed_after_the_end", field="closed_on")
    if closed_on > today:
        msg = f"{closed_on} is after today, {today}. Choose today or an earlier day, or terminate it on that day."
        raise CommitmentError(msg, code="closed_in_the_future", field="closed_on")


def _check_complete(commitment: Commitment) -> None:
    """Raise CommitmentError unless something is promised and all cash of it falls due some day."""
    promised = list(commitment.lines.values_list("kind", "amount"))
    if not promised:
        msg = f"{commitment.number} promises nothing yet. Add a line first."
        raise CommitmentError(msg, code="no_lines", field="lines")
    cash = sum((amount for kind, amount in promised if kind == CommitmentLine.Kind.CASH), start=Decimal(0))
    due = sum(commitment.installments.values_list("amount", flat=True), start=Decimal(0))
    check_sum(due, cash, commitment.currency)


def _save(commitment: Commitment, *fields: str) -> Commitment:
    commitment.save(update_fields=fields)
    commitment.refresh_from_db(fields=["updated_at"])  # the row was read, whole, when it was locked
    return commitment
