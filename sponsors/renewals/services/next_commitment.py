"""The commitment that follows another, with what is to be otherwise."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from foundation.money.rules import split
from foundation.people.models import User
from sponsors.commitments.models import Commitment, CommitmentLine
from sponsors.commitments.rules import Frequency, Period, Plan, Shape, plan_of, scaled
from sponsors.commitments.rules.periods import distance, later
from sponsors.commitments.services import Line, Schedule, lines_of, renew_commitment, revise_draft
from sponsors.commitments.services.conditions import barriers_of
from sponsors.commitments.services.restrictions import limits_of
from sponsors.commitments.services.schedules import dates_of
from sponsors.inkind.models import GiftTerms
from sponsors.inkind.services.gift_terms import set_gift_terms
from sponsors.renewals.rules.refusals import RenewalError
from sponsors.renewals.rules.renewing import NextTerms, next_amounts, next_period


def draft_next(*, actor: User, commitment: Commitment, terms: NextTerms, today: date) -> Commitment:
    """Draft what follows the commitment, and change what the terms say; the terms of its gifts go with it."""
    draft = renew_commitment(actor=actor, commitment=commitment, today=today, title=terms.title)
    positions = list(draft.lines.order_by("position").values_list("position", flat=True))
    if not terms.is_the_same:
        draft, positions = _changed(actor, draft, terms)
    _carry_gift_terms(actor, commitment, draft, positions)
    return draft


def _changed(actor: User, draft: Commitment, terms: NextTerms) -> tuple[Commitment, list[int]]:
    """Return the draft with the new terms, and of each of its lines the position it had before."""
    before = Period(draft.starts_on, draft.ends_before)
    after = next_period(before, terms)
    old = lines_of(draft)
    amounts = next_amounts(
        [(number, line.amount) for number, line in enumerate(old, start=1)],
        before,
        after,
        terms,
        draft.currency,
    )
    kept = [
        (number, replace(line, amount=amount))
        for number, (line, amount) in enumerate(zip(old, amounts, strict=True), start=1)
        if amount
    ]
    if not kept:
        msg = "Every line is left out, so nothing would be promised. Give at least one an amount."
        raise RenewalError(msg, code="nothing_promised", field="amounts")
    lines = [line for _number, line in kept]
    share = _share_of_cash(old, lines)
    revised = revise_draft(
        actor=actor,
        commitment=draft,
        starts_on=after.starts_on,
        ends_before=after.ends_before,
        lines=lines,
        schedule=_schedule(draft, before, after, _cash(lines)),
        conditions=[
            replace(one, amount=scaled(one.amount, share, draft.currency)) for one in barriers_of(draft)
        ]
        if share
        else (),
        restrictions=[
            one if one.amount is None else replace(one, amount=scaled(one.amount, share, draft.currency))
            for one in limits_of(draft)
        ]
        if share
        else (),
    )
    return revised, [number for number, _line in kept]


def _cash(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines if line.kind == CommitmentLine.Kind.CASH), start=Decimal(0))


def _share_of_cash(old: Sequence[Line], new: Sequence[Line]) -> Fraction:
    """Return how much of the cash there was before is promised again: conditions and restrictions follow it."""
    before = _cash(old)
    return Fraction(_cash(new)) / Fraction(before) if before else Fraction(0)


def _schedule(draft: Commitment, before: Period, after: Period, cash: Decimal) -> Schedule:
    """Return when the cash falls due: in the rhythm it had; on its own days only while the length is the same."""
    parts = dates_of(draft)
    if not cash or not parts:
        return None
    moved = distance(before.starts_on, after.starts_on)
    plan = plan_of(period=before, currency=draft.currency, parts=parts)
    if plan is not None:
        return replace(plan, first_due_on=later(plan.first_due_on, moved))
    days = [later(day, moved) for day, _amount in parts]
    if later(before.ends_before, moved) != after.ends_before:
        return Plan(Shape.EQUAL, Frequency.YEARLY, days[0])
    return list(zip(days, split(cash, [amount for _day, amount in parts], draft.currency), strict=True))


def _carry_gift_terms(actor: User, earlier: Commitment, draft: Commitment, positions: Sequence[int]) -> None:
    """Let quantities, ceiling and terms of use of each gift in kind hold for its line in the draft as well.

    Lines of the earlier one are counted as they stand now: an amendment may have left gaps in their positions.
    """
    standing = list(earlier.lines.order_by("position").select_related("gift_terms"))
    lines = list(draft.lines.order_by("position").select_related("commitment"))
    for line, number in zip(lines, positions, strict=True):
        terms = getattr(standing[number - 1], "gift_terms", None)
        if isinstance(terms, GiftTerms):
            set_gift_terms(
                actor=actor,
                line=line,
                unit=terms.unit,
                per=terms.per,
                quantity=terms.quantity,
                ceiling=terms.ceiling,
                discount_percent=terms.discount_percent,
                terms_of_use=terms.terms_of_use,
                notice_days=terms.notice_days,
            )
