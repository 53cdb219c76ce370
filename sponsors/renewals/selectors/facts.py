"""What is known of commitments on a day: the facts that a score is made of.

Read for many commitments at once, at a number of queries that does not depend on how many they are. Nothing is said of
benefits: Bursar keeps none yet.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Max, Q
from django.db.models.functions import Lower

from foundation.books.selectors import current_organization
from foundation.notices.models import Notice
from foundation.notices.rules import NoticeState
from sponsors.commitments.models import Commitment, Installment, NonRenewal
from sponsors.commitments.rules import FIRM, add_months
from sponsors.directory.models import Contact, Interaction
from sponsors.renewals.models import ScoringPolicy
from sponsors.renewals.rules.reasons import RiskFacts
from sponsors.renewals.rules.support import Standing, Support, level_of, opens_on
from sponsors.renewals.selectors.keys import AnyOf
from sponsors.renewals.selectors.money import InOwnCurrency
from sponsors.renewals.selectors.people import able_people
from sponsors.renewals.selectors.support import Held, Promised, held, history_of, promised_a_year
from sponsors.renewals.selectors.use import (
    Supplied,
    Use,
    is_falling,
    on,
    share_of_ceiling,
    supplied_under,
    use_of_services,
)

# A note is ours alone, and a change of policy is news about the sponsor, not word from it.
NOT_SPOKEN = (Interaction.Kind.NOTE, Interaction.Kind.POLICY_CHANGE)
_POLICY_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Background:
    """What is read once for any number of commitments."""

    today: date
    policy: ScoringPolicy
    zone: ZoneInfo
    own: InOwnCurrency
    use: Use
    able: frozenset[int]  # who can be told: nobody else is an owner
    refused: frozenset[str]  # addresses to which mail failed for good, and none arrived since


def background(policy: ScoringPolicy, today: date, *, services: Collection[int] | None = None) -> Background:
    """Return what is read once. Six queries; use is that of all services when none are named."""
    return Background(
        today,
        policy,
        current_organization().zone,
        InOwnCurrency(today),
        use_of_services(services, today),
        able_people(),
        _refused_addresses(),
    )


@dataclass(frozen=True, slots=True)
class Known:
    """A commitment with its facts, what it promises a year, what it supplies, and what follows it."""

    commitment: Held
    facts: RiskFacts
    promised: Promised
    supplies: Sequence[Supplied]
    use_share: Decimal | None
    at_risk_from: date | None  # None: now
    follower: (
        Support | None
    )  # the firm commitment that renews it: what merely begins about then is no renewal


def known_of(commitments: Sequence[int], back: Background) -> list[Known]:
    """Return what is known of those of the commitments that are firm, in the order of their keys. Nine queries."""
    rows = held(Commitment.objects.filter(pk__in=AnyOf(commitments), state__in=FIRM).order_by("pk"))
    sponsors = {row.sponsor_id for row in rows}
    history = history_of(sponsors)
    promised = promised_a_year(rows, back.own)
    supplies = supplied_under(commitments)
    overdue = set(
        Installment.objects.overdue(back.today)
        .filter(commitment__in=AnyOf(commitments))
        .order_by()
        .values_list("commitment", flat=True)
        .distinct()
    )
    noticed = set(
        NonRenewal.objects.standing()
        .filter(commitment__in=AnyOf(commitments))
        .values_list("commitment", flat=True)
    )
    lost = _contacts_lost(sponsors, back)
    spoken = _last_spoken(sponsors, back)
    changed = _policies_changed(sponsors, back)
    return [
        _known(
            row,
            back,
            standing=history.standings[row.pk],
            follower=history.renewals.get(row.pk),
            promised=promised[row.pk],
            supplies=supplies.get(row.pk, []),
            overdue=row.pk in overdue,
            contact_lost=lost.get(row.sponsor_id),
            spoken=spoken.get(row.sponsor_id),
            noticed=row.pk in noticed,
            policy_changed=row.sponsor_id in changed,
        )
        for row in rows
    ]


def _known(
    row: Held,
    back: Background,
    *,
    standing: Standing,
    follower: Support | None,
    promised: Promised,
    supplies: Sequence[Supplied],
    overdue: bool,
    contact_lost: bool | None,
    spoken: date | None,
    noticed: bool,
    policy_changed: bool,
) -> Known:
    last_day = min(back.today, row.before - timedelta(days=1))
    supplied = on(supplies, max(last_day, row.starts_on))
    opens = opens_on(row.period, row.notice_days, back.policy.horizon_days)
    facts = RiskFacts(
        in_kind=promised.cash == 0,
        level=level_of(
            promised.level_worth,
            entry_below=back.policy.entry_below,
            gold_from=back.policy.gold_from,
            top_from=back.policy.top_from,
        ),
        tenure_years=standing.tenure_years(last_day),
        first_term=standing.is_first,
        returned=standing.returned,
        lapsed_elsewhere=row.sponsor__left_a_foundation,
        active_elsewhere=row.sponsor__foundations_supported,
        overdue=overdue,
        contact_lost=contact_lost,
        silent_days=None if spoken is None else (back.today - spoken).days,
        notice_given=noticed,
        has_owner=row.owner_id in back.able,
        use_falling=is_falling(supplied, back.use, back.today),
        policy_changed=policy_changed,
    )
    return Known(
        row,
        facts,
        promised,
        supplied,
        share_of_ceiling(supplied, back.use, back.today),
        None if noticed or opens <= back.today else opens,
        follower,
    )


def _refused_addresses() -> frozenset[str]:
    """Return the addresses whose last mail that was decided about failed for good. Two queries."""
    mail = Notice.objects.order_by().annotate(address=Lower("recipient")).values_list("address")
    failed = dict(mail.filter(state=NoticeState.FAILED).annotate(made=Max("created_at")))
    if not failed:
        return frozenset()
    sent = mail.filter(state=NoticeState.SENT, address__in=failed).annotate(made=Max("created_at"))
    arrived = {address for address, made in sent if made > failed[address]}
    return frozenset(failed.keys() - arrived)


def _contacts_lost(sponsors: Collection[int], back: Background) -> Mapping[int, bool]:
    """Return of each sponsor that ever had a primary contact whether none is left who can be reached. One query."""
    reached: dict[int, bool] = defaultdict(bool)
    people = Contact.objects.filter(sponsor__in=AnyOf(sponsors)).with_role(Contact.Role.PRIMARY).order_by()
    for sponsor, email, left_on in people.values_list("sponsor", "email", "left_on"):
        there = left_on is None or left_on > back.today
        reached[sponsor] |= there and email.lower() not in back.refused
    return {sponsor: not is_reached for sponsor, is_reached in reached.items()}


def _last_spoken(sponsors: Collection[int], back: Background) -> dict[int, date]:
    """Return when somebody last spoke or wrote with each sponsor. One query."""
    rows = (
        Interaction.objects.filter(sponsor__in=AnyOf(sponsors), occurred_at__lt=_end_of(back))
        .exclude(kind__in=NOT_SPOKEN)
        .order_by()
        .values_list("sponsor")
        .annotate(last=Max("occurred_at"))
    )
    return {sponsor: last.astimezone(back.zone).date() for sponsor, last in rows}


def _policies_changed(sponsors: Collection[int], back: Background) -> set[int]:
    """Return which sponsors changed their policy or prices in the last twelve months. One query."""
    since = datetime.combine(add_months(back.today, -_POLICY_MONTHS), time(), back.zone)
    in_time = Q(occurred_at__gte=since, occurred_at__lt=_end_of(back))
    rows = Interaction.objects.filter(
        in_time, sponsor__in=AnyOf(sponsors), kind=Interaction.Kind.POLICY_CHANGE
    ).order_by()
    return set(rows.values_list("sponsor", flat=True).distinct())


def _end_of(back: Background) -> datetime:
    return datetime.combine(back.today + timedelta(days=1), time(), back.zone)
