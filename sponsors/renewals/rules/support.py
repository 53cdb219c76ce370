"""How long a sponsor has supported us, what follows what, how much that is a year, and when it can first lapse."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from foundation.money.rules import smallest_unit
from sponsors.commitments.rules import Period, add_months, notice_day
from sponsors.commitments.rules.periods import distance
from sponsors.renewals.rules.reasons import Level

# So long before or after the end of a commitment another one may begin and still be what follows it; so long it may
# be overdue before it is a lapse.
FOLLOWS_WITHIN = timedelta(days=90)
# Who was away for longer has returned; the time away is no tenure.
LONGEST_GAP = timedelta(days=365)
_DAYS_A_YEAR = Decimal("365.25")
_MONTHS_A_YEAR = 12


class SupportKind(StrEnum):
    """How often such support lapses is told apart: each has a base rate of its own."""

    CASH = "cash"
    IN_KIND = "in_kind"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Support:
    """A firm commitment in the history of its sponsor; `before` is the first day on which it no longer held."""

    key: int
    number: str
    starts_on: date
    before: date
    renewal_of: int | None

    @property
    def place(self) -> tuple[date, int]:
        return self.starts_on, self.key


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a sponsor stood when a commitment began: whether it was the first, and since when it supported us.

    `since` is the day of the first one, later by the time of every gap of more than a year.
    """

    is_first: bool
    returned: bool
    since: date

    def tenure_years(self, day: date) -> float:
        return float(max(0, (day - self.since).days) / _DAYS_A_YEAR)


def standings(history: Sequence[Support]) -> dict[int, Standing]:
    """Return how the sponsor stood at each of its commitments, which are in the order of their places."""
    found: dict[int, Standing] = {}
    returned = False
    since = reach = history[0].starts_on if history else date.min
    for number, one in enumerate(history):
        if one.starts_on - reach > LONGEST_GAP:
            returned, since = True, since + (one.starts_on - reach)
        reach = max(reach, one.before)
        found[one.key] = Standing(number == 0, returned, since)
    return found


def followers(history: Sequence[Support]) -> dict[int, Support]:
    """Return what follows each commitment, where something does.

    That is the one that renews it; or the first that begins within ninety days of its end, later than it did, and
    goes on for longer.
    """
    renewals = {one.renewal_of: one for one in history if one.renewal_of is not None}
    starts = [one.starts_on for one in history]
    found: dict[int, Support] = {}
    for own in history:
        if own.key in renewals:
            found[own.key] = renewals[own.key]
            continue
        first = bisect_left(starts, own.before - FOLLOWS_WITHIN)
        last = bisect_right(starts, own.before + FOLLOWS_WITHIN)
        for one in history[first:last]:
            if one.starts_on > own.starts_on and one.before > own.before:
                found[own.key] = one
                break
    return found


def kind_of(*, has_cash: bool, period: Period, renewal_months: int | None) -> SupportKind:
    """Return how it is counted: month to month when it lasts or renews for a month at a time, in kind without cash."""
    if renewal_months == 1 or period.ends_before <= add_months(period.starts_on, 1):
        return SupportKind.MONTHLY
    return SupportKind.CASH if has_cash else SupportKind.IN_KIND


def a_year(amount: Decimal, period: Period, *, kind: SupportKind, currency: str) -> Decimal:
    """Return what the amount for the period is a year; of less than a year, unless it goes on monthly, once a year."""
    length = distance(period.starts_on, period.ends_before)
    years = Decimal(length) / _MONTHS_A_YEAR if isinstance(length, int) else length.days / _DAYS_A_YEAR
    if years < 1 and kind is not SupportKind.MONTHLY:
        return amount
    return (amount / years).quantize(smallest_unit(currency), rounding=ROUND_HALF_UP)


def level_of(
    worth: Decimal | None, *, entry_below: Decimal, gold_from: Decimal, top_from: Decimal
) -> Level | None:
    """Return the level of what is promised a year, in the foundation's currency; None: nobody knows how much."""
    if worth is None:
        return None
    if not worth:
        return Level.FREE
    if worth < entry_below:
        return Level.ENTRY
    if worth >= top_from:
        return Level.TOP
    return Level.GOLD if worth >= gold_from else Level.MIDDLE


def opens_on(period: Period, notice_days: int | None, horizon_days: int) -> date:
    """Return the first day on which a commitment is at risk: the horizon before the last day for notice."""
    return notice_day(period, notice_days) - timedelta(days=horizon_days)
