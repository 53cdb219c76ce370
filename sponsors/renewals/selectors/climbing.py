"""Which commitments are on a ladder today, in batches, with all that their ladder depends on."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q

from foundation.books.models import Holiday
from sponsors.commitments.models import Commitment, NonRenewal
from sponsors.commitments.rules import State
from sponsors.renewals.models import ReminderPolicy, ReminderStep, ScoringPolicy
from sponsors.renewals.rules.attention import Thresholds, whole_months
from sponsors.renewals.rules.ladder import Anchor, Due, LadderPolicy, Need, Rung, Step, due, ladder
from sponsors.renewals.rules.states import CaseState

_DAY = timedelta(days=1)
_NOTHING = Decimal(0)
# So many days before today a holiday may lie inside a time to respond.
_HOLIDAYS_BACK = timedelta(days=400)
NOTHING_DUE = Due((), ())
LadderKey = tuple[int, date, date | None, bool, bool]


@dataclass(frozen=True, slots=True)
class Ladders:
    """The policies as they are tonight, and the ladders that come of them: many commitments share one."""

    policies: dict[int, LadderPolicy]
    long_from: dict[int, int]
    default: int
    thresholds: Thresholds
    _made: dict[LadderKey, tuple[Step, ...]] = field(default_factory=dict)

    @property
    def first_days(self) -> dict[Anchor, int | None]:
        """Of each anchor the days of the first rung on any ladder."""
        return {
            anchor: min(
                (
                    days
                    for policy in self.policies.values()
                    if (days := policy.first_days(anchor)) is not None
                ),
                default=None,
            )
            for anchor in Anchor
        }

    @property
    def is_over_after(self) -> int:
        return max(policy.is_over_after for policy in self.policies.values())

    def due_for(self, row: "Climber", today: date, taken: Collection[str]) -> Due:
        """Return what is due of the commitment today beside what was taken."""
        steps = self.steps_of(row)
        last = {step.rung.anchor: step for step in steps if step.due_on <= today}
        if all(step.code in taken or step.due_on < row.signed_on for step in last.values()):
            # What comes before a step that was taken, or before the signature, is not due.
            return NOTHING_DUE
        found = due([step for step in steps if step.due_on >= row.signed_on], today, taken=taken)
        # What was over before Bursar knew of the commitment, nobody missed.
        missed = tuple(step for step in found.missed if step.closes_before > row.known_on)
        return Due(found.tell, missed)

    def is_over(self, row: "Climber", anchor: Anchor, today: date) -> bool:
        """Whether the window of the last step of the anchor has closed."""
        last = [step for step in self.steps_of(row) if step.rung.anchor is anchor][-1:]
        return bool(last) and last[0].closes_before <= today

    def steps_of(self, row: "Climber") -> tuple[Step, ...]:
        """Return every step of the commitment's ladder, those before its signature included."""
        policy = row.policy if row.policy is not None else self.default
        months = whole_months(row.starts_on, row.ends_before)
        is_long = self.thresholds.is_long(months, row.exposure, long_from=self.long_from[policy])
        is_urgent = self.thresholds.is_urgent(row.band, row.exposure)
        key = (policy, row.ends_on, row.notice_on, is_long, is_urgent)
        if key not in self._made:
            self._made[key] = ladder(
                self.policies[policy],
                ends_on=row.ends_on,
                begun_on=date.min,
                notice_on=row.notice_on,
                is_long=is_long,
                is_urgent=is_urgent,
            )
        return self._made[key]


class Climber(NamedTuple):
    """A commitment on its ladder. A tuple: there may be a hundred thousand a night."""

    pk: int
    starts_on: date
    ends_before: date
    signed_on: date
    known_on: date
    notice_days: int | None
    policy: int | None
    band: str | None
    cash: Decimal | None
    replacement: Decimal | None

    @property
    def ends_on(self) -> date:
        return self.ends_before - _DAY

    @property
    def notice_on(self) -> date | None:
        return None if self.notice_days is None else self.ends_on - timedelta(days=self.notice_days)

    @property
    def exposure(self) -> Decimal:
        return (self.cash or _NOTHING) + (self.replacement or _NOTHING)


def ladders() -> Ladders:
    """Return the policies as they are now."""
    policies = {}
    long_from = {}
    default = None
    for policy in ReminderPolicy.objects.prefetch_related("rungs"):
        policies[policy.pk] = ladder_policy(policy)
        long_from[policy.pk] = policy.long_from_months
        if policy.is_default:
            default = policy.pk
    scoring = ScoringPolicy.objects.get(is_current=True)
    assert default is not None  # it came with Bursar, and another can only take its place
    return Ladders(policies, long_from, default, Thresholds(scoring.high_exposure_from, scoring.top_from))


def ladder_policy(policy: ReminderPolicy) -> LadderPolicy:
    return LadderPolicy(
        rungs=tuple(
            Rung(rung.days, rung.response_days, Anchor(rung.anchor), Need(rung.need))
            for rung in policy.rungs.all()
        ),
        last_window_days=policy.last_window_days,
    )


def holidays_around(today: date) -> frozenset[date]:
    """Return the holidays by which times to respond are counted, those ahead included."""
    return frozenset(Holiday.objects.filter(day__gte=today - _HOLIDAYS_BACK).values_list("day", flat=True))


def climbing(known: Ladders, today: date, *, at_once: int) -> Iterator[list[Climber]]:
    """Yield in batches the commitments of which a step may be due: signed, near their end, and nothing decided yet."""
    after = 0
    while True:
        batch = climbers(known, today, after=after, limit=at_once)
        if batch:
            yield batch
        if len(batch) < at_once:
            return
        after = batch[-1].pk


def climbers(
    known: Ladders,
    today: date,
    *,
    after: int = 0,
    limit: int | None = None,
    only: Collection[int] = (),
    however_far: bool = False,
) -> list[Climber]:
    """Return those with a number after the given one, in order; `only` these, if any are named.

    With `however_far` also those of which no step can have come yet.
    """
    following = Commitment.objects.renewing(OuterRef("pk"))
    notices = NonRenewal.objects.standing().filter(commitment=OuterRef("pk"))
    rows = (
        Commitment.objects.with_notice_on()
        .filter(
            Q() if however_far else _is_near(known, today),
            state__in=[State.SIGNED, State.ENDED],
            pk__gt=after,
            ends_before__gt=today - timedelta(days=known.is_over_after),
            renewal_case__closed_on=None,
        )
        .exclude(renewal_case__state=CaseState.DECLINED)
        .exclude(Exists(following))
        .exclude(Exists(notices))
        .annotate(
            latest=FilteredRelation("assessments", condition=Q(assessments__is_latest=True)),
        )
        .order_by("pk")
    )
    if only:
        rows = rows.filter(pk__in=only)
    found = rows.values_list(
        "pk",
        "starts_on",
        "ends_before",
        "signed_on",
        "created_at__date",
        "notice_days",
        "reminder_override__policy",
        "latest__band",
        "latest__cash_a_year",
        "latest__replacement_a_year",
    )
    return [Climber(*row) for row in (found if limit is None else found[:limit])]


def _is_near(known: Ladders, today: date) -> Q:
    """Return the condition that the first rung of any ladder has come."""
    first = known.first_days
    near = Q(pk__in=[])
    if (days := first[Anchor.END]) is not None:
        near |= Q(ends_before__lte=today - timedelta(days=days) + _DAY)
    if (days := first[Anchor.NOTICE]) is not None:
        near |= Q(notice_days__isnull=False, last_notice_on__lte=today - timedelta(days=days))
    return near


def taken_codes(batch: Sequence[Climber]) -> dict[int, set[str]]:
    """Return of each commitment the steps that were taken for its end as it is now."""
    ends = {row.pk: row.ends_before for row in batch}
    taken: dict[int, set[str]] = {}
    rows = ReminderStep.objects.filter(commitment__in=list(ends)).order_by()
    for commitment, ends_before, code in rows.values_list("commitment", "ends_before", "code"):
        if ends[commitment] == ends_before:
            taken.setdefault(commitment, set()).add(code)
    return taken
