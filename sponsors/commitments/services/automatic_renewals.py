"""What both sides agreed comes by itself: a signed commitment that follows one of which nobody gave notice."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import structlog
from django.db import OperationalError, transaction

from foundation.audit.actions import action
from foundation.books.closing import check_open
from foundation.books.models import Fund
from foundation.books.selectors import current_organization
from foundation.errors import RuleViolation, is_collision
from foundation.money.rules import split
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import (
    Barrier,
    CommitmentError,
    Due,
    Limit,
    Period,
    Repetition,
    postponed,
    repetition,
    scaled,
)
from sponsors.commitments.services.conditions import barriers_of
from sponsors.commitments.services.drafting import draft_commitment
from sponsors.commitments.services.lines import Line, lines_of
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.restrictions import limits_of
from sponsors.commitments.services.schedules import dates_of
from sponsors.commitments.services.values import as_owner
from sponsors.commitments.services.workflow import propose, sign
from sponsors.directory.services import hold_sponsor_of

log = structlog.get_logger(__name__)
_LONGEST_PROBLEM = 500


def renew_automatically(*, actor: User | None, today: date) -> tuple[int, int]:
    """Renew every commitment whose last day for notice is past; return how many were, and how many could not be.

    Each is a transaction of its own. The owner is told of each renewal, and once of what stands in the
    way of another, which the commitment keeps as `renewal_problem`. One that meets another writer is left
    for the next run. The others are not held up. Run twice, or beside itself, it renews each once.
    """
    renewed = refused = 0
    for commitment in Commitment.objects.to_renew(today).order_by("ends_before", "pk"):
        try:
            followed = _renew_or_say_why_not(actor=actor, commitment=commitment, today=today)
        except OperationalError as error:
            if not is_collision(error):
                raise
            log.warning("renewal met another writer, left for the next run", commitment=commitment.pk)
            continue
        renewed += followed is True
        refused += followed is False
    return renewed, refused


@action("commitment.renew_automatically")
def _renew_or_say_why_not(*, actor: User | None, commitment: Commitment, today: date) -> bool | None:
    """Return whether it was renewed; None when somebody else was quicker."""
    hold_sponsor_of(Commitment, commitment.pk)
    lock_commitment(commitment)
    earlier = (
        Commitment.objects.to_renew(today)
        .select_related("sponsor", "owner", "backup")
        .filter(pk=commitment.pk)
        .first()
    )
    if earlier is None:
        return None
    try:
        with transaction.atomic():
            _renew(actor, earlier, today)
    except RuleViolation as violation:
        problem = violation.message[:_LONGEST_PROBLEM]
        Commitment.objects.filter(pk=earlier.pk).exclude(renewal_problem=problem).update(
            renewal_problem=problem
        )
        _tell_refused(actor, earlier, violation)
        return False
    return True


def _renew(actor: User | None, earlier: Commitment, today: date) -> None:
    again = _repetition(earlier)
    _check_not_long_ago(again.period, today)
    cash = sum((part.amount for part in again.installments), start=Decimal(0))
    draft = draft_commitment(
        actor=actor,
        sponsor=earlier.sponsor,
        title=earlier.title,
        starts_on=again.period.starts_on,
        ends_before=again.period.ends_before,
        currency=earlier.currency,
        lines=_lines(earlier, again, cash),
        schedule=[(part.due_on, part.amount) for part in again.installments] or None,
        today=today,
        owner=as_owner(earlier.owner),
        backup=as_owner(earlier.backup),
        renewal_of=earlier,
        conditions=_conditions(earlier, again, cash),
        restrictions=_restrictions(earlier, again),
        renewal=earlier.renewal_terms,
    )
    propose(actor=actor, commitment=draft, today=today)
    renewal = sign(actor=actor, commitment=draft, signed_on=today, today=today)
    Commitment.objects.filter(pk=earlier.pk).exclude(renewal_problem="").update(renewal_problem="")
    _tell(
        actor,
        earlier,
        key=f"commitment_renewed:{renewal.pk}",
        subject=f"{earlier.number} of {earlier.sponsor.name} was renewed as {renewal.number}",
        template="commitment_renewed",
        about=renewal,
        renewal=renewal,
    )


def _check_not_long_ago(period: Period, today: date) -> None:
    """Raise CommitmentError and BooksClosed for days of which people must say whether the support went on.

    An old agreement written down today would else renew itself year by year into debt.
    """
    if period.ends_before <= today:
        last = period.ends_before - timedelta(days=1)
        msg = f"What would follow was over on {last} already. Ask the sponsor whether the support went on."
        raise CommitmentError(msg, code="renewal_is_over", field="renewal_months")
    check_open(period.starts_on, what="A renewal by itself", field="starts_on", advice="by hand")


def _repetition(earlier: Commitment) -> Repetition:
    assert earlier.renewal_months is not None  # it renews automatically
    parts = [Due(due_on, amount) for due_on, amount in dates_of(earlier) or []]
    period = Period(earlier.starts_on, earlier.ends_before)
    pauses = [Period(row.starts_on, row.ends_before) for row in earlier.pauses.all()]
    return repetition(period, parts, earlier.renewal_months, earlier.currency, pauses)


def _lines(earlier: Commitment, again: Repetition, cash: Decimal) -> list[Line]:
    """Return the lines for the renewal: its cash in the same proportions, what is in kind by length."""
    lines = lines_of(earlier)
    in_cash = [line for line in lines if line.kind == CommitmentLine.Kind.CASH]
    parts = iter(split(cash, [line.amount for line in in_cash], earlier.currency) if in_cash else [])
    amounts = [
        next(parts)
        if line.kind == CommitmentLine.Kind.CASH
        else scaled(line.amount, again.share, earlier.currency)
        for line in lines
    ]
    return [replace(line, amount=amount) for line, amount in zip(lines, amounts, strict=True) if amount]


def _conditions(earlier: Commitment, again: Repetition, cash: Decimal) -> list[Barrier]:
    """Return the conditions, which hold again: their days as much later, their amounts by length."""
    later_by = earlier.renewal_months or 0
    found = []
    for barrier in barriers_of(earlier):
        amount = min(cash, scaled(barrier.amount, again.share, earlier.currency))
        target = None if barrier.target is None else scaled(barrier.target, again.share, earlier.currency)
        if amount and target != 0:
            found.append(replace(postponed(barrier, later_by), amount=amount, target=target))
    return found


def _restrictions(earlier: Commitment, again: Repetition) -> list[Limit[Fund]]:
    """Return the restrictions of the whole and of the terms that come again; a term's cash is the same, so its amounts are."""
    found = []
    for limit in limits_of(earlier):
        if limit.term is not None and limit.term <= again.skipped:
            continue
        term = None if limit.term is None else limit.term - again.skipped
        amount = limit.amount
        if amount is not None and term is None:
            amount = scaled(amount, again.share, earlier.currency)
        if amount != 0:
            found.append(replace(limit, term=term, amount=amount))
    return found


def _tell_refused(actor: User | None, commitment: Commitment, violation: RuleViolation) -> None:
    _tell(
        actor,
        commitment,
        key=f"commitment_not_renewed:{commitment.pk}:{violation.code}",
        subject=f"{commitment.number} could not be renewed by itself",
        template="commitment_not_renewed",
        about=commitment,
        problem=violation.message,
    )


def _tell(
    actor: User | None,
    earlier: Commitment,
    *,
    key: str,
    subject: str,
    template: str,
    about: Commitment,
    **context: object,
) -> None:
    """Mail whoever looks after it, else the foundation's own address, if it has one."""
    person = as_owner(earlier.owner) or as_owner(earlier.backup)
    recipient = person.email if person else current_organization().contact_email
    if recipient:
        queue_notice(
            actor=actor,
            kind=template,
            key=key,
            recipient=recipient,
            subject=subject,
            template=template,
            context={"earlier": earlier, "person": person, **context},
            about=about,
        )
