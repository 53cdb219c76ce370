"""Amending a signed commitment: proposed by one person, approved by another, in effect on its day."""

from collections.abc import Sequence
from datetime import date

import structlog
from django.db import OperationalError, transaction
from django.db.models import Max

from foundation.audit.actions import action
from foundation.books.closing import check_open
from foundation.books.models import Fund
from foundation.documents.models import Document
from foundation.documents.services import keep_document
from foundation.errors import RuleViolation, is_collision
from foundation.people.models import User
from foundation.uploads.pdf import check_pdf
from sponsors.commitments.models import Amendment, Commitment
from sponsors.commitments.rules import (
    AmendmentAction,
    AmendmentState,
    Barrier,
    CommitmentError,
    Due,
    Limit,
    NotAllowedNow,
    Period,
    RenewalTerms,
    State,
    check_effective,
    next_amendment_state,
)
from sponsors.commitments.services.change_data import as_data, from_data
from sponsors.commitments.services.changes import (
    Change,
    Outcome,
    check_change,
    plan_change,
    standing_of,
    write_change,
)
from sponsors.commitments.services.lines import Line
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.renewals import check_followers
from sponsors.commitments.services.values import UNCHANGED, Unchanged, check_text
from sponsors.commitments.services.waiting import check_beside_waiting
from sponsors.directory.rules import LATEST_DAY
from sponsors.directory.services import hold_sponsor_of

log = structlog.get_logger(__name__)


@action("amendment.propose")
def propose_amendment(
    *,
    actor: User,
    commitment: Commitment,
    effective_on: date,
    reason: str,
    today: date,
    ends_before: date | Unchanged = UNCHANGED,
    lines: Sequence[Line] | Unchanged = UNCHANGED,
    installments: Sequence[Due] | Unchanged = UNCHANGED,
    pauses: Sequence[Period] | Unchanged = UNCHANGED,
    conditions: Sequence[Barrier] | Unchanged = UNCHANGED,
    restrictions: Sequence[Limit[Fund]] | Unchanged = UNCHANGED,
    renewal: RenewalTerms | Unchanged = UNCHANGED,
    signed_copy: bytes | None = None,
    after: int | Unchanged | None = UNCHANGED,
) -> Amendment:
    """Propose how a signed commitment shall stand from a day on; nothing changes yet.

    Lines, installments, pauses, conditions and restrictions are given whole, as they shall stand, with
    those that stay as they are; amounts are in the commitment's currency. A condition that changes
    keeps its position. `signed_copy` is a PDF. `after` is the key of the last amendment in effect when
    what is given was written, None before the first: what came since would be taken away unseen. Raises CommitmentError naming the field, NotAllowedNow
    when a paid installment would change, a condition would be less than is met of it, the new end would
    reach into what follows, an approved amendment waits that it does not fit beside, or the commitment is
    not signed, BooksClosed, and UploadRefused.
    """
    hold_sponsor_of(Commitment, commitment.pk)
    locked = lock_commitment(commitment)
    if after is not UNCHANGED and after != locked.amended_by_id:
        raise NotAllowedNow(changed_since(locked), code="changed_meanwhile", field="commitment")
    standing = standing_of(locked)
    change = plan_change(
        locked,
        standing,
        ends_before=locked.ends_before if ends_before is UNCHANGED else ends_before,
        lines=list(standing.lines.values()) if lines is UNCHANGED else lines,
        installments=list(standing.installments.values()) if installments is UNCHANGED else installments,
        pauses=list(standing.pauses.values()) if pauses is UNCHANGED else pauses,
        conditions=list(standing.conditions.values()) if conditions is UNCHANGED else conditions,
        restrictions=list(standing.restrictions.values()) if restrictions is UNCHANGED else restrictions,
        renewal=locked.renewal_terms if renewal is UNCHANGED else renewal,
    )
    reason = check_text(reason, "reason", "reason", longest=300)
    if effective_on >= LATEST_DAY:
        msg = "The day must be in the years 1990 to 2099. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="effective_on")
    _check(locked, change, effective_on)
    check_beside_waiting(locked, change)
    number = (locked.amendments.aggregate(last=Max("number"))["last"] or 0) + 1
    document = None
    if signed_copy is not None:
        title = f"{locked.number} amendment {number}"
        document = keep_document(
            actor=actor, title=title, content=check_pdf(signed_copy, field="signed_copy")
        )
    amendment = Amendment.objects.create(
        commitment=locked,
        number=number,
        effective_on=effective_on,
        reason=reason,
        change=as_data(change),
        document=document,
        proposed_by=actor,
        proposed_on=today,
    )
    amendment.refresh_from_db()
    return amendment


def changed_since(commitment: Commitment) -> str:
    """Return the sentence for whoever wrote over a commitment that is not as it was."""
    return (
        f"{commitment.number} was changed since you opened this page, by an amendment, an invoice or a payment. "
        "Open Amend anew, and write your change over what stands now."
    )


@action("amendment.keep_signed_copy")
def keep_signed_copy(*, actor: User, amendment: Amendment, content: bytes) -> Amendment:
    """Keep the PDF that both sides signed, when none came with the proposal.

    Raises NotAllowedNow when one is kept already, and UploadRefused.
    """
    _commitment, locked = _lock(amendment)
    if locked.document_id is not None:
        msg = f"A signed copy of {locked} is kept already. It stays: look at that one first."
        raise NotAllowedNow(msg, code="signed_copy_kept", field="file")
    locked.document = keep_document(actor=actor, title=str(locked), content=check_pdf(content))
    locked.save(update_fields=["document"])
    locked.refresh_from_db()
    return locked


@action("amendment.name_signed_copy")
def name_signed_copy(*, actor: User, amendment: Amendment, document: Document) -> None:
    """Say which kept document is the amendment as both sides signed it, in place of one before."""
    Amendment.objects.filter(pk=amendment.pk).update(document=document)


@action("amendment.withdraw_signed_copy")
def withdraw_signed_copy(*, actor: User, amendment: Amendment, document: Document) -> None:
    """Say that the document is not the amendment any more; another copy may be kept. The file stays."""
    Amendment.objects.filter(pk=amendment.pk, document=document).update(document=None)


@action("amendment.approve")
def approve_amendment(*, actor: User, amendment: Amendment, today: date) -> Amendment:
    """Approve what somebody else proposed; it takes effect at once when its day has come, else on its day.

    Raises NotAllowedNow, and what `propose_amendment` raises when it does not fit any more.
    """
    commitment, locked = _lock(amendment)
    locked.state = next_amendment_state(locked.state, AmendmentAction.APPROVE)
    if locked.proposed_by_id == actor.pk:
        msg = "You proposed this amendment, so somebody else approves it. Ask a colleague who may."
        raise NotAllowedNow(msg, code="approver_is_proposer", field="approved_by")
    change = from_data(locked.change)
    outcome = _check(commitment, change, locked.effective_on)
    check_beside_waiting(commitment, change)
    locked.approved_by, locked.approved_on = actor, today
    locked.save(update_fields=["state", "approved_by", "approved_on"])
    if locked.effective_on <= today:
        _apply(commitment, locked, change, outcome, today)
    locked.refresh_from_db()
    return locked


@action("amendment.withdraw")
def withdraw_amendment(*, actor: User, amendment: Amendment, reason: str) -> Amendment:
    """Give up an amendment that is not in effect yet, and say why."""
    _commitment, locked = _lock(amendment)
    locked.state = next_amendment_state(locked.state, AmendmentAction.WITHDRAW)
    locked.withdrawn_reason = check_text(reason, "reason", "reason", longest=300)
    locked.save(update_fields=["state", "withdrawn_reason"])
    locked.refresh_from_db()
    return locked


def apply_waiting_amendments(*, actor: User | None, today: date) -> tuple[int, int]:
    """Let every approved amendment whose day has come take effect; return how many did, and how many could not.

    Each is a transaction of its own. One that does not fit any more keeps the sentence that says why in
    `problem`, for somebody to withdraw or repair it. One that meets another writer is left for the next
    run. The others are not held up.
    """
    applied = refused = 0
    for amendment in Amendment.objects.waiting(today).order_by("effective_on", "pk"):
        try:
            took_effect = _apply_waiting(actor=actor, amendment=amendment, today=today)
        except OperationalError as error:
            if not is_collision(error):
                raise
            log.warning("amendment met another writer, left for the next run", amendment=amendment.pk)
            continue
        applied += took_effect is True
        refused += took_effect is False
    return applied, refused


@action("amendment.apply_waiting")
def _apply_waiting(
    *,
    actor: User | None,  # recorded by @action
    amendment: Amendment,
    today: date,
) -> bool | None:
    """Return whether it took effect; None when somebody else was quicker."""
    commitment, locked = _lock(amendment)
    if locked.state != AmendmentState.APPROVED:
        return None
    try:
        with transaction.atomic():
            change = from_data(locked.change)
            outcome = _check(commitment, change, locked.effective_on)
            _apply(commitment, locked, change, outcome, today)
    except RuleViolation as violation:
        Amendment.objects.filter(pk=locked.pk).exclude(problem=violation.message).update(
            problem=violation.message
        )
        return False
    return True


def _apply(
    commitment: Commitment, amendment: Amendment, change: Change, outcome: Outcome, today: date
) -> None:
    amendment.state = next_amendment_state(amendment.state, AmendmentAction.APPLY)
    before = commitment.amended_by
    write_change(commitment, amendment, change, outcome)
    amendment.applied_on = today
    amendment.turn = 1 + ((before.turn or 0) if before else 0)
    amendment.problem = ""
    amendment.save(update_fields=["state", "applied_on", "turn", "problem"])


def _check(commitment: Commitment, change: Change, effective_on: date) -> Outcome:
    """Return what the change leads to from the day on. Raises CommitmentError, NotAllowedNow and BooksClosed."""
    if commitment.state != State.SIGNED:
        label = commitment.get_state_display().lower()
        msg = f"{commitment.number} is {label}. Only a signed commitment is amended."
        raise NotAllowedNow(msg, code="not_signed", field="commitment")
    assert commitment.signed_on is not None
    before = commitment.amended_by
    check_effective(
        effective_on,
        signed_on=commitment.signed_on,
        ends_before=max(commitment.ends_before, change.ends_before or commitment.ends_before),
        earlier=(before.number, before.effective_on) if before else None,
    )
    check_open(effective_on, what="An amendment", field="effective_on")
    if change.ends_before is not None:
        check_followers(commitment, change.ends_before)
    return check_change(commitment, standing_of(commitment), change, effective_on=effective_on)


def _lock(amendment: Amendment) -> tuple[Commitment, Amendment]:
    hold_sponsor_of(Commitment, amendment.commitment_id)
    commitment = lock_commitment(amendment.commitment)
    return commitment, Amendment.objects.select_for_update().select_related("commitment").get(pk=amendment.pk)
