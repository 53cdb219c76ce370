"""What somebody should look at today, for the first page of the admin site."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Sum

from foundation.people.models import User
from sponsors.commitments.models import Amendment, Commitment, Installment, Receipt, WriteOff
from sponsors.commitments.querysets import CommitmentQuerySet
from sponsors.commitments.rules import State, WriteOffState
from sponsors.commitments.selectors.money import CurrencyTotal
from sponsors.directory.models import Interaction

ENDING_WITHIN = timedelta(days=180)
NOTICE_WITHIN = timedelta(days=60)
PROPOSAL_WAITS = timedelta(days=30)
FIRST_ROWS = 5


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """One record: `pk` is of the card's model, `on` the day it is about."""

    pk: int
    label: str
    sponsor: str
    on: date | None
    currency: str = ""
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AttentionCard:
    """One subject: how many records, the first of them, and the cash they are about."""

    key: str
    title: str
    model: str
    count: int
    totals: tuple[CurrencyTotal, ...]
    rows: tuple[AttentionRow, ...]


def attention(user: User, today: date) -> tuple[AttentionCard, ...]:
    """Return a card for each subject the user may see, empty ones too. Two queries a card."""
    cards = []
    if user.has_perm("sponsors.view_installment"):
        cards.append(_overdue(user, today))
    if user.has_perm("sponsors.view_commitment"):
        cards += [_ending(user, today), _not_renewed(user, today), _notice(user, today)]
        cards += [_waiting(user, today), _without_owner(user)]
    if user.has_perm("sponsors.view_amendment"):
        cards.append(_amendments(user, today))
    if user.has_perm("sponsors.view_writeoff"):
        cards.append(_write_offs(user))
    if user.has_perm("sponsors.view_receipt"):
        cards.append(_credit(user))
    if user.has_perm("sponsors.view_interaction"):
        cards.append(_next_steps(user, today))
    return tuple(cards)


def _overdue(user: User, today: date) -> AttentionCard:
    overdue = Installment.objects.visible_to(user).overdue(today)
    groups = overdue.values(currency=F("commitment__currency")).annotate(
        count=Count("pk"), amount=Sum("remainder")
    )
    count, totals = _totals(groups.order_by("currency"))
    first = overdue.select_related("commitment__sponsor").order_by("due_on", "pk")[:FIRST_ROWS]
    return AttentionCard(
        key="overdue_installments",
        title="Overdue installments",
        model="sponsors.installment",
        count=count,
        totals=totals,
        rows=tuple(
            AttentionRow(
                row.pk,
                str(row),
                row.commitment.sponsor.name,
                row.due_on,
                row.commitment.currency,
                row.remainder,
            )
            for row in first
        ),
    )


def _ending(user: User, today: date) -> AttentionCard:
    commitments = Commitment.objects.visible_to(user)
    return _commitments(
        "ending_without_renewal",
        "Ending within 180 days, nothing follows",
        commitments.ending_between(today, today + ENDING_WITHIN)
        .nothing_follows(today)
        .order_by("ends_before", "pk"),
        by="ends_on",
    )


def _not_renewed(user: User, today: date) -> AttentionCard:
    return _commitments(
        "renewals_stuck",
        "Agreed to renew by itself, not renewed yet",
        Commitment.objects.visible_to(user).to_renew(today).order_by("ends_before", "pk"),
        by="ends_on",
    )


def _notice(user: User, today: date) -> AttentionCard:
    coming = Commitment.objects.visible_to(user).notice_due(today, today + NOTICE_WITHIN)
    return _commitments(
        "notice_days",
        "Last day for notice within 60 days",
        coming.order_by(F("last_notice_on"), "pk"),
        by="last_notice_on",
    )


def _waiting(user: User, today: date) -> AttentionCard:
    waiting = Commitment.objects.visible_to(user).filter(
        state=State.PROPOSED, proposed_on__lt=today - PROPOSAL_WAITS
    )
    return _commitments(
        "proposals_waiting",
        "Proposed more than 30 days ago",
        waiting.order_by("proposed_on", "pk"),
        by="proposed_on",
    )


def _without_owner(user: User) -> AttentionCard:
    return _commitments(
        "without_owner",
        "Nobody looks after them",
        Commitment.objects.visible_to(user).without_owner().order_by("ends_before", "pk"),
        by="ends_on",
    )


def _commitments(key: str, title: str, commitments: CommitmentQuerySet, *, by: str) -> AttentionCard:
    promised = commitments.with_promised().order_by()
    groups = promised.values("currency").annotate(count=Count("pk"), amount=Sum("cash"))
    count, totals = _totals(groups.order_by("currency"))
    first = commitments.with_promised().select_related("sponsor")[:FIRST_ROWS]
    return AttentionCard(
        key=key,
        title=title,
        model="sponsors.commitment",
        count=count,
        totals=totals,
        rows=tuple(
            AttentionRow(row.pk, row.number, row.sponsor.name, getattr(row, by), row.currency, row.cash)
            for row in first
        ),
    )


def _amendments(user: User, today: date) -> AttentionCard:
    undecided = Amendment.objects.visible_to(user).undecided(today)
    rows = undecided.select_related("commitment__sponsor").order_by("effective_on", "pk")[:FIRST_ROWS]
    return AttentionCard(
        key="amendments_undecided",
        title="Amendments to approve or repair",
        model="sponsors.amendment",
        count=undecided.count(),
        totals=(),
        rows=tuple(
            AttentionRow(row.pk, str(row), row.commitment.sponsor.name, row.effective_on) for row in rows
        ),
    )


def _write_offs(user: User) -> AttentionCard:
    waiting = WriteOff.objects.visible_to(user).filter(state=WriteOffState.PROPOSED)
    groups = waiting.values(currency=F("installment__commitment__currency")).annotate(
        count=Count("pk"), amount=Sum("amount")
    )
    count, totals = _totals(groups.order_by("currency"))
    first = waiting.select_related("installment__commitment__sponsor").order_by("pk")[:FIRST_ROWS]
    return AttentionCard(
        key="write_offs_undecided",
        title="Write-offs to approve or refuse",
        model="sponsors.writeoff",
        count=count,
        totals=totals,
        rows=tuple(
            AttentionRow(
                row.pk,
                str(row),
                row.installment.commitment.sponsor.name,
                row.installment.due_on,
                row.installment.commitment.currency,
                row.amount,
            )
            for row in first
        ),
    )


def _credit(user: User) -> AttentionCard:
    credits_ = Receipt.objects.visible_to(user).with_credit()
    groups = credits_.values("currency").annotate(count=Count("pk"), amount=Sum("unapplied"))
    count, totals = _totals(groups.order_by("currency"))
    first = credits_.select_related("sponsor").order_by("received_on", "pk")[:FIRST_ROWS]
    return AttentionCard(
        key="unapplied_credit",
        title="Money received that pays nothing yet",
        model="sponsors.receipt",
        count=count,
        totals=totals,
        rows=tuple(
            AttentionRow(row.pk, str(row), row.sponsor.name, row.received_on, row.currency, row.unapplied)
            for row in first
        ),
    )


def _next_steps(user: User, today: date) -> AttentionCard:
    late = Interaction.objects.visible_to(user).with_open_step().filter(next_step_due__lt=today)
    rows = late.select_related("sponsor").order_by("next_step_due", "pk")[:FIRST_ROWS]
    return AttentionCard(
        key="next_steps_overdue",
        title="Next steps past their day",
        model="sponsors.interaction",
        count=late.count(),
        totals=(),
        rows=tuple(AttentionRow(row.pk, row.next_step, row.sponsor.name, row.next_step_due) for row in rows),
    )


def _totals(groups: Iterable[Mapping[str, Any]]) -> tuple[int, tuple[CurrencyTotal, ...]]:
    """Return how many rows all groups have, and the amount of each currency that is not zero."""
    count = 0
    totals = []
    for group in groups:
        count += group["count"]
        if group["amount"]:
            totals.append(CurrencyTotal(group["currency"], group["amount"]))
    return count, tuple(totals)
