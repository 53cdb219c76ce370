"""Reminding of payments: which step is due, who is told, and which reminders have come to their end.

Rows are locked before what was taken of them is read, and those that somebody else holds are left out: of two sweeps at
once each takes what the other has not, none waits, and what a receipt is paying at this moment waits for the next night.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from foundation.audit.actions import action
from foundation.notices.models import Notice
from foundation.notices.services import stop_notices
from foundation.people.models import User
from sponsors.commitments.models import Installment, InvoiceLine
from sponsors.renewals.models import PaymentReminder, Telling
from sponsors.renewals.querysets import PaymentReminderQuerySet
from sponsors.renewals.rules.ladder import Told
from sponsors.renewals.rules.payments import PaymentStep, payment_steps, payments_due
from sponsors.renewals.rules.states import StepAction, StepState, next_step_state
from sponsors.renewals.selectors.payments import (
    no_longer_waiting,
    people_told_of_payments,
    still_to_remind,
    to_remind,
)
from sponsors.renewals.selectors.people import renewal_settings
from sponsors.renewals.services.payment_mails import Reminded, mail_sponsors

log = structlog.get_logger(__name__)

# So many installments are reminded of in one transaction, and by a number of queries that is the same for any.
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PaymentsSwept:
    """How many payments are reminded of, how many steps were missed, reminders closed and sponsors written to."""

    told: int = 0
    missed: int = 0
    closed: int = 0
    mailed: int = 0

    def __str__(self) -> str:
        return (
            f"{self.told} payments reminded of, {self.missed} steps missed, "
            f"{self.closed} reminders closed, {self.mailed} mails to sponsors"
        )


def sweep_payments(*, actor: User | None, today: date) -> PaymentsSwept:
    """Take the steps of payments that are due today, tell Finance, and write to sponsors if the settings say so.

    Run again on the same day, or by two at once, it does nothing more. However long it did not run, of each payment the
    latest step is told, and those before it are kept as missed.
    """
    closed = close_payment_reminders(actor=actor, today=today)
    settings = renewal_settings()
    steps = payment_steps(settings.payment_days)
    told = missed = mailed = 0
    for batch in _batches(to_remind(steps, today)):
        done = remind_of_payments(
            actor=actor,
            installments=batch,
            steps=steps,
            mails=settings.sends_payment_reminders,
            today=today,
        )
        told, missed, mailed = told + done.told, missed + done.missed, mailed + done.mailed
    tell_finance(actor=actor, today=today)
    return PaymentsSwept(told, missed, closed, mailed)


@action("payment_reminder.close")
def close_payment_reminders(*, actor: User | None, today: date) -> int:
    """Close the reminders of what was paid, written off, released, or is due on another day; return how many.

    Mail about them that has not left stays here.
    """
    state = next_step_state(StepState.OPEN, StepAction.CLOSE)
    closed: list[int] = []
    for reason, pks in sorted(no_longer_waiting(today).items()):
        waiting = PaymentReminder.objects.waiting().filter(pk__in=pks).order_by("pk")
        locked = list(_held(waiting))
        PaymentReminder.objects.filter(pk__in=locked).update(state=state, reason=reason)
        closed += locked
    _stop_mail_about(actor, closed)
    return len(closed)


def _held(reminders: PaymentReminderQuerySet) -> Iterable[int]:
    """Lock those that nobody else holds, and return their keys."""
    return reminders.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)


def _stop_mail_about(actor: User | None, closed: Sequence[int]) -> None:
    """Keep mail from leaving that is about nothing but what was closed."""
    about = PaymentReminder.objects.filter(pk__in=closed, notice__sent_at=None).values("notice")
    others = PaymentReminder.objects.waiting().filter(notice__isnull=False).values("notice")
    if closed:
        stop_notices(actor=actor, notices=Notice.objects.filter(pk__in=about).exclude(pk__in=others))


@action("payment_reminder.take")
def remind_of_payments(
    *, actor: User | None, installments: Sequence[int], steps: Sequence[PaymentStep], mails: bool, today: date
) -> PaymentsSwept:
    """Take the open step of each installment that still has one, and keep what was missed before it.

    What was told of an installment earlier is followed by the new step. With `mails` its sponsor is written to.
    """
    held = Installment.versions.filter(pk__in=installments).select_for_update(of=("self",), skip_locked=True)
    # A query of its own: it sees what whoever held a row before has written.
    ours = list(held.order_by("pk").values_list("pk", flat=True))
    rows = list(
        still_to_remind(ours, steps, today).select_related("commitment__sponsor", "added_by").order_by("pk")
    )
    lines = _standing_lines(rows)
    before = _reminders_before(rows)
    new: list[PaymentReminder] = []
    missed: list[PaymentReminder] = []
    for row in rows:
        found = payments_due(
            steps,
            due_on=row.pays_by,  # type: ignore[attr-defined]  # annotated by still_to_remind
            known_from=_known_from(row, lines.get(row.pk)),
            today=today,
            taken={reminder.code for reminder in before[row.pk]},
        )
        assert found.tell is not None  # it is what still_to_remind looks for
        new.append(_reminder(row, found.tell, StepState.OPEN, today))
        missed += [_reminder(row, step, StepState.MISSED, today) for step in found.missed]
    followed = [
        reminder.pk
        for reminders in before.values()
        for reminder in reminders
        if reminder.state == StepState.OPEN
    ]
    PaymentReminder.objects.filter(pk__in=followed).update(
        state=next_step_state(StepState.OPEN, StepAction.REPLACE)
    )
    PaymentReminder.objects.bulk_create([*missed, *new])
    mailed = 0
    if mails:
        told = [
            Reminded(reminder, row, line.invoice if line else None)
            for reminder, row in zip(new, rows, strict=True)
            for line in [lines.get(row.pk)]
        ]
        mailed = mail_sponsors(actor=actor, reminded=told, today=today)
    return PaymentsSwept(told=len(new), missed=len(missed), mailed=mailed)


@action("payment_reminder.tell")
def tell_finance(*, actor: User | None, today: date) -> int:  # actor: recorded by @action
    """Let the next digest of everybody in Finance hold the open reminders that nobody was told of; return how many.

    Without anybody to tell they wait, and are told once there is somebody.
    """
    reminders = list(_held(PaymentReminder.objects.waiting().filter(tellings=None).order_by("pk")))
    people = people_told_of_payments()
    if reminders and not people:
        log.warning("nobody to tell of payments", waiting=len(reminders))
    Telling.objects.bulk_create(
        (
            Telling(payment_id=reminder, person=person, role=Told.FINANCE, told_on=today)
            for reminder in reminders
            for person in people
        ),
        # Another sweep may have told them since they were read.
        ignore_conflicts=True,
        batch_size=_AT_ONCE * 4,
    )
    return len(reminders) if people else 0


def _batches(installments: Iterable[Installment]) -> Iterator[list[int]]:
    """Return the keys in batches; what is of one commitment, and may be in one mail, is in one."""
    rows = installments.order_by("commitment_id", "pk").values_list("commitment_id", "pk")  # type: ignore[attr-defined]
    batch: list[int] = []
    last = None
    for commitment, pk in list(rows):
        if len(batch) >= _AT_ONCE and commitment != last:
            yield batch
            batch = []
        batch.append(pk)
        last = commitment
    if batch:
        yield batch


def _standing_lines(rows: Iterable[Installment]) -> dict[int, InvoiceLine]:
    lines = InvoiceLine.objects.filter(installment__in=[row.pk for row in rows], stands=True)
    return {line.installment_id: line for line in lines.select_related("invoice__document")}


def _reminders_before(rows: Iterable[Installment]) -> Mapping[int, list[PaymentReminder]]:
    """Return what was taken of each installment for the day by which it is to be paid."""
    days = {row.pk: row.pays_by for row in rows}  # type: ignore[attr-defined]  # annotated by still_to_remind
    found: dict[int, list[PaymentReminder]] = defaultdict(list)
    for reminder in PaymentReminder.objects.filter(installment__in=days):
        if reminder.due_on == days[reminder.installment_id]:
            found[reminder.installment_id].append(reminder)
    return found


def _known_from(row: Installment, line: InvoiceLine | None) -> date:
    """Return the first day on which it was known that the payment would be due on that day."""
    days = [
        row.commitment.signed_on,
        row.charged_on,
        row.added_by.effective_on if row.added_by else None,
        line.invoice.issued_on if line and line.invoice.due_on > row.due_on else None,
    ]
    return max(day for day in days if day is not None)


def _reminder(row: Installment, step: PaymentStep, state: StepState, today: date) -> PaymentReminder:
    return PaymentReminder(
        installment=row,
        due_on=row.pays_by,  # type: ignore[attr-defined]  # annotated by still_to_remind
        code=step.code,
        days=step.days,
        state=state,
        taken_on=today,
    )
