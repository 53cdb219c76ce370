"""What the watch over services looks for: signals that left their own recent range.

A signal is compared with comparable times of the same service alone: its median and the median of the absolute
deviations from it (MAD), which one or two odd weeks do not move, where they would move a mean and a standard
deviation. The MAD of a normal spread times 1.4826 is its standard deviation, so a score reads like one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from django.db.models import TextChoices

from sponsors.inkind.rules.wording import (
    bytes_in_words,
    count_in_words,
    percent_in_words,
    times_in_words,
)

SCALE = 1.4826
HOURS = 24
WEEKS_COMPARED = 8
DAYS_COMPARED = 28
# Shares of fewer requests a day say little: one more error is a tenth of a percent of a thousand.
LEAST_REQUESTS = 1000


class AnomalyKind(TextChoices):
    """Which signal left its own range."""

    HIT_RATIO = "hit_ratio", "Hit ratio fell"
    REQUESTS = "requests", "Requests above expectation"
    BYTES = "bytes", "Bytes above expectation"
    ERRORS = "errors", "Error share above expectation"


class Severity(TextChoices):
    """How far beyond the threshold a score is: reached it, twice, or four times as far."""

    NOTABLE = "notable", "Notable"
    SERIOUS = "serious", "Serious"
    EXTREME = "extreme", "Extreme"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a signal is told.

    `score`: scaled spreads off. A spread counts as at least `floor` times the median, and at least `least`, so that
    a series that never varied, with a MAD of zero, does not make an anomaly of a trifle. Of a share that is best at
    one, the floor is of what is missing from one. `comparable`: how many comparable times there must be.
    """

    score: float
    floor: float
    least: float
    comparable: int
    above: bool = True
    best_at_one: bool = False


# The only place of these figures.
THRESHOLDS: Mapping[AnomalyKind, Threshold] = {
    # From week to week an hour varies by a few percent, at a release by some tens. Six spreads of at least a tenth: no
    # less than 1.6 times the usual, and never for fewer than 600 requests an hour. Four weeks, so that a median stands.
    AnomalyKind.REQUESTS: Threshold(score=6, floor=0.10, least=100, comparable=4),
    # The same, and never for less than 600 MB an hour.
    AnomalyKind.BYTES: Threshold(score=6, floor=0.10, least=100 * 10**6, comparable=4),
    # What a fall costs is what the origin must serve in addition: five spreads of at least a tenth of the usual misses
    # are half as many again. At 99% that is 98.5%. Never for less than half a percent. Two weeks, so that weekends count.
    AnomalyKind.HIT_RATIO: Threshold(
        score=5, floor=0.10, least=0.001, comparable=14, above=False, best_at_one=True
    ),
    # Errors come in bursts: five spreads of at least a fifth are twice the usual, and never less than 0.1% more.
    AnomalyKind.ERRORS: Threshold(score=5, floor=0.20, least=0.0002, comparable=14),
}
OF_HOURS = (AnomalyKind.REQUESTS, AnomalyKind.BYTES)
OF_DAYS = (AnomalyKind.HIT_RATIO, AnomalyKind.ERRORS)


@dataclass(frozen=True, slots=True)
class Finding:
    """A signal beside its comparable times; `hour` is none when the day was looked at as a whole."""

    kind: AnomalyKind
    day: date
    hour: int | None
    observed: float
    expected: float
    spread: float
    score: float
    compared_with: int

    @property
    def is_off(self) -> bool:
        threshold = THRESHOLDS[self.kind]
        return (self.score if threshold.above else -self.score) >= threshold.score


def compare(
    kind: AnomalyKind, day: date, hour: int | None, observed: float, comparable: Sequence[float]
) -> Finding | None:
    """Return how far off the value is, or None where too few times can be compared to say anything."""
    threshold = THRESHOLDS[kind]
    if len(comparable) < threshold.comparable:
        return None
    expected = median(comparable)
    spread = median(abs(value - expected) for value in comparable)
    usual = 1 - expected if threshold.best_at_one else expected
    reckoned = max(SCALE * spread, threshold.floor * usual, threshold.least)
    score = (observed - expected) / reckoned
    return Finding(kind, day, hour, observed, expected, spread, score, len(comparable))


def worst_hour(kind: AnomalyKind, day: date, hours: Mapping[tuple[date, int], float]) -> Finding | None:
    """Return the hour of the day that is furthest off, if one is; each beside the same hour and weekday before.

    `hours` holds what is known of the day and of the eight weeks before it, by day and hour in UTC.
    """
    weeks = [day - timedelta(weeks=back) for back in range(1, WEEKS_COMPARED + 1)]
    found = (
        compare(
            kind,
            day,
            hour,
            hours[day, hour],
            [hours[before, hour] for before in weeks if (before, hour) in hours],
        )
        for hour in range(HOURS)
        if (day, hour) in hours
    )
    return _furthest(found)


def look_at_day(kind: AnomalyKind, day: date, days: Mapping[date, float]) -> Finding | None:
    """Return what is off with the day, if anything is, beside the 28 days before it that are known."""
    if day not in days:
        return None
    before = (day - timedelta(days=back) for back in range(1, DAYS_COMPARED + 1))
    return _furthest(
        [compare(kind, day, None, days[day], [days[other] for other in before if other in days])]
    )


def _furthest(found: Iterable[Finding | None]) -> Finding | None:
    off = [finding for finding in found if finding is not None and finding.is_off]
    return max(off, key=lambda finding: abs(finding.score)) if off else None


def hit_ratio(hits: int | None, misses: int | None) -> float | None:
    """Return the share of requests to the cache that it could answer, or None for too few or unknown."""
    if hits is None or misses is None or hits + misses < LEAST_REQUESTS:
        return None
    return hits / (hits + misses)


def error_share(errors: int | None, requests: int | None) -> float | None:
    """Return the share of requests that ended in an error, or None for too few or unknown."""
    if errors is None or requests is None or requests < LEAST_REQUESTS:
        return None
    return errors / requests


def severity(kind: str, score: float) -> Severity:
    """Return how far beyond the threshold the score is."""
    beyond = abs(score) / THRESHOLDS[AnomalyKind(kind)].score
    if beyond >= 4:  # noqa: PLR2004  # as its docstring says
        return Severity.EXTREME
    return Severity.SERIOUS if beyond >= 2 else Severity.NOTABLE  # noqa: PLR2004  # the same


def in_words(
    kind: str, day: date, hour: int | None, *, observed: float, expected: float, compared_with: int
) -> str:
    """Return the numbers behind an anomaly as a sentence."""
    if hour is None:
        since = f"from {compared_with} comparable days"
        if kind == AnomalyKind.HIT_RATIO:
            return _fall_in_words(observed, expected, since)
        share = percent_in_words(observed)
        if not expected:
            return f"{share} of requests ended in an error, where usually none does; {since}."
        times = times_in_words(observed / expected)
        return (
            f"{share} of requests ended in an error, {times} the usual {percent_in_words(expected)}; {since}."
        )
    when = f"a {day:%A} at {hour:02}:00 UTC"
    since = f"from {compared_with} comparable hours"
    what, write = (
        ("Requests", count_in_words) if kind == AnomalyKind.REQUESTS else ("Bytes delivered", bytes_in_words)
    )
    if not expected:
        return f"{what} were {write(observed)} on {when}, where there usually are none, {since}."
    times = times_in_words(observed / expected)
    return f"{what} were {times} the usual for {when}: {write(observed)} against {write(expected)}, {since}."


def _fall_in_words(observed: float, expected: float, since: str) -> str:
    fell = f"The hit ratio fell to {percent_in_words(observed)} from the usual {percent_in_words(expected)}"
    if expected == 1:
        return f"{fell}; {since}."
    times = times_in_words((1 - observed) / (1 - expected))
    return f"{fell}: {times} as many requests as usual missed the cache; {since}."
