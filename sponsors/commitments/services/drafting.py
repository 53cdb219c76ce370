"""Writing a commitment down: its lines, terms and schedule, while it is a draft."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.books.models import Fund
from foundation.books.numbers import next_number
from foundation.money.rules import currency_codes
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine, Installment, Term
from sponsors.commitments.rules import (
    FIRM,
    LATEST_DAY,
    MOST_LINES,
    CommitmentError,
    NotAllowedNow,
    Period,
    Plan,
    Planned,
    State,
    check_amount,
    check_period,
    custom_schedule,
    following,
    later,
    plan_schedule,
    terms_of,
)
from sponsors.directory.models import Sponsor
from sponsors.directory.rules import EARLIEST_DAY

SERIES = "C"

# A plan by rule, or dates and amounts. None: no cash is promised.
Schedule = Plan | Sequence[tuple[date, Decimal]] | None


class Unchanged(enum.Enum):
    """Says that a value stays as it is, where None would clear it."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A part of what is promised. Cash goes into a fund; a gift in kind has a category instead."""

    kind: CommitmentLine.Kind
    description: str
    amount: Decimal
    fund: Fund | None = None
    category: str = ""
    estimate_basis: str = ""


@action("commitment.draft")
def draft_commitment(
    *,
    actor: User,
    sponsor: Sponsor,
    title: str,
    starts_on: date,
    ends_before: date,
    lines: Sequence[Line],
    schedule: Schedule,
    today: date,
    currency: str = "USD",
    owner: User | None = None,
    backup: User | None = None,
    renewal_of: Commitment | None = None,
    announced_on: date | None = None,
    notes: str = "",
) -> Commitment:
    """Write a commitment down as a draft with a number of the year of `today`.

    Raises CommitmentError naming the field, and NotAllowedNow when the sponsor was merged or the
    earlier commitment cannot be renewed.
    """
    sponsor = lock_sponsor(sponsor)
    period = check_period(starts_on, ends_before)
    _check_currency(currency)
    exact = _check_lines(lines, currency)
    planned = _plan(period, currency, exact, schedule)
    check_people(owner, backup)
    if renewal_of is not None:
        _check_renewal(sponsor, renewal_of)
    commitment = Commitment.objects.create(
        number=next_number(series=SERIES, year=today.year),
        sponsor=sponsor,
        title=check_text(title, "title", "title", longest=200),
        currency=currency,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        owner=owner,
        backup=backup,
        renewal_of=renewal_of,
        announced_on=check_announcement(announced_on),
        notes=notes,
    )
    _write_lines(commitment, exact)
    _write_schedule(commitment, period, planned)
    commitment.refresh_from_db()
    return commitment


@action("commitment.revise_draft")
def revise_draft(
    *,
    actor: User,
    commitment: Commitment,
    title: str | Unchanged = UNCHANGED,
    starts_on: date | Unchanged = UNCHANGED,
    ends_before: date | Unchanged = UNCHANGED,
    currency: str | Unchanged = UNCHANGED,
    lines: Sequence[Line] | Unchanged = UNCHANGED,
    schedule: Schedule | Unchanged = UNCHANGED,
    owner: User | Unchanged | None = UNCHANGED,
    backup: User | Unchanged | None = UNCHANGED,
    renewal_of: Commitment | Unchanged | None = UNCHANGED,
    announced_on: date | Unchanged | None = UNCHANGED,
    notes: str | Unchanged = UNCHANGED,
) -> Commitment:
    """Change a draft. A schedule that is not given must still fit the new period and lines.

    Raises CommitmentError naming the field, and NotAllowedNow when it is no draft any more.
    """
    draft = lock_commitment(commitment)
    if draft.state != State.DRAFT:
        msg = (
            f"{draft.number} is {draft.get_state_display().lower()} and its terms are fixed. Revise it first."
        )
        raise NotAllowedNow(msg, field="state")
    if title is not UNCHANGED:
        draft.title = check_text(title, "title", "title", longest=200)
    draft.owner = draft.owner if owner is UNCHANGED else owner
    draft.backup = draft.backup if backup is UNCHANGED else backup
    check_people(draft.owner, draft.backup)
    if renewal_of is not UNCHANGED:
        draft.renewal_of = renewal_of
        if renewal_of is not None:
            _check_renewal(draft.sponsor, renewal_of, but=draft)
    if announced_on is not UNCHANGED:
        draft.announced_on = check_announcement(announced_on)
    draft.notes = draft.notes if notes is UNCHANGED else notes
    draft.currency = draft.currency if currency is UNCHANGED else currency
    _check_currency(draft.currency)
    period = check_period(
        draft.starts_on if starts_on is UNCHANGED else starts_on,
        draft.ends_before if ends_before is UNCHANGED else ends_before,
    )
    draft.starts_on, draft.ends_before = period.starts_on, period.ends_before
    exact = _check_lines(_lines_of(draft) if lines is UNCHANGED else lines, draft.currency)
    planned = _plan(period, draft.currency, exact, _dates_of(draft) if schedule is UNCHANGED else schedule)
    draft.installments.all().delete()
    draft.terms.all().delete()
    if lines is not UNCHANGED:
        draft.lines.all().delete()
        _write_lines(draft, exact)
    draft.save(
        update_fields=[
            "title",
            "starts_on",
            "ends_before",
            "currency",
            "owner",
            "backup",
            "renewal_of",
            "announced_on",
            "notes",
        ]
    )
    _write_schedule(draft, period, planned)
    draft.refresh_from_db()
    return draft


@action("commitment.renew")
def renew_commitment(
    *, actor: User, commitment: Commitment, today: date, title: str | None = None
) -> Commitment:
    """Draft the commitment that follows this one: as long, with the same lines and rhythm of payment.

    Raises what `draft_commitment` raises, for instance when a fund has been closed since.
    """
    # Read without a lock, for the sponsor is locked first; what is firm does not change any more.
    earlier = Commitment.objects.select_related("sponsor", "owner", "backup").get(pk=commitment.pk)
    period, distance = following(Period(earlier.starts_on, earlier.ends_before))
    schedule = [(later(due_on, distance), amount) for due_on, amount in _dates_of(earlier) or []]
    return draft_commitment(
        actor=actor,
        sponsor=earlier.sponsor,
        title=earlier.title if title is None else title,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        currency=earlier.currency,
        lines=_lines_of(earlier),
        schedule=schedule or None,
        today=today,
        owner=earlier.owner if earlier.owner and earlier.owner.is_active else None,
        backup=earlier.backup if earlier.backup and earlier.backup.is_active else None,
        renewal_of=earlier,
    )


# Shared with the other services of the slice ---------------------------------------------------


def lock_sponsor(sponsor: Sponsor) -> Sponsor:
    """Return the sponsor's locked row, so that it is not merged meanwhile. Raises NotAllowedNow."""
    locked = Sponsor.objects.select_for_update(no_key=True).get(pk=sponsor.pk)
    if locked.merged_into is not None:
        msg = f"{locked.name} was merged into {locked.merged_into.name}. Choose {locked.merged_into.name}."
        raise NotAllowedNow(msg, code="sponsor_merged", field="sponsor")
    return locked


def lock_commitment(commitment: Commitment) -> Commitment:
    return Commitment.objects.select_for_update().get(pk=commitment.pk)


def check_people(owner: User | None, backup: User | None) -> None:
    """Raise CommitmentError unless owner and backup are two people who may sign in."""
    for field, person in (("owner", owner), ("backup", backup)):
        if person is not None and not person.is_active:
            msg = f"{person} may not sign in any more. Choose another {field}."
            raise CommitmentError(msg, code="person_inactive", field=field)
    if owner is not None and owner == backup:
        msg = "The backup is the owner. Choose somebody else, or leave the backup empty."
        raise CommitmentError(msg, code="backup_is_owner", field="backup")


def check_announcement(day: date | None) -> date | None:
    """Return the day. Raises CommitmentError for one that would stretch timelines over centuries."""
    if day is not None and not EARLIEST_DAY <= day < LATEST_DAY:
        msg = "The announcement must be in the years 1990 to 2099. Correct its year."
        raise CommitmentError(msg, code="date_out_of_reach", field="announced_on")
    return day


def check_text(text: str, what: str, field: str, *, longest: int) -> str:
    """Return the text without surrounding space. Raises CommitmentError when empty or too long."""
    text = text.strip()
    if not text:
        msg = f"The {what} is missing. Enter it."
        raise CommitmentError(msg, code="required", field=field)
    return check_length(text, what, field, longest=longest)


def check_length(text: str, what: str, field: str, *, longest: int) -> str:
    if len(text) > longest:
        msg = f"The {what} has {len(text)} characters; at most {longest} fit. Shorten it."
        raise CommitmentError(msg, code="too_long", field=field)
    return text


def _check_currency(currency: str) -> None:
    if currency not in currency_codes():
        msg = "The currency is not an ISO 4217 code. Choose one such as USD or EUR."
        raise CommitmentError(msg, code="unknown_currency", field="currency")


def _check_renewal(sponsor: Sponsor, earlier: Commitment, *, but: Commitment | None = None) -> None:
    earlier = lock_commitment(earlier)
    if earlier.state not in FIRM:
        msg = f"{earlier.number} was never signed, so nothing follows it. Choose a signed commitment."
        raise NotAllowedNow(msg, code="renewal_of_unsigned", field="renewal_of")
    if not _related(sponsor, earlier.sponsor):
        msg = f"{earlier.number} is of {earlier.sponsor.name}, not of {sponsor.name}. Choose one of this sponsor."
        raise CommitmentError(msg, code="renewal_of_other_sponsor", field="renewal_of")
    rivals = earlier.renewals.exclude(state__in=[State.DECLINED, State.WITHDRAWN])
    rival = (rivals.exclude(pk=but.pk) if but else rivals).first()
    if rival is not None:
        msg = f"{earlier.number} is already followed by {rival.number}. Withdraw that one first."
        raise NotAllowedNow(msg, code="already_renewed", field="renewal_of")


def _related(one: Sponsor, other: Sponsor) -> bool:
    """Whether they are the same, or one owns the other: a new owner takes over what was promised."""
    return one == other or other.pk in _owners(one) or one.pk in _owners(other)


def _owners(sponsor: Sponsor) -> set[int]:
    """Return the ids of the parent organizations, and of the sponsors they were merged into."""
    found: set[int] = set()
    above = sponsor.merged_into or sponsor.parent
    while above is not None and above.pk not in found:
        found.add(above.pk)
        above = above.merged_into or above.parent
    return found


def _check_lines(lines: Sequence[Line], currency: str) -> list[Line]:
    if len(lines) > MOST_LINES:
        msg = f"A commitment has at most {MOST_LINES} lines. Put small ones together."
        raise CommitmentError(msg, code="too_many_lines", field="lines")
    return [_check_line(position, line, currency) for position, line in enumerate(lines, start=1)]


def _check_line(position: int, line: Line, currency: str) -> Line:
    def refuse(code: str, sentence: str) -> CommitmentError:
        return CommitmentError(f"Line {position}: {sentence}", code=code, field="lines")

    cash = line.kind == CommitmentLine.Kind.CASH
    if cash and line.fund is None:
        raise refuse("line_needs_fund", "cash goes into a fund. Choose one.")
    if not cash and line.fund is not None:
        raise refuse("gift_has_fund", "a gift in kind goes into no fund. Leave the fund empty.")
    if line.fund is not None and not line.fund.is_open:
        raise refuse("fund_closed", f"the fund {line.fund.name} is closed. Choose an open one.")
    if cash and line.category:
        raise refuse("cash_has_category", "cash has no category. Leave the category empty.")
    if not cash and line.category not in CommitmentLine.Category.values:
        raise refuse("gift_needs_category", "a gift in kind needs a category. Choose one, such as cdn.")
    return Line(
        kind=line.kind,
        description=check_text(line.description, f"description of line {position}", "lines", longest=200),
        amount=check_amount(line.amount, currency, what=f"The amount of line {position}", field="lines"),
        fund=line.fund,
        category=line.category,
        estimate_basis=check_length(
            line.estimate_basis.strip(), f"basis of line {position}", "lines", longest=300
        ),
    )


def _plan(period: Period, currency: str, lines: Sequence[Line], schedule: Schedule) -> list[Planned]:
    cash = sum((line.amount for line in lines if line.kind == CommitmentLine.Kind.CASH), start=Decimal(0))
    if not cash:
        if schedule:
            msg = "No line promises cash, so nothing falls due. Add a cash line, or leave the schedule out."
            raise CommitmentError(msg, code="schedule_without_cash", field="schedule")
        return []
    if not schedule:
        msg = "The lines promise cash, so it must fall due some day. Give a schedule."
        raise CommitmentError(msg, code="schedule_missing", field="schedule")
    check_amount(cash, currency, what="The sum of the cash lines", field="lines")
    if isinstance(schedule, Plan):
        return plan_schedule(period=period, total=cash, currency=currency, plan=schedule)
    return custom_schedule(period=period, total=cash, currency=currency, parts=schedule)


def _lines_of(commitment: Commitment) -> list[Line]:
    return [
        Line(
            kind=CommitmentLine.Kind(line.kind),
            description=line.description,
            amount=line.amount,
            fund=line.fund,
            category=line.category,
            estimate_basis=line.estimate_basis,
        )
        for line in commitment.lines.select_related("fund").order_by("position")
    ]


def _dates_of(commitment: Commitment) -> list[tuple[date, Decimal]] | None:
    return list(commitment.installments.order_by("position").values_list("due_on", "amount")) or None


def _write_lines(commitment: Commitment, lines: Sequence[Line]) -> None:
    CommitmentLine.objects.bulk_create(
        CommitmentLine(
            commitment=commitment,
            position=position,
            kind=line.kind,
            category=line.category,
            description=line.description,
            fund=line.fund,
            amount=line.amount,
            estimate_basis=line.estimate_basis,
        )
        for position, line in enumerate(lines, start=1)
    )


def _write_schedule(commitment: Commitment, period: Period, planned: Sequence[Planned]) -> None:
    terms = Term.objects.bulk_create(
        Term(commitment=commitment, position=position, starts_on=term.starts_on, ends_before=term.ends_before)
        for position, term in enumerate(terms_of(period), start=1)
    )
    Installment.objects.bulk_create(
        Installment(
            commitment=commitment,
            term=terms[part.term - 1],
            position=position,
            due_on=part.due_on,
            amount=part.amount,
        )
        for position, part in enumerate(planned, start=1)
    )
