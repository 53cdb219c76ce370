"""The watch over services: what is out of its own range is written down once, told once, and explained by people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from foundation.audit.actions import action
from foundation.notices.services import queue_notice
from foundation.people.models import User
from sponsors.inkind.models import Anomaly, Service, WatchedDay
from sponsors.inkind.rules import AnomalyAction, AnomalyKind, AnomalyState, anomaly_may, next_anomaly_state
from sponsors.inkind.rules.anomalies import (
    DAYS_COMPARED,
    OF_HOURS,
    THRESHOLDS,
    WEEKS_COMPARED,
    Finding,
    error_share,
    hit_ratio,
    look_at_day,
    worst_hour,
)
from sponsors.inkind.selectors.watch import (
    DaySums,
    HourSeries,
    ServiceDay,
    complete_days,
    hours_of,
    people_to_tell,
)
from sponsors.inkind.services.texts import required_text

# As long as providers keep hours. What is imported of an earlier day is history, and nobody needs to act on it.
LOOK_BACK = timedelta(days=375)
# A provider's figures of a day are whole by then.
SETTLES_AFTER = timedelta(hours=2)
SERVICES_AT_ONCE = 10
MOST_IN_A_MAIL = 30
NO_LONGER_OFF = "Usage of the day was imported again, and by the new figures it is not out of its range."
_LONGEST = 500
_AT_ONCE = 1000
_NUMBERS = ("hour", "observed", "expected", "spread", "score", "compared_with")
_Key = tuple[int, AnomalyKind, date]


@dataclass(frozen=True, slots=True)
class Watched:
    """How many days were looked at, and how many anomalies were found and closed."""

    days: int = 0
    found: int = 0
    closed: int = 0

    def __add__(self, other: "Watched") -> "Watched":
        return Watched(self.days + other.days, self.found + other.found, self.closed + other.closed)


def watch_services(*, actor: User | None, now: datetime) -> Watched:
    """Look at every complete day that was not looked at as it is now, and tell what is new.

    Days that were missed are caught up with, and a day whose usage was imported again is looked at again.
    Of two runs at once the second finds nothing left to do.
    """
    total = Watched()
    keys = list(Service.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), SERVICES_AT_ONCE):
        total += look_at(actor=actor, services=keys[start : start + SERVICES_AT_ONCE], now=now)
    tell_anomalies(actor=actor, now=now)
    return total


@action("anomaly.watch")
def look_at(*, actor: User | None, services: Sequence[int], now: datetime) -> Watched:
    """Look at the days of the services that count something else than when they were looked at, if ever."""
    # Two watches meet here, so that the second sees what the first wrote. Usage may be written meanwhile.
    held = Service.objects.select_for_update(no_key=True).filter(pk__in=services).order_by("pk")
    keys = list(held.values_list("pk", flat=True))
    before = (now - SETTLES_AFTER).astimezone(UTC).date()
    first = before - LOOK_BACK
    days = complete_days(keys, first - timedelta(days=DAYS_COMPARED), before)
    seen = {
        (row.service_id, row.day): row.fingerprint
        for row in WatchedDay.objects.filter(service__in=keys, day__gte=first)
    }
    new = [
        (service, day)
        for service, sums in days.items()
        for day, counted in sums.items()
        if day >= first and seen.get((service, day)) != counted.fingerprint
    ]
    if not new:
        return Watched()
    found, closed = _write(new, _findings(new, days))
    WatchedDay.objects.bulk_create(
        (
            WatchedDay(service_id=service, day=day, fingerprint=days[service][day].fingerprint)
            for service, day in new
        ),
        update_conflicts=True,
        unique_fields=["service", "day"],
        update_fields=["fingerprint"],
        batch_size=_AT_ONCE,
    )
    return Watched(len(new), found, closed)


@action("anomaly.tell")
def tell_anomalies(*, actor: User | None, now: datetime) -> int:
    """Mail every colleague of infrastructure the open anomalies that nobody was told of, and return how many.

    Without such a colleague they stay untold, and are told once there is one.
    """
    untold = Anomaly.objects.select_for_update(of=("self",)).untold().select_related("service")
    anomalies = list(untold.order_by("pk"))
    people = people_to_tell()
    if not anomalies or not people:
        return 0
    worst = sorted(anomalies, key=lambda anomaly: -abs(anomaly.score) / _threshold(anomaly.kind))
    services = {anomaly.service for anomaly in anomalies}
    where = next(iter(services)).name if len(services) == 1 else f"{len(services)} services"
    count = len(anomalies)
    subject = f"{where} out of the usual range: {count} anomal{'y' if count == 1 else 'ies'}"
    for person in people:
        queue_notice(
            actor=actor,
            kind="anomalies",
            # Each is told in one run alone, so its lowest number names the run.
            key=f"anomalies:{anomalies[0].pk}:{person.pk}",
            recipient=person.email,
            subject=subject,
            template="anomalies",
            context={
                "person": person,
                "anomalies": worst[:MOST_IN_A_MAIL],
                "more": max(0, count - MOST_IN_A_MAIL),
            },
            about=anomalies[0] if count == 1 else None,
        )
    Anomaly.objects.filter(pk__in=[anomaly.pk for anomaly in anomalies]).update(told_at=now)
    return count


@action("anomaly.explain")
def explain_anomaly(*, actor: User, anomaly: Anomaly, explanation: str) -> Anomaly:
    """Say what it was. Raises NotAllowedNow, and InKindError for an explanation that says nothing."""
    return _move(actor, anomaly, AnomalyAction.EXPLAIN, explanation)


@action("anomaly.close")
def close_anomaly(*, actor: User, anomaly: Anomaly, explanation: str = "") -> Anomaly:
    """Say that it is over. The explanation given before is kept unless there is another.

    Raises NotAllowedNow, and InKindError when nobody explained it yet and this does not either.
    """
    return _move(actor, anomaly, AnomalyAction.CLOSE, explanation)


@action("anomaly.reopen")
def reopen_anomaly(*, actor: User, anomaly: Anomaly, explanation: str) -> Anomaly:
    """Open it again, and say why. Raises NotAllowedNow, and InKindError for an explanation that says nothing."""
    return _move(actor, anomaly, AnomalyAction.REOPEN, explanation)


def _move(actor: User, anomaly: Anomaly, step: AnomalyAction, explanation: str) -> Anomaly:
    locked = Anomaly.objects.select_for_update(of=("self",)).select_related("service").get(pk=anomaly.pk)
    locked.state = next_anomaly_state(locked.state, step)
    kept = step == AnomalyAction.CLOSE and not explanation.strip() and locked.explanation
    if not kept:
        locked.explanation = required_text(explanation, "explanation", "explanation", longest=_LONGEST)
        locked.explained_by = actor
    locked.save(update_fields=["state", "explanation", "explained_by"])
    locked.refresh_from_db()
    return locked


def _findings(new: Sequence[ServiceDay], days: Mapping[int, Mapping[date, DaySums]]) -> dict[_Key, Finding]:
    """Return what is out of its range on the days."""
    found = {}
    hours = hours_of(sorted(_days_of_hours(new, days)))
    for service, day in new:
        for finding in _of_day(day, days[service], hours[service]):
            found[service, finding.kind, day] = finding
    return found


def _days_of_hours(new: Sequence[ServiceDay], days: Mapping[int, Mapping[date, DaySums]]) -> set[ServiceDay]:
    """Return the days and what they are compared with, as far as they are known by the hour."""
    wanted = {
        (service, day - timedelta(weeks=back)) for service, day in new for back in range(WEEKS_COMPARED + 1)
    }
    return {
        (service, day) for service, day in wanted if day in days[service] and days[service][day].has_hours
    }


def _of_day(day: date, days: Mapping[date, DaySums], hours: HourSeries) -> Iterator[Finding]:
    for kind, series in zip(OF_HOURS, (hours.requests, hours.bytes), strict=True):
        worst = worst_hour(kind, day, series)
        if worst is not None:
            yield worst
    near = [day - timedelta(days=back) for back in range(DAYS_COMPARED + 1)]
    known = {other: days[other] for other in near if other in days}
    ratios = {other: hit_ratio(sums.hits, sums.misses) for other, sums in known.items()}
    shares = {other: error_share(sums.errors, sums.requests) for other, sums in known.items()}
    for kind, shown in ((AnomalyKind.HIT_RATIO, ratios), (AnomalyKind.ERRORS, shares)):
        finding = look_at_day(
            kind, day, {other: value for other, value in shown.items() if value is not None}
        )
        if finding is not None:
            yield finding


def _write(new: Sequence[ServiceDay], found: Mapping[_Key, Finding]) -> tuple[int, int]:
    """Write what was found on the days; return how many anomalies are new, and how many are over.

    What a person decided stays: only what is open, or was closed by Bursar itself, follows new figures.
    """
    looked_at = set(new)
    rows = (
        Anomaly.objects.select_for_update()
        .filter(
            service__in={service for service, _day in new},
            day__gte=min(day for _service, day in new),
            day__lte=max(day for _service, day in new),
        )
        .order_by("pk")
    )
    known = {
        (row.service_id, AnomalyKind(row.kind), row.day): row
        for row in rows
        if (row.service_id, row.day) in looked_at
    }
    fresh = [
        Anomaly(service_id=key[0], kind=key[1], day=key[2], **_numbers(finding))
        for key, finding in found.items()
        if key not in known
    ]
    Anomaly.objects.bulk_create(fresh, batch_size=_AT_ONCE)
    changed = []
    closed = 0
    for key, row in known.items():
        finding = found.get(key)
        if finding is None and row.state == AnomalyState.OPEN:
            row.state = next_anomaly_state(row.state, AnomalyAction.CLOSE)
            row.explanation, row.explained_by = NO_LONGER_OFF, None
            closed += 1
        elif finding is not None and _is_bursars(row):
            if anomaly_may(row.state, AnomalyAction.REOPEN):
                row.state, row.explanation = next_anomaly_state(row.state, AnomalyAction.REOPEN), ""
            for name, value in _numbers(finding).items():
                setattr(row, name, value)
        else:
            continue
        changed.append(row)
    Anomaly.objects.bulk_update(
        changed, ["state", "explanation", "explained_by", *_NUMBERS], batch_size=_AT_ONCE
    )
    return len(fresh), closed


def _is_bursars(row: Anomaly) -> bool:
    """Whether no person decided on it: it is open, or Bursar itself closed it."""
    return row.state == AnomalyState.OPEN or row.explained_by_id is None


def _numbers(finding: Finding) -> dict[str, float | int | None]:
    return {name: getattr(finding, name) for name in _NUMBERS}


def _threshold(kind: str) -> float:
    return THRESHOLDS[AnomalyKind(kind)].score
