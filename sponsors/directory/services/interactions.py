"""What was said with a sponsor, and the next step that follows from it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from foundation.audit.actions import action
from foundation.errors import Conflict
from foundation.people.models import User
from sponsors.directory.models import Contact, Interaction, Sponsor
from sponsors.directory.rules import EARLIEST_DAY, DirectoryError, one_line
from sponsors.directory.services.sponsors import lock_sponsor
from sponsors.directory.services.values import Cleaners, check_fields, clean_values, set_values, write

# Clocks differ a little, and a call may be noted while it lasts.
_CLOCK_DIFFERENCE = timedelta(minutes=10)


class InteractionChanges(TypedDict, total=False):
    """What may be changed about an interaction; what is left out stays as it is."""

    kind: str
    occurred_at: datetime
    contacts: Iterable[Contact]
    by: User
    summary: str
    next_step: str
    next_step_due: date | None


_CLEANERS: Cleaners = {"kind": str.strip, "summary": str.strip, "next_step": one_line}


def _check(interaction: Interaction, *, fields: set[str], now: datetime) -> None:
    check_fields(interaction, fields=fields & set(_CLEANERS))
    if "occurred_at" in fields and interaction.occurred_at > now + _CLOCK_DIFFERENCE:
        raise DirectoryError(
            "When is in the future. Note what has happened, and put what is planned into the next step.",
            code="interaction_in_the_future",
            field="occurred_at",
        )
    # In UTC, so that every time zone can show it.
    if "occurred_at" in fields and interaction.occurred_at.astimezone(UTC).date() < EARLIEST_DAY:
        raise DirectoryError(
            "When is before 1990. Correct its year.", code="date_out_of_reach", field="occurred_at"
        )
    if interaction.next_step_due and not interaction.next_step:
        raise DirectoryError(
            "There is a date for the next step and no next step. Say what should be done, or remove the date.",
            code="next_step_missing",
            field="next_step",
        )


def _check_contacts(sponsor: Sponsor, contacts: Iterable[Contact]) -> list[Contact]:
    people = list(contacts)
    strangers = [person.name for person in people if person.sponsor_id != sponsor.pk]
    if strangers:
        raise DirectoryError(
            f"{', '.join(strangers)} is no contact of {sponsor.name}. "
            "Choose people of this sponsor, or add them there first.",
            code="contact_of_another_sponsor",
            field="contacts",
        )
    return people


@action("interaction.log")
def log_interaction(
    *,
    actor: User,
    sponsor: Sponsor,
    kind: str,
    occurred_at: datetime,
    summary: str,
    now: datetime,
    contacts: Iterable[Contact] = (),
    by: User | None = None,
    next_step: str = "",
    next_step_due: date | None = None,
) -> Interaction:
    """Note what was said with a sponsor; `by` is the actor unless named. Raises DirectoryError."""
    locked = lock_sponsor(sponsor)
    fields = clean_values({"kind": kind, "summary": summary, "next_step": next_step}, _CLEANERS)
    interaction = Interaction(
        sponsor=locked, occurred_at=occurred_at, by=by or actor, next_step_due=next_step_due, **fields
    )
    _check(interaction, fields={*fields, "occurred_at"}, now=now)
    people = _check_contacts(locked, contacts)
    interaction.save(force_insert=True)
    interaction.contacts.set(people)
    interaction.refresh_from_db()
    return interaction


def _lock_interaction(interaction: Interaction) -> Interaction:
    lock_sponsor(interaction.sponsor)
    return (
        Interaction.objects.select_for_update(of=("self",)).select_related("sponsor").get(pk=interaction.pk)
    )


@action("interaction.change")
def change_interaction(
    *, actor: User, interaction: Interaction, changes: InteractionChanges, now: datetime
) -> Interaction:
    """Change the fields named in `changes` and no others. Raises SponsorIsMerged and DirectoryError."""
    locked = _lock_interaction(interaction)
    values = clean_values(changes, _CLEANERS)
    contacts = values.pop("contacts", None)
    changed = set_values(locked, values)
    if locked.next_step_done_on and not changed.isdisjoint({"next_step", "next_step_due"}):
        raise Conflict(
            "The next step is done and can no longer be changed. Open it again first, "
            "or log a new interaction with its own next step.",
            code="next_step_done",
            field="next_step",
        )
    _check(locked, fields=changed, now=now)
    if contacts is not None:
        people = _check_contacts(locked.sponsor, contacts)
        if set(people) != set(locked.contacts.all()):
            locked.contacts.set(people)
            # People are rows beside it; the interaction is written too, so that its version moves.
            changed.add("updated_at")
    write(locked, changed)
    return locked


@action("interaction.complete_next_step")
def complete_next_step(*, actor: User, interaction: Interaction, done_on: date, today: date) -> Interaction:
    """Record that the next step was done. Done already: Conflict, with the day it was."""
    locked = _lock_interaction(interaction)
    if not locked.next_step:
        raise Conflict(
            "This interaction has no next step. Add one to it first.", code="no_next_step", field="next_step"
        )
    if locked.next_step_done_on:
        raise Conflict(
            f"The next step was done on {locked.next_step_done_on}. Open it again to change that.",
            code="next_step_done",
            field="done_on",
        )
    if done_on > today:
        raise DirectoryError(
            "The next step cannot be done in the future. Choose today or an earlier day.",
            code="done_in_the_future",
            field="done_on",
        )
    write(locked, set_values(locked, {"next_step_done_on": done_on}))
    return locked


@action("interaction.reopen_next_step")
def reopen_next_step(*, actor: User, interaction: Interaction) -> Interaction:
    """Take back that the next step was done. Raises Conflict when it is not done."""
    locked = _lock_interaction(interaction)
    if not locked.next_step_done_on:
        raise Conflict(
            "The next step is not done, so it cannot be opened again.",
            code="next_step_open",
            field="next_step",
        )
    write(locked, set_values(locked, {"next_step_done_on": None}))
    return locked
