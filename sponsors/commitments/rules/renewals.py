"""Notice and automatic renewal: until when either side may say no, and what comes if nobody does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from foundation.money.rules import portion
from sponsors.commitments.rules.amendments import Due
from sponsors.commitments.rules.periods import (
    LONGEST_MONTHS,
    SHORTEST_MONTHS,
    Period,
    add_months,
    distance,
    later,
    terms_of,
)
from sponsors.commitments.rules.refusals import CommitmentError

LONGEST_NOTICE = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalTerms:
    """What both sides agreed about the end: days of notice, and months of each automatic renewal."""

    notice_days: int | None = None
    automatically: bool = False
    months: int | None = None


def check_renewal_terms(terms: RenewalTerms, period: Period) -> RenewalTerms:
    """Return the terms. Raises CommitmentError naming the field."""
    days, months = terms.notice_days, terms.months
    if days is not None and not 0 <= days <= LONGEST_NOTICE:
        msg = f"The notice days must be from 0 to {LONGEST_NOTICE}. Correct them."
        raise CommitmentError(msg, code="notice_days_out_of_range", field="notice_days")
    if days is not None and notice_day(period, days) < period.starts_on:
        msg = f"With {days} notice days, notice would be due before the first day, {period.starts_on}. Lower them."
        raise CommitmentError(msg, code="notice_before_start", field="notice_days")
    if not terms.automatically:
        if months is not None:
            msg = "Months of renewal are given, but it does not renew automatically. Say that it does, or leave them out."
            raise CommitmentError(msg, code="months_without_renewal", field="renewal_months")
        return terms
    if months is None:
        msg = "It renews automatically, but for how long is missing. Enter the months of each renewal, such as 12."
        raise CommitmentError(msg, code="months_missing", field="renewal_months")
    if days is None:
        msg = "It renews automatically unless notice is given. Enter the notice days; 0 lets notice come on the last day."
        raise CommitmentError(msg, code="notice_days_missing", field="notice_days")
    if not SHORTEST_MONTHS <= months <= LONGEST_MONTHS:
        msg = f"A renewal lasts from {SHORTEST_MONTHS} to {LONGEST_MONTHS} months. Correct the months."
        raise CommitmentError(msg, code="months_out_of_range", field="renewal_months")
    if add_months(period.starts_on, months) > period.ends_before:
        msg = (
            f"A renewal repeats the last months of the commitment, which is shorter than {months} months. "
            "Lower the months, or renew it by hand."
        )
        raise CommitmentError(msg, code="renewal_too_long", field="renewal_months")
    return terms


def notice_day(period: Period, days: int | None) -> date:
    """Return the last day on which notice may be given: `days` before the last day; None: on it."""
    return period.ends_before - timedelta(days=1 + (days or 0))


def check_notice_day(given_on: date, *, last: date, signed_on: date, today: date) -> None:
    """Raise CommitmentError for a day on which notice cannot have been given in time."""
    if given_on > today:
        msg = f"The day {given_on} is after today, {today}. Correct it."
        raise CommitmentError(msg, code="notice_in_the_future", field="given_on")
    if given_on < signed_on:
        msg = f"The commitment was signed on {signed_on}. Choose that day or a later one."
        raise CommitmentError(msg, code="notice_before_signing", field="given_on")
    if given_on > last:
        msg = (
            f"Notice had to be given by {last}. Correct the day, or terminate what follows if both sides agree "
            "to end it."
        )
        raise CommitmentError(msg, code="notice_too_late", field="given_on")


@dataclass(frozen=True, slots=True)
class Repetition:
    """What an automatic renewal repeats: its period, what falls due in it, and which of the terms come again.

    `share` of the earlier commitment's length is repeated; `skipped` terms at its beginning are not.
    """

    period: Period
    installments: tuple[Due, ...]
    share: Fraction
    skipped: int


def repetition(
    period: Period,
    installments: Sequence[Due],
    months: int,
    currency: str,
    pauses: Sequence[Period] = (),
) -> Repetition:
    """Return the renewal that repeats the last months: what was paid for them, as many months later.

    Cash that comes in a rhythm, be it in advance or in arrears, goes on in it. Cash that comes on days
    of its own repeats what fell due in the last months. When those days do not say what was paid for
    which months, as of cash that comes once, or outside the commitment, its share of all the cash
    falls due once.
    """
    length = distance(period.starts_on, period.ends_before)
    then = Period(period.ends_before, add_months(period.ends_before, months))
    skipped = len(terms_of(period)) - len(terms_of(then))
    if length == months:
        parts = tuple(Due(later(part.due_on, months), part.amount) for part in installments)
        return Repetition(then, parts, Fraction(1), skipped)
    since = add_months(period.ends_before, -months)
    share = (
        Fraction(months, length)
        if isinstance(length, int)
        else Fraction((period.ends_before - since).days, (period.ends_before - period.starts_on).days)
    )
    ordered = sorted(installments, key=lambda part: part.due_on)
    last = [part for part in ordered if part.due_on >= since]
    rhythm = _rhythm(ordered, months, share)
    if rhythm:
        last = ordered[-rhythm:]
    elif not _says_for_which(period, ordered, months, pauses):
        day = add_months(last[0].due_on, months) if last else then.starts_on
        amount = scaled(sum((part.amount for part in ordered), start=Decimal(0)), share, currency)
        return Repetition(then, (Due(day, amount),) if amount else (), share, skipped)
    again = tuple(Due(add_months(part.due_on, months), part.amount) for part in last)
    return Repetition(then, again, share, skipped)


def _rhythm(ordered: Sequence[Due], months: int, share: Fraction) -> int:
    """Return how many installments come again every so many months; 0: they come in no such rhythm."""
    count = len(ordered) * share
    if count.denominator != 1:
        return 0
    when = [part.due_on.year * 12 + part.due_on.month for part in ordered]
    apart = zip(when, when[int(count) :], strict=False)
    return int(count) if all(other - one == months for one, other in apart) else 0


def _says_for_which(period: Period, ordered: Sequence[Due], months: int, pauses: Sequence[Period]) -> bool:
    """Whether each installment is for the months it falls due in: none is outside, and no months are without.

    Months of which a part was paused may be without.
    """
    if not all(period.starts_on <= part.due_on < period.ends_before for part in ordered):
        return False
    number = 1
    while (begin := add_months(period.ends_before, -months * number)) >= period.starts_on:
        end = add_months(period.ends_before, -months * (number - 1))
        rested = any(pause.starts_on < end and begin < pause.ends_before for pause in pauses)
        if not rested and not any(begin <= part.due_on < end for part in ordered):
            return False
        number += 1
    return True


def scaled(amount: Decimal, share: Fraction, currency: str) -> Decimal:
    """Return the share of an amount, floored to the currency's smallest unit."""
    return portion(amount, share.numerator, share.denominator, currency)
