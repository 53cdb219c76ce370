"""What of renewals is told to endpoints that listen, in the transaction of what happened; nothing is read when none does."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from foundation.people.models import User
from foundation.webhooks.rules import EventKind
from foundation.webhooks.services import Event, anybody_listens, queue_events
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import CaseMove, RenewalCase, Telling
from sponsors.renewals.rules.ladder import Told
from sponsors.renewals.rules.states import CaseEnd
from sponsors.renewals.rules.wording import step_in_words
from sponsors.renewals.writing import TellingRow


def announce_tellings(*, actor: User | None, told: Sequence[TellingRow]) -> None:
    """Tell who was told of which step."""
    if not told or not anybody_listens(EventKind.STEP_TOLD):
        return
    wanted = {(row.step, row.person, row.told_on) for row in told}
    rows = Telling.objects.filter(step__in={row.step for row in told}).select_related(
        "step__commitment__sponsor", "person"
    )
    queue_events(
        actor=actor,
        events=[
            _told(row) for row in rows.order_by("pk") if (row.step_id, row.person_id, row.told_on) in wanted
        ],
    )


def announce_moves(*, actor: User | None, moves: Collection[CaseMove]) -> None:
    """Tell where cards of the board went."""
    if not moves or not anybody_listens(EventKind.CASE_MOVED):
        return
    rows = CaseMove.objects.filter(pk__in=[move.pk for move in moves]).select_related(
        "case__commitment__sponsor", "moved_by"
    )
    queue_events(actor=actor, events=[_moved(row) for row in rows.order_by("pk")])


def announce_closed(*, actor: User | None, cases: Collection[int], end: CaseEnd, today: date) -> None:
    """Tell what came of these renewals."""
    if not cases or not anybody_listens(EventKind.RENEWAL_CLOSED):
        return
    rows = RenewalCase.objects.filter(pk__in=cases).select_related("commitment__sponsor")
    queue_events(actor=actor, events=[_closed(row, end, today) for row in rows.order_by("pk")])


def _told(row: Telling) -> Event:
    step = row.step
    assert step is not None  # only tellings of steps are announced
    when = step_in_words(step.anchor, step.days)
    role = Told(row.role)
    return Event(
        kind=EventKind.STEP_TOLD,
        key=f"{step.pk}:{row.person_id}:{row.told_on}",
        text=f"{_named(step.commitment)}: {row.person} was told as {role.label.lower()}, {when}.",
        data={
            **_of(step.commitment),
            "step": step.code,
            "due_on": step.due_on,
            "told": str(row.person),
            "told_as": role.value,
            "told_on": row.told_on,
        },
    )


def _moved(row: CaseMove) -> Event:
    commitment = row.case.commitment
    who = str(row.moved_by) if row.moved_by else "Bursar"
    note = f" {row.note}" if row.note else ""
    return Event(
        kind=EventKind.CASE_MOVED,
        key=str(row.pk),
        text=(
            f"{_named(commitment)}: {who} moved the renewal from {row.get_before_display()} to "
            f"{row.get_after_display()}.{note}"
        ),
        data={
            **_of(commitment),
            "case": row.case_id,
            "from": row.before,
            "to": row.after,
            "note": row.note,
            "moved_by": str(row.moved_by) if row.moved_by else None,
        },
    )


def _closed(case: RenewalCase, end: CaseEnd, today: date) -> Event:
    return Event(
        kind=EventKind.RENEWAL_CLOSED,
        key=f"{case.pk}:{end.value}:{today}",
        text=f"{_named(case.commitment)}: the renewal is closed. {end.label}.",
        data={**_of(case.commitment), "case": case.pk, "closed_as": end.value, "closed_on": today},
    )


def _named(commitment: Commitment) -> str:
    return f"{commitment.sponsor.name}, {commitment.number}"


def _of(commitment: Commitment) -> dict[str, Any]:
    return {
        "commitment": commitment.pk,
        "number": commitment.number,
        "sponsor": commitment.sponsor.name,
        "last_day": commitment.ends_on,
    }
