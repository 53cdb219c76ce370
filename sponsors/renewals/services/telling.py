"""Who is told of a reminder: the owner, then the backup, then the director, until somebody answers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from foundation.audit.actions import action
from foundation.people.models import User
from foundation.people.roles import Role
from sponsors.renewals.models import ReminderStep, Telling
from sponsors.renewals.rules.ladder import Told, Turn, in_turn, next_to_tell
from sponsors.renewals.rules.states import StepState
from sponsors.renewals.selectors.climbing import holidays_around
from sponsors.renewals.selectors.people import able_people, renewal_settings
from sponsors.renewals.services.announcing import announce_tellings
from sponsors.renewals.writing import TellingRow, write_tellings


@dataclass(frozen=True, slots=True)
class Elders:
    """Who is told besides owners and backups; `able` are all who can be told at all."""

    able: frozenset[int]
    lead: int | None
    director: int | None
    administrators: tuple[int, ...]

    def turns(self, step: "Waiting") -> tuple[Turn, ...]:
        return in_turn(owner=step.owner, backup=step.backup, director=self.director, lead=self.lead)


class Waiting(NamedTuple):
    """A step that waits for an answer, and who is responsible, as far as they can be told."""

    pk: int
    response_days: int
    owner: int | None
    backup: int | None


def elders() -> Elders:
    """Return the people of the settings, and every administrator."""
    able = able_people()
    settings = renewal_settings()
    lead, director = (
        person if person in able else None for person in (settings.fundraising_lead_id, settings.director_id)
    )
    administrators = User.objects.colleagues().with_role(Role.ADMINISTRATOR).order_by("pk")
    return Elders(able, lead, director, tuple(administrators.values_list("pk", flat=True)))


def tell(*, actor: User | None, today: date, at_once: int) -> int:
    """Write who is told today of the steps that wait for an answer, and return how many tellings.

    Acknowledged and snoozed steps wait for nobody. After a snooze the time to respond begins anew.
    """
    known = elders()
    holidays = holidays_around(today)
    told = after = 0
    while True:
        steps = _waiting(known, today, after=after, limit=at_once)
        if steps:
            told += tell_of(actor=actor, steps=steps, known=known, holidays=holidays, today=today)
        if len(steps) < at_once:
            return told
        after = steps[-1].pk


@action("reminder.tell")
def tell_of(
    *,
    actor: User | None,  # recorded by @action
    steps: list[Waiting],
    known: Elders,
    holidays: Collection[date],
    today: date,
) -> int:
    """Write the next one to be told of each of these steps, once their turn has come."""
    before = _told(steps)
    found = []
    for step in steps:
        told = before.get(step.pk, {})
        turns = known.turns(step)
        turn = next_to_tell(turns, told, step.response_days, today, holidays=holidays)
        if turns:
            wanted = [turn] if turn else []
        else:
            # Nobody is responsible: those who can change that are told.
            wanted = [(Told.LEAD, person) for person in known.administrators if person not in told]
        found += [TellingRow(step.pk, person, role.value, today) for role, person in wanted]
    write_tellings(found)
    announce_tellings(actor=actor, told=found)
    return len(found)


def _waiting(known: Elders, today: date, *, after: int, limit: int) -> list[Waiting]:
    """Return steps of which somebody else may have to be told: after those told had time, or when the first one is another."""
    since = Coalesce("told_again_on", "taken_on", output_field=DateField())
    tellings = Telling.objects.filter(step=OuterRef("pk"), told_on__gte=OuterRef("since"))
    last = tellings.order_by().values("step").annotate(last=Max("told_on")).values("last")
    rows = (
        ReminderStep.objects.filter(state=StepState.OPEN, pk__gt=after)
        .annotate(
            since=since,
            last_told=Subquery(last, output_field=DateField()),
            able_owner=_if_able("commitment__owner", known.able),
            able_backup=_if_able("commitment__backup", known.able),
        )
        .annotate(
            first=Coalesce("able_owner", _person(known.lead), "able_backup", _person(known.director)),
            answer_by=ExpressionWrapper(F("last_told") + F("response_days"), output_field=DateField()),
        )
        .filter(
            Q(last_told=None)
            # A working day is a day at least.
            | Q(answer_by__lt=today)
            | ~Exists(tellings.filter(person=OuterRef("first")))
        )
        .order_by("pk")
    )
    found = rows.values_list("pk", "response_days", "able_owner", "able_backup")
    return [Waiting(*row) for row in found[:limit]]


def _person(key: int | None) -> Cast:
    """Return the key with its type, which nothing has not by itself: nobody at all may be able to be told."""
    return Cast(Value(key), BigIntegerField())


def _if_able(path: str, able: Collection[int]) -> Case:
    """Return who is named there, or nothing when that is nobody who can be told."""
    return Case(When(**{f"{path}__in": able}, then=F(path)), output_field=BigIntegerField())


def _told(steps: list[Waiting]) -> Mapping[int, dict[int, date]]:
    """Return of each step who was told since the time to respond is counted, and when last."""
    told: dict[int, dict[int, date]] = defaultdict(dict)
    rows = (
        Telling.objects.filter(step__in=[step.pk for step in steps])
        .filter(Q(step__told_again_on=None) | Q(told_on__gte=F("step__told_again_on")))
        .order_by("told_on")
    )
    for step, person, told_on in rows.values_list("step", "person", "told_on"):
        told[step][person] = told_on
    return told
