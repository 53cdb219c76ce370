"""Ladders of reminders: added, changed, made the default, and chosen for single commitments."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.services import lock_commitment
from sponsors.renewals.models import ReminderOverride, ReminderPolicy, ReminderRung
from sponsors.renewals.rules.ladder import Rung
from sponsors.renewals.rules.ladder_policies import check_measures, check_rungs
from sponsors.renewals.rules.refusals import NotAllowedNow, RenewalError
from sponsors.renewals.services.texts import required_text

_LONGEST_NAME = 60
_LONGEST_REASON = 300


@action("reminder_policy.add")
def add_reminder_policy(
    *, actor: User, name: str, rungs: Sequence[Rung], long_from_months: int = 36, last_window_days: int = 30
) -> ReminderPolicy:
    """Write another ladder. Nothing uses it until it is the default, or chosen for a commitment.

    Raises RenewalError naming the field.
    """
    policy = ReminderPolicy()
    _write(policy, name, rungs, long_from_months, last_window_days)
    return policy


@action("reminder_policy.change")
def change_reminder_policy(
    *,
    actor: User,
    policy: ReminderPolicy,
    name: str,
    rungs: Sequence[Rung],
    long_from_months: int,
    last_window_days: int,
) -> ReminderPolicy:
    """Write the ladder anew. Steps that were taken stay; the next sweep goes by the new rungs.

    Raises RenewalError naming the field.
    """
    locked = ReminderPolicy.objects.select_for_update().get(pk=policy.pk)
    _write(locked, name, rungs, long_from_months, last_window_days)
    return locked


@action("reminder_policy.use")
def use_reminder_policy(*, actor: User, policy: ReminderPolicy) -> ReminderPolicy:
    """Make this the ladder of every commitment for which no other was chosen. Raises NotAllowedNow when it is."""
    # All of them in one order, so that two who choose at once meet here.
    rows = {row.pk: row for row in ReminderPolicy.objects.select_for_update().order_by("pk")}
    locked = rows[policy.pk]
    if locked.is_default:
        msg = f"“{locked}” is the default already."
        raise NotAllowedNow(msg, code="default_already", field="policy")
    ReminderPolicy.objects.filter(is_default=True).update(is_default=False)
    ReminderPolicy.objects.filter(pk=locked.pk).update(is_default=True)
    locked.refresh_from_db()
    return locked


@action("reminder_policy.delete")
def delete_reminder_policy(*, actor: User, policy: ReminderPolicy) -> None:
    """Take a ladder away that nothing uses. Raises NotAllowedNow for the default, and for one that was chosen."""
    locked = ReminderPolicy.objects.select_for_update().get(pk=policy.pk)
    if locked.is_default:
        msg = f"“{locked}” is the default. Make another the default first."
        raise NotAllowedNow(msg, code="policy_in_use", field="policy")
    used = ReminderOverride.objects.filter(policy=locked).order_by("commitment__number")
    numbers = list(used.values_list("commitment__number", flat=True)[:4])
    if numbers:
        named = ", ".join(numbers[:3]) + (" and others" if len(numbers) > 3 else "")  # noqa: PLR2004  # three are named
        msg = f"“{locked}” was chosen for {named}. Choose another for them first."
        raise NotAllowedNow(msg, code="policy_in_use", field="policy")
    locked.delete()


@action("reminder_override.set")
def set_override(
    *, actor: User, commitment: Commitment, policy: ReminderPolicy, reason: str
) -> ReminderOverride:
    """Give one commitment another ladder, and say why; what was chosen before is replaced."""
    locked = lock_commitment(commitment)
    reason = required_text(reason, "reason", "reason", longest=_LONGEST_REASON)
    override = ReminderOverride.objects.filter(commitment=locked).first() or ReminderOverride(
        commitment=locked
    )
    override.policy, override.reason = policy, reason
    override.save()
    override.refresh_from_db()
    return override


@action("reminder_override.remove")
def remove_override(*, actor: User, commitment: Commitment) -> None:
    """Let the default hold for the commitment again. Raises NotAllowedNow when it does."""
    locked = lock_commitment(commitment)
    gone, _by_model = ReminderOverride.objects.filter(commitment=locked).delete()
    if not gone:
        msg = f"{locked.number} has the default ladder already."
        raise NotAllowedNow(msg, code="default_already", field="commitment")


def _write(
    policy: ReminderPolicy, name: str, rungs: Sequence[Rung], long_from_months: int, last_window_days: int
) -> None:
    policy.name = required_text(name, "name", "name", longest=_LONGEST_NAME)
    check_measures(long_from_months=long_from_months, last_window_days=last_window_days)
    check_rungs(rungs)
    policy.long_from_months, policy.last_window_days = long_from_months, last_window_days
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError as problem:
        msg = f"Another ladder is called “{policy.name}”. Choose a different name."
        raise RenewalError(msg, code="name_taken", field="name") from problem
    # What stays keeps its row, so that its history is one.
    wanted = {(rung.anchor.value, rung.days): rung for rung in rungs}
    for row in ReminderRung.objects.filter(policy=policy):
        rung = wanted.pop((row.anchor, row.days), None)
        if rung is None:
            row.delete()
        elif (row.need, row.response_days) != (rung.need, rung.response_days):
            row.need, row.response_days = rung.need, rung.response_days
            row.save(update_fields=["need", "response_days"])
    ReminderRung.objects.bulk_create(
        ReminderRung(
            policy=policy,
            anchor=rung.anchor,
            days=rung.days,
            need=rung.need,
            response_days=rung.response_days,
        )
        for rung in wanted.values()
    )
    policy.refresh_from_db()
