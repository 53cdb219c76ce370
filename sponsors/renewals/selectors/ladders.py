"""The ladder of one commitment: what became of past steps, and which are to come, when, and who will be told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.renewals.models import ReminderOverride, ReminderPolicy, ReminderStep
from sponsors.renewals.rules.ladder import Step, Told, in_turn, told_by
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.rules.wording import step_in_words
from sponsors.renewals.selectors.climbing import Climber, climbers, holidays_around, ladders, taken_codes
from sponsors.renewals.selectors.people import able_people, renewal_settings


@dataclass(frozen=True, slots=True)
class Person:
    """Who is told, as what, and from which day on if nobody answers before."""

    id: int
    name: str
    role: Told
    on: date


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step that was taken, and what became of it."""

    id: int
    code: str
    words: str
    ends_on: date
    due_on: date
    state: StepState
    told: Sequence[Person]
    settled_by: str
    reason: str
    snoozed_until: date | None


@dataclass(frozen=True, slots=True)
class ComingStep:
    """A step to come; `told` is empty when nobody at all could be."""

    code: str
    words: str
    due_on: date
    response_days: int
    told: Sequence[Person]


@dataclass(frozen=True, slots=True)
class LadderOf:
    """Past and coming steps by day. `policy` is the ladder they come from, `reason` why it is not the default.

    Nothing comes when the renewal is settled, or the end is further away than the first step.
    """

    policy: ReminderPolicy
    reason: str
    past: Sequence[PastStep]
    coming: Sequence[ComingStep]


def ladder_of(commitment: Commitment, today: date) -> LadderOf:
    """Return the ladder, in a number of queries that is the same for any."""
    override = ReminderOverride.objects.filter(commitment=commitment).select_related("policy").first()
    policy = override.policy if override else ReminderPolicy.objects.get(is_default=True)
    return LadderOf(
        policy,
        override.reason if override else "",
        _past(commitment),
        _coming(commitment, today),
    )


def _past(commitment: Commitment) -> list[PastStep]:
    rows = (
        ReminderStep.objects.filter(commitment=commitment)
        .select_related("settled_by")
        .prefetch_related("tellings__person")
        .order_by("due_on", "pk")
    )
    return [
        PastStep(
            id=row.pk,
            code=row.code,
            words=step_in_words(row.anchor, row.days),
            ends_on=row.ends_on,
            due_on=row.due_on,
            state=StepState(row.state),
            told=[
                Person(telling.person_id, telling.person.name, Told(telling.role), telling.told_on)
                for telling in row.tellings.all()
            ],
            settled_by=str(row.settled_by) if row.settled_by else "",
            reason=row.reason,
            snoozed_until=row.snoozed_until,
        )
        for row in rows
    ]


def _coming(commitment: Commitment, today: date) -> list[ComingStep]:
    known = ladders()
    # However far away the end is: the same question as the sweep's, with nothing said of when.
    found = climbers(known, today, only=[commitment.pk], however_far=True)
    if not found:
        return []
    (row,) = found
    taken = taken_codes(found).get(row.pk, set())
    people = _people(commitment)
    holidays = holidays_around(today)
    return [
        ComingStep(
            step.code,
            step_in_words(step.rung.anchor, step.rung.days),
            step.due_on,
            step.response_days,
            _will_be_told(people, step, holidays),
        )
        for step in known.steps_of(row)
        if _comes(step, row, today, taken)
    ]


def _comes(step: Step, row: Climber, today: date, taken: Collection[str]) -> bool:
    return step.code not in taken and step.due_on >= row.signed_on and step.closes_before > today


def _people(commitment: Commitment) -> list[Person]:
    """Return who is told one after the other as things stand; the days are not known yet."""
    settings = renewal_settings()
    able_keys = able_people()
    able = {
        person.pk: person
        for person in (commitment.owner, commitment.backup, settings.fundraising_lead, settings.director)
        if person is not None and person.pk in able_keys
    }

    def key(person: User | None) -> int | None:
        return person.pk if person is not None and person.pk in able else None

    turns = in_turn(
        owner=key(commitment.owner),
        backup=key(commitment.backup),
        director=key(settings.director),
        lead=key(settings.fundraising_lead),
    )
    return [Person(pk, able[pk].name, role, date.max) for role, pk in turns]


def _will_be_told(people: Sequence[Person], step: Step, holidays: Collection[date]) -> list[Person]:
    days = [on for _told, on in told_by(step.due_on, step.response_days, date.max, holidays=holidays)]
    return [replace(person, on=on) for person, on in zip(people, days, strict=False)]
