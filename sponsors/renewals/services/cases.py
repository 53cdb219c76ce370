"""Renewal cases: opened, moved over the board, estimated, renewed, and closed with what came of them.

Who holds more than one row locks the sponsor and the commitment first, as in commitments, and the case after them.
"""

import math
from dataclasses import dataclass
from datetime import date

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import State
from sponsors.commitments.services import lock_commitment
from sponsors.directory.services import hold_sponsor_of
from sponsors.renewals.models import CaseMove, RenewalCase
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.rules.renewing import NextTerms
from sponsors.renewals.rules.states import CaseEnd, CaseState, check_case_move
from sponsors.renewals.services.announcing import announce_closed, announce_moves
from sponsors.renewals.services.next_commitment import draft_next
from sponsors.renewals.services.texts import optional_text, required_text

LONGEST_NOTE = 500
_CLOSING = ("closed_on", "closed_as")
_MAY_BE_RENEWED = frozenset({State.SIGNED, State.ENDED})
# What is settled so may become a question again; a renewal that was signed does not.
MAY_BE_REOPENED = frozenset({CaseEnd.DECLINED, CaseEnd.LAPSED})
# Where a case stands at least once its end is known.
STANDS_AS = {CaseEnd.RENEWED: CaseState.AGREED, CaseEnd.DECLINED: CaseState.DECLINED}


@dataclass(frozen=True, slots=True)
class Renewed:
    """The commitment that follows; `is_new` says whether this made it, or it was there already."""

    case: RenewalCase
    commitment: Commitment
    is_new: bool


@action("renewalcase.open")
def open_case(*, actor: User | None, commitment: Commitment, today: date) -> RenewalCase:
    """Put the commitment on the board; one that was there already stays as it is, open or closed.

    Raises NotAllowedNow unless the commitment is signed or ended, and followed by no signed one.
    """
    locked = lock_commitment(commitment)
    present = RenewalCase.objects.select_for_update(of=("self",)).filter(commitment=locked).first()
    if present is not None:
        return present
    if locked.state not in _MAY_BE_RENEWED:
        msg = (
            f"{locked.number} is {locked.get_state_display().lower()}. Only a signed commitment, or one that "
            "ended, can be renewed."
        )
        raise NotAllowedNow(msg, code="nothing_to_renew", field="commitment")
    follower = Commitment.objects.renewing(locked).first()
    if follower is not None:
        msg = f"{locked.number} was followed by {follower.number} already. Look at the renewal of that one."
        raise NotAllowedNow(msg, code="already_renewed", field="commitment")
    case = RenewalCase.objects.create(commitment=locked, opened_on=today)
    case.refresh_from_db()
    return case


@action("renewalcase.move")
def move_case(
    *,
    actor: User | None,
    case: RenewalCase,
    state: str,
    note: str = "",
    today: date,
    seen: str | None = None,
) -> RenewalCase:
    """Move the card to another column; why a sponsor declined must be said.

    `seen` is the column in which the person saw it: raises NotAllowedNow when somebody else moved it from there
    meanwhile, when the case is closed, and when the card is there already. Raises RenewalError for an unknown
    column, and for a decline without a note.
    """
    if state not in CaseState.values:
        msg = f"There is no column “{state}”. Choose one of {', '.join(CaseState.values)}."
        raise RenewalError(msg, code="unknown_state", field="state")
    locked = lock_case(case)
    if seen is not None and seen != locked.state and locked.closed_on is None:
        msg = (
            f"Somebody moved the card to “{locked.get_state_display()}” meanwhile. Look at the board again, and "
            "move it from there if that is still needed."
        )
        raise NotAllowedNow(msg, code="moved_meanwhile", field="state")
    wanted = check_case_move(locked.state, state, is_closed=locked.closed_on is not None)
    if wanted == CaseState.DECLINED:
        note = required_text(note, "note on why the sponsor declined", "note", longest=LONGEST_NOTE)
    return _put(actor, locked, wanted, note)


@action("renewalcase.estimate")
def estimate_case(*, actor: User, case: RenewalCase, own_probability: float | None) -> RenewalCase:
    """Say how probable a renewal is, from 0 to 1; None takes the estimate back, and the assessed risk holds.

    Raises RenewalError for what is no share, and NotAllowedNow for a closed case.
    """
    locked = lock_case(case)
    _check_open(locked)
    if own_probability is not None and not (math.isfinite(own_probability) and 0 <= own_probability <= 1):
        msg = "A probability is from 0 to 100 percent. Correct it, or leave it empty."
        raise RenewalError(msg, code="probability_out_of_range", field="own_probability")
    locked.own_probability = own_probability
    return _save(locked, "own_probability")


@action("renewalcase.close")
def close_case(*, actor: User | None, case: RenewalCase, as_: str, today: date) -> RenewalCase:
    """Take the card off the board, and say what came of it; said again, nothing changes.

    A renewed one is left in the column of what is agreed, a declined one in that of declines. Raises RenewalError
    for an unknown end, and NotAllowedNow for a case that was closed as something else.
    """
    if as_ not in CaseEnd.values:
        msg = f"This is not known here. Choose one of {', '.join(CaseEnd.values)}."
        raise RenewalError(msg, code="unknown_end", field="closed_as")
    end = CaseEnd(as_)
    locked = lock_case(case)
    if locked.closed_on is not None:
        if locked.closed_as == end:
            return locked
        _check_open(locked)
    locked.closed_on, locked.closed_as = today, end
    stands = STANDS_AS.get(end)
    if stands is not None and stands != locked.state:
        locked = _put(actor, locked, stands, f"Closed as {end.label.lower()}.", *_CLOSING)
    else:
        locked = _save(locked, *_CLOSING)
    announce_closed(actor=actor, cases=[locked.pk], end=end, today=today)
    return locked


@action("renewalcase.reopen")
def reopen_case(*, actor: User, case: RenewalCase, note: str, today: date) -> RenewalCase:
    """Take a case up again whose end was not the last word, and say why; its card is under negotiation.

    Raises NotAllowedNow for one that is open, renewed, or of a commitment that was terminated.
    """
    locked = lock_case(case)
    if locked.closed_as not in MAY_BE_REOPENED:
        how = f"closed as {locked.get_closed_as_display().lower()}" if locked.closed_as else "open"
        msg = f"This renewal is {how}, so that it cannot be opened again."
        raise NotAllowedNow(msg, code="not_to_be_reopened", field="state")
    note = required_text(note, "note", "note", longest=LONGEST_NOTE)
    locked.closed_on, locked.closed_as = None, ""
    if locked.state == CaseState.NEGOTIATING:
        return _save(locked, *_CLOSING)
    return _put(actor, locked, CaseState.NEGOTIATING, note, *_CLOSING)


@action("renewalcase.renew")
def renew_case(
    *,
    actor: User,
    case: RenewalCase,
    today: date,
    terms: NextTerms = NextTerms(),  # noqa: B008  # it cannot change
) -> Renewed:
    """Draft the next commitment from this one, with the changes in `terms`, and put the card under negotiation.

    A draft is an offer of ours, so that nothing is agreed by it. Pressed again, or after somebody else, it finds the
    renewal that stands, which stays as it is. Raises what drafting raises, and NotAllowedNow for a closed case.
    """
    hold_sponsor_of(Commitment, case.commitment_id)
    commitment = lock_commitment(Commitment(pk=case.commitment_id))
    locked = lock_case(case)
    live = commitment.renewals.exclude(state__in=[State.DECLINED, State.WITHDRAWN]).first()
    if live is not None:
        return Renewed(locked, live, is_new=False)
    _check_open(locked)
    renewal = draft_next(actor=actor, commitment=commitment, terms=terms, today=today)
    if locked.state not in (CaseState.NEGOTIATING, CaseState.AGREED):
        locked = _put(actor, locked, CaseState.NEGOTIATING, f"{renewal.number} was drafted.")
    return Renewed(locked, renewal, is_new=True)


def lock_case(case: RenewalCase) -> RenewalCase:
    return RenewalCase.objects.select_for_update(of=("self",)).select_related("commitment").get(pk=case.pk)


def _check_open(locked: RenewalCase) -> None:
    if locked.closed_on is not None:
        msg = f"This renewal was closed as {locked.get_closed_as_display().lower()} on {locked.closed_on}."
        raise NotAllowedNow(msg, code="case_is_closed", field="state")


def _put(actor: User | None, locked: RenewalCase, state: CaseState, note: str, *changed: str) -> RenewalCase:
    """Write the move, and the card with what else is changed of it.

    In one statement: the second one of a transaction would look at the commitment's row, which whoever renews holds
    while waiting for the card.
    """
    move = CaseMove.objects.create(
        case=locked,
        before=locked.state,
        after=state,
        note=optional_text(note, "note", "note", longest=LONGEST_NOTE),
        moved_by=actor,
    )
    announce_moves(actor=actor, moves=[move])
    locked.state = state
    return _save(locked, "state", *changed)


def _save(locked: RenewalCase, *fields: str) -> RenewalCase:
    locked.save(update_fields=list(fields))
    locked.refresh_from_db(fields=[*fields, "updated_at"])
    return locked
