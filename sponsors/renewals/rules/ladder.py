"""The ladder of reminders about the end of a commitment: which steps there are, and when each is due.

A step is due as long as its window is open, not on one day: whoever looks late still finds it, and whoever looks twice
finds it once. Days are those of the foundation's time zone; the last day of a commitment is included.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices

_DAY = timedelta(days=1)
_WEEKEND = 5


class Anchor(TextChoices):
    """The day from which the days of a rung are counted."""

    END = "end", "Last day"
    NOTICE = "notice", "Last day for notice"


class Need(TextChoices):
    """Which commitments a rung is for."""

    ALWAYS = "always", "All"
    LONG = "long", "Long terms or the top exposure"
    URGENT = "urgent", "High risk or exposure"


@dataclass(frozen=True, slots=True)
class Rung:
    """So many days after the anchor, negative before it; whoever is told has so many working days to respond."""

    days: int
    response_days: int
    anchor: Anchor = Anchor.END
    need: Need = Need.ALWAYS

    @property
    def code(self) -> str:
        """Return such as end-180: what the step is unique by, for one end of one commitment."""
        return f"{self.anchor}{self.days:+d}"


def place_of(code: str) -> tuple[Anchor, int]:
    """Return the anchor and the days of a rung's code."""
    for anchor in Anchor:
        if code.startswith(anchor):
            return anchor, int(code.removeprefix(anchor))
    msg = f"{code} is not the code of a rung."
    raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPolicy:
    """The rungs, and for how many days the window of the last one of each anchor stays open."""

    rungs: tuple[Rung, ...]
    last_window_days: int = 30

    def first_days(self, anchor: Anchor) -> int | None:
        """Return the days of the first rung of the anchor: before that nothing is due."""
        return min((rung.days for rung in self.rungs if rung.anchor is anchor), default=None)

    @property
    def is_over_after(self) -> int:
        """How many days after the last day nothing is due any more; a day for notice is never after that."""
        return max((rung.days for rung in self.rungs), default=0) + self.last_window_days


# Source of the days: the default policy in docs/renewal-risk.md. Steps of a notice, extra steps and response times
# are Bursar's own.
DEFAULT_LADDER = LadderPolicy(
    rungs=(
        Rung(-365, 10, need=Need.LONG),
        Rung(-270, 10, need=Need.URGENT),
        Rung(-180, 10),
        Rung(-150, 10),
        Rung(-120, 5, need=Need.URGENT),
        Rung(-90, 5),
        Rung(-60, 5),
        Rung(-45, 3, need=Need.URGENT),
        Rung(-30, 3),
        Rung(-14, 2),
        Rung(0, 1),
        Rung(15, 3),
        Rung(45, 5),
        Rung(90, 5),
        Rung(-30, 5, Anchor.NOTICE),
        Rung(-7, 2, Anchor.NOTICE),
        Rung(0, 1, Anchor.NOTICE),
    )
)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung for one commitment and end: due from a day on until the day before `closes_before`."""

    rung: Rung
    due_on: date
    closes_before: date
    response_days: int

    @property
    def code(self) -> str:
        return self.rung.code

    def is_open(self, today: date) -> bool:
        return self.due_on <= today < self.closes_before


def ladder(
    policy: LadderPolicy,
    *,
    ends_on: date,
    begun_on: date,
    notice_on: date | None,
    is_long: bool,
    is_urgent: bool,
) -> tuple[Step, ...]:
    """Return the steps in the order of their days.

    Steps that would come before `begun_on`, when the commitment was signed, are left out. The window of a step closes
    when the next one of the same anchor opens. An urgent commitment has half of the time to respond.
    """
    wanted = {Need.ALWAYS} | ({Need.LONG} if is_long else set()) | ({Need.URGENT} if is_urgent else set())
    found: list[Step] = []
    for anchor, on in ((Anchor.END, ends_on), (Anchor.NOTICE, notice_on)):
        if on is None:
            continue
        rungs = sorted(
            (rung for rung in policy.rungs if rung.anchor is anchor and rung.need in wanted), key=_days
        )
        days = [on + timedelta(days=rung.days) for rung in rungs]
        closing = [*days[1:], days[-1] + timedelta(days=policy.last_window_days)] if days else []
        found += [
            Step(rung, day, closes, max(1, rung.response_days // 2) if is_urgent else rung.response_days)
            for rung, day, closes in zip(rungs, days, closing, strict=True)
            if day >= begun_on
        ]
    return tuple(sorted(found, key=lambda step: (step.due_on, step.code)))


def _days(rung: Rung) -> int:
    return rung.days


@dataclass(frozen=True, slots=True)
class Due:
    """What a sweep finds: steps to tell of, and steps whose window went by while nobody looked."""

    tell: tuple[Step, ...]
    missed: tuple[Step, ...]


def due(steps: Iterable[Step], today: date, *, taken: Collection[str]) -> Due:
    """Return what is due today of the steps that come after those taken.

    However long nobody looked, of each anchor one step is told; those before it are missed, and said to be. What
    would come before a step that was taken was not on the ladder then: a risk that rose, or a policy that was
    changed, makes no step of the past.
    """
    last: dict[Anchor, int] = {}
    for anchor, days in map(place_of, taken):
        last[anchor] = max(days, last.get(anchor, days))
    left = [
        step
        for step in steps
        if step.due_on <= today and (step.rung.anchor not in last or step.rung.days > last[step.rung.anchor])
    ]
    return Due(
        tuple(step for step in left if step.is_open(today)),
        tuple(step for step in left if not step.is_open(today)),
    )


class Told(TextChoices):
    """Who is told of a step, the next one when the one before did not respond in time."""

    OWNER = "owner", "Owner"
    BACKUP = "backup", "Backup"
    DIRECTOR = "director", "Director"
    LEAD = "lead", "Fundraising lead"  # in the place of an owner, while there is none
    FINANCE = "finance", "Finance"  # of payments


IN_TURN = (Told.OWNER, Told.BACKUP, Told.DIRECTOR)


def working_days_after(day: date, count: int, *, holidays: Collection[date] = ()) -> date:
    """Return the working day so many working days later: no Saturday, no Sunday, no holiday."""
    while count:
        day += _DAY
        if day.weekday() < _WEEKEND and day not in holidays:
            count -= 1
    return day


def next_is_told_on(told_on: date, response_days: int, *, holidays: Collection[date] = ()) -> date:
    """Return the day on which the next one is told, unless somebody answers before."""
    return working_days_after(told_on, response_days + 1, holidays=holidays)


def told_by(
    told_on: date, response_days: int, today: date, *, holidays: Collection[date] = ()
) -> Sequence[tuple[Told, date]]:
    """Return who is to be told by today of a step that nobody has acknowledged, and on which day each.

    Each has the response time from the day on which they are told; the next is told on the working day after it.
    """
    found: list[tuple[Told, date]] = []
    day = told_on
    for rung in IN_TURN:
        if day > today:
            break
        found.append((rung, day))
        day = next_is_told_on(day, response_days, holidays=holidays)
    return found


Turn = tuple[Told, int]  # as what somebody is told, and who


def in_turn(
    *, owner: int | None, backup: int | None, director: int | None, lead: int | None
) -> tuple[Turn, ...]:
    """Return who is told of a step one after the other, each person once; None is nobody, or one who cannot be told.

    While nobody owns a commitment the fundraising lead stands in.
    """
    first: tuple[Told, int | None] = (Told.LEAD, lead) if owner is None else (Told.OWNER, owner)
    found: dict[int, Told] = {}
    for role, person in (first, (Told.BACKUP, backup), (Told.DIRECTOR, director)):
        if person is not None:
            found.setdefault(person, role)
    return tuple((role, person) for person, role in found.items())


def next_to_tell(
    turns: Sequence[Turn],
    told: Mapping[int, date],
    response_days: int,
    today: date,
    *,
    holidays: Collection[date] = (),
) -> Turn | None:
    """Return who is to be told now; `told`: who was, and when, since the time to respond is counted.

    The first one waits for nobody, also when it is somebody new; each other waits until those told had their time.
    """
    left = [turn for turn in turns if turn[1] not in told]
    if not left:
        return None
    if left[0] == turns[0]:
        return left[0]
    since = max(told.values())
    return left[0] if next_is_told_on(since, response_days, holidays=holidays) <= today else None
