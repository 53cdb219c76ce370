"""Writing a commitment down: its lines, terms and schedule, while it is a draft."""

from collections.abc import Sequence
from datetime import date

from foundation.audit.actions import action
from foundation.books.models import Fund
from foundation.books.numbers import next_number
from foundation.people.models import User
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import (
    Barrier,
    Limit,
    NotAllowedNow,
    Period,
    RenewalTerms,
    State,
    check_barriers,
    check_period,
    check_renewal_terms,
    following,
    later,
    postponed,
)
from sponsors.commitments.services.conditions import barriers_of, rewrite_barriers, write_barriers
from sponsors.commitments.services.lines import Line, check_lines, lines_of, rewrite_lines, write_lines
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.renewals import check_renewal
from sponsors.commitments.services.restrictions import (
    cash_by_term,
    check_restrictions,
    limits_of,
    rewrite_limits,
    write_limits,
)
from sponsors.commitments.services.schedules import (
    Schedule,
    dates_of,
    plan_cash,
    rewrite_schedule,
    sum_of,
    write_schedule,
)
from sponsors.commitments.services.values import (
    UNCHANGED,
    Unchanged,
    as_owner,
    check_announcement,
    check_currency,
    check_people,
    check_text,
)
from sponsors.directory.models import Sponsor
from sponsors.directory.services import hold_sponsor_of, lock_sponsor

SERIES = "C"


@action("commitment.draft")
def draft_commitment(
    *,
    actor: User | None,
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
    conditions: Sequence[Barrier] = (),
    restrictions: Sequence[Limit[Fund]] = (),
    renewal: RenewalTerms = RenewalTerms(),  # noqa: B008  # it cannot change
) -> Commitment:
    """Write a commitment down as a draft with a number of the year of `today`; None as actor is Bursar itself.

    Raises CommitmentError naming the field, and NotAllowedNow when the sponsor was merged or the
    earlier commitment cannot be renewed.
    """
    sponsor = lock_sponsor(sponsor)
    period = check_period(starts_on, ends_before)
    check_currency(currency)
    exact = check_lines(lines, currency)
    planned = plan_cash(period, currency, exact, schedule)
    barriers = check_barriers(conditions, currency, sum_of(planned))
    limits = check_restrictions(restrictions, exact, cash_by_term(period, planned), currency)
    check_renewal_terms(renewal, period)
    check_people(owner, backup)
    if renewal_of is not None:
        check_renewal(sponsor, renewal_of)
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
        notice_days=renewal.notice_days,
        renews_automatically=renewal.automatically,
        renewal_months=renewal.months,
    )
    write_lines(commitment, exact)
    write_schedule(commitment, period, planned)
    write_barriers(commitment, barriers)
    write_limits(commitment, limits)
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
    conditions: Sequence[Barrier] | Unchanged = UNCHANGED,
    restrictions: Sequence[Limit[Fund]] | Unchanged = UNCHANGED,
    renewal: RenewalTerms | Unchanged = UNCHANGED,
) -> Commitment:
    """Change a draft. What is not given must still fit the new period and lines.

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
            check_renewal(draft.sponsor, renewal_of, but=draft)
    if announced_on is not UNCHANGED:
        draft.announced_on = check_announcement(announced_on)
    draft.notes = draft.notes if notes is UNCHANGED else notes
    draft.currency = draft.currency if currency is UNCHANGED else currency
    check_currency(draft.currency)
    period = check_period(
        draft.starts_on if starts_on is UNCHANGED else starts_on,
        draft.ends_before if ends_before is UNCHANGED else ends_before,
    )
    draft.starts_on, draft.ends_before = period.starts_on, period.ends_before
    exact = check_lines(lines_of(draft) if lines is UNCHANGED else lines, draft.currency)
    planned = plan_cash(period, draft.currency, exact, dates_of(draft) if schedule is UNCHANGED else schedule)
    barriers = check_barriers(
        barriers_of(draft) if conditions is UNCHANGED else conditions, draft.currency, sum_of(planned)
    )
    limits = check_restrictions(
        limits_of(draft) if restrictions is UNCHANGED else restrictions,
        exact,
        cash_by_term(period, planned),
        draft.currency,
    )
    terms = check_renewal_terms(draft.renewal_terms if renewal is UNCHANGED else renewal, period)
    draft.notice_days, draft.renews_automatically = terms.notice_days, terms.automatically
    draft.renewal_months = terms.months
    if lines is not UNCHANGED:
        rewrite_lines(draft, exact)
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
            "notice_days",
            "renews_automatically",
            "renewal_months",
        ]
    )
    rewrite_schedule(draft, period, planned)
    rewrite_barriers(draft, barriers)
    rewrite_limits(draft, limits)
    draft.refresh_from_db()
    return draft


@action("commitment.renew")
def renew_commitment(
    *, actor: User, commitment: Commitment, today: date, title: str | None = None
) -> Commitment:
    """Draft the commitment that follows this one: as long, with the same lines, rhythm of payment and terms.

    It begins on the first day this one no longer holds. Owner and backup stay if they still may look
    after it. Raises what `draft_commitment` raises, for instance when a fund has been closed since.
    """
    # Held from here on, so that no amendment moves the end meanwhile; the sponsor is held first.
    hold_sponsor_of(Commitment, commitment.pk)
    lock_commitment(commitment)
    earlier = Commitment.objects.select_related("sponsor", "owner", "backup").get(pk=commitment.pk)
    period, distance = following(Period(earlier.starts_on, earlier.ends_before), earlier.renewal_starts_on)
    schedule = [(later(due_on, distance), amount) for due_on, amount in dates_of(earlier) or []]
    return draft_commitment(
        actor=actor,
        sponsor=earlier.sponsor,
        title=earlier.title if title is None else title,
        starts_on=period.starts_on,
        ends_before=period.ends_before,
        currency=earlier.currency,
        lines=lines_of(earlier),
        schedule=schedule or None,
        today=today,
        owner=as_owner(earlier.owner),
        backup=as_owner(earlier.backup),
        renewal_of=earlier,
        conditions=[postponed(one, distance) for one in barriers_of(earlier)],
        restrictions=limits_of(earlier),
        renewal=earlier.renewal_terms,
    )
