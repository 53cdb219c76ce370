"""What ends reminders by itself: a renewal, a decline, a notice, a termination, another last day, and time."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment, NonRenewal
from sponsors.commitments.rules import FIRM, State
from sponsors.renewals.models import ReminderStep, RenewalCase
from sponsors.renewals.querysets import CaseQuerySet
from sponsors.renewals.rules.ladder import Anchor
from sponsors.renewals.rules.states import (
    LAPSES_BY_ITSELF,
    CaseEnd,
    CaseState,
    StepAction,
    StepState,
    states_that_may,
)
from sponsors.renewals.selectors.climbing import Climber, Ladders

OVER = "Its time is over, and nothing followed."
TERMINATED = "The commitment was terminated."
DECLINED = "The renewal was declined."


@action("reminder.settle")
def settle(
    *,
    actor: User | None,  # recorded by @action
    today: date,
) -> int:
    """Close the steps and cases that something has settled, and return how many steps.

    A notice of non-renewal stops the reminders; the case stays on the board until the commitment ends, as
    talks may go on and notice may be withdrawn, after which the ladder goes on with its next step.
    """
    following = Commitment.objects.filter(renewal_of=OuterRef("commitment"), state__in=FIRM).order_by("pk")
    notices = NonRenewal.objects.standing().filter(commitment=OuterRef("commitment"))
    current = Commitment.objects.filter(pk=OuterRef("commitment"))
    terminated = Exists(current.filter(state=State.TERMINATED))
    cases = RenewalCase.objects.filter(commitment=OuterRef("commitment"), state=CaseState.DECLINED)
    # A day less one is a day.
    last = ExpressionWrapper(F("ends_before") - 1, output_field=DateField())
    why = {
        Exists(following): _text("Renewed by ", following.values("number")),
        terminated: Value(TERMINATED),
        Exists(cases): Value(DECLINED),
        Exists(notices): _text("Notice was given on ", notices.values("given_on")),
        Exists(current.exclude(ends_before=OuterRef("ends_before"))): _text(
            "A new ladder began: the last day is now ", current.annotate(last=last).values("last")
        ),
    }
    any_of = reduce(or_, (Q(condition) for condition in why))
    reason = Case(*(When(condition, then=text) for condition, text in why.items()))
    closed = _close(any_of, reason)
    # Who had declined, or seemed to have lapsed, may renew after all.
    before = Q(closed_on=None) | Q(closed_as__in=[CaseEnd.DECLINED, CaseEnd.LAPSED])
    renewed = before & Q(Exists(following))
    over = Exists(current.filter(ends_before__lte=today))
    ends = {
        renewed: CaseEnd.RENEWED,
        Q(terminated, closed_on=None): CaseEnd.TERMINATED,
        Q(closed_on=None, state=CaseState.DECLINED): CaseEnd.DECLINED,
        Q(Exists(notices), over, closed_on=None): CaseEnd.DECLINED,
    }
    RenewalCase.objects.filter(reduce(or_, ends)).update(
        closed_on=today,
        closed_as=Case(*(When(condition, then=Value(end)) for condition, end in ends.items())),
    )
    return closed


@action("reminder.close")
def close_over(
    *,
    actor: User | None,  # recorded by @action
    today: date,
    days_after: int,
) -> int:
    """Close what is left of commitments that no ladder reaches any more, and return how many steps."""
    unreached = today - timedelta(days=days_after)
    _lapse(RenewalCase.objects.filter(commitment__ends_before__lte=unreached), today)
    return _close(Q(ends_before__lte=unreached), Value(OVER))


def close_ended(*, batch: Sequence[Climber], known: Ladders, today: date) -> int:
    """Close the last steps of these commitments whose windows are over, in the caller's transaction."""
    closed = 0
    for anchor in Anchor:
        commitments = [row.pk for row in batch if known.is_over(row, anchor, today)]
        if not commitments:
            continue
        closed += _close(Q(commitment__in=commitments, anchor=anchor), Value(OVER))
        if anchor is Anchor.END:
            _lapse(RenewalCase.objects.filter(commitment__in=commitments), today)
    return closed


@action("reminder.wake")
def wake(
    *,
    actor: User | None,  # recorded by @action
    today: date,
) -> int:
    """Open the steps whose snooze is over, and count the time to respond anew."""
    return (
        ReminderStep.objects.snooze_over(today)
        .filter(state__in=states_that_may(StepAction.WAKE))
        .update(state=StepState.OPEN, snoozed_until=None, told_again_on=today)
    )


def _text(before: str, what: "QuerySet[Any, Any]") -> Concat:
    return Concat(
        Value(before),
        Cast(Subquery(what[:1]), CharField()),
        Value("."),
        output_field=CharField(max_length=300),
    )


def _close(where: Any, reason: Any) -> int:
    return ReminderStep.objects.filter(where, state__in=states_that_may(StepAction.CLOSE)).update(
        state=StepState.CLOSED, snoozed_until=None, settled_by=None, reason=reason
    )


def _lapse(cases: CaseQuerySet, today: date) -> None:
    """Close those nobody works on; where talks go on, a person says what came of them."""
    cases.open().filter(state__in=LAPSES_BY_ITSELF).update(closed_on=today, closed_as=CaseEnd.LAPSED)
