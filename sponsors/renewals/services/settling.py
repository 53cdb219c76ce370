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
from sponsors.commitments.models import Amendment, Commitment, NonRenewal
from sponsors.commitments.rules import AmendmentState, State
from sponsors.renewals.models import CaseMove, ReminderStep, RenewalCase
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
from sponsors.renewals.services.announcing import announce_closed, announce_moves
from sponsors.renewals.services.cases import MAY_BE_REOPENED, STANDS_AS

_OPEN_AGAIN = ""
_MOVED_END = "Its last day was changed."
OVER = "Its time is over, and nothing followed."
TERMINATED = "The commitment was terminated."
DECLINED = "The renewal was declined."


@action("reminder.settle")
def settle(
    *,
    actor: User | None,  # recorded by @action
    today: date,
    only: int | None = None,
) -> int:
    """Close the steps and cases that something has settled, of one commitment or of all; return how many steps.

    A notice of non-renewal stops the reminders; the case stays on the board until the commitment ends, as
    talks may go on and notice may be withdrawn, after which the ladder goes on with its next step.
    """
    following = Commitment.objects.renewing(OuterRef("commitment")).order_by("pk")
    notices = NonRenewal.objects.standing().filter(commitment=OuterRef("commitment"))
    current = Commitment.objects.filter(pk=OuterRef("commitment"))
    cases = RenewalCase.objects.filter(commitment=OuterRef("commitment"), state=CaseState.DECLINED)
    # A day less one is a day.
    last = ExpressionWrapper(F("ends_before") - 1, output_field=DateField())
    why = {
        Exists(following): _text("Renewed by ", following.values("number")),
        Exists(current.filter(state=State.TERMINATED)): Value(TERMINATED),
        Exists(cases): Value(DECLINED),
        Exists(notices): _text("Notice was given on ", notices.values("given_on")),
        Exists(current.exclude(ends_before=OuterRef("ends_before"))): _text(
            "A new ladder began: the last day is now ", current.annotate(last=last).values("last")
        ),
    }
    any_of = reduce(or_, (Q(condition) for condition in why))
    reason = Case(*(When(condition, then=text) for condition, text in why.items()))
    of = Q() if only is None else Q(commitment=only)
    closed = _close(of & any_of, reason)
    _follow_cases(of, following, notices, today)
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


def _follow_cases(
    of: Q, following: "QuerySet[Commitment]", notices: "QuerySet[NonRenewal]", today: date
) -> None:
    """Close the cases of what is settled; open again those of commitments whose end was moved since."""
    current = Commitment.objects.filter(pk=OuterRef("commitment"))
    over = current.filter(ends_before__lte=today)
    # Of the day itself the moment tells; later an amendment changes only in what it has with it, such as a document.
    moved = Amendment.objects.filter(
        commitment=OuterRef("commitment"),
        state=AmendmentState.APPLIED,
        applied_on__gte=OuterRef("closed_on"),
        updated_at__gt=OuterRef("updated_at"),
    ).exclude(change__ends_before=None)
    is_open, not_at_work = Q(closed_on=None), Q(state__in=LAPSES_BY_ITSELF)
    not_final = Q(closed_as__in=MAY_BE_REOPENED)
    becomes = {
        # Who had declined, or seemed to have lapsed, may renew after all.
        (is_open | not_final) & Q(Exists(following)): CaseEnd.RENEWED.value,
        is_open & Q(Exists(current.filter(state=State.TERMINATED))): CaseEnd.TERMINATED.value,
        is_open & Q(state=CaseState.DECLINED): CaseEnd.DECLINED.value,
        is_open & not_at_work & Q(Exists(notices), Exists(over)): CaseEnd.DECLINED.value,
        not_final & Q(Exists(moved)): _OPEN_AGAIN,
    }
    changed = RenewalCase.objects.filter(of, reduce(or_, becomes)).annotate(
        becomes=Case(*(When(condition, then=Value(end)) for condition, end in becomes.items()))
    )
    rows = list(changed.select_for_update(of=("self",)).order_by("pk"))
    for end in {row.becomes for row in rows}:  # type: ignore[attr-defined]  # annotated
        _move_together([row for row in rows if row.becomes == end], end, today)  # type: ignore[attr-defined]


def _move_together(rows: Sequence[RenewalCase], end: str, today: date) -> None:
    """Close the cases as that, or open them again, with their cards where such cases stand."""
    stands = CaseState.DUE if end == _OPEN_AGAIN else STANDS_AS.get(CaseEnd(end))
    note = _MOVED_END if end == _OPEN_AGAIN else f"Closed as {CaseEnd(end).label.lower()}."
    if stands is not None:
        moves = [
            CaseMove(case=row, before=row.state, after=stands, note=note)
            for row in rows
            if row.state != stands
        ]
        announce_moves(actor=None, moves=CaseMove.objects.bulk_create(moves))
    values: dict[str, Any] = {"closed_on": None if end == _OPEN_AGAIN else today, "closed_as": end}
    if stands is not None:
        values["state"] = stands
    keys = [row.pk for row in rows]
    RenewalCase.objects.filter(pk__in=keys).update(**values)
    if end != _OPEN_AGAIN:
        announce_closed(actor=None, cases=keys, end=CaseEnd(end), today=today)


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
    """Close those nobody works on, once the commitment is over; where talks go on, a person says what came of them.

    A ladder may end before the commitment does, which may still be renewed then.
    """
    lapsing = cases.open().filter(state__in=LAPSES_BY_ITSELF, commitment__ends_before__lte=today)
    lapsing = lapsing.select_for_update(of=("self",))
    keys = [case.pk for case in lapsing.only("pk").order_by("pk")]
    if keys:
        RenewalCase.objects.filter(pk__in=keys).update(closed_on=today, closed_as=CaseEnd.LAPSED)
        announce_closed(actor=None, cases=keys, end=CaseEnd.LAPSED, today=today)
