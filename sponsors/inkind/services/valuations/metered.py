"""Drafts of metered months, and the adjustment of an approved one when the use beneath it changed."""

from datetime import date, timedelta
from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine
from sponsors.commitments.rules import FIRM
from sponsors.inkind.models import RateCard, RateCardVersion, Valuation, ValuationPolicy
from sponsors.inkind.rules import (
    Estimate,
    InKindError,
    Method,
    NotAllowedNow,
    ValuationAction,
    ValuationState,
    next_state,
)
from sponsors.inkind.rules.treatment import Figures, figures
from sponsors.inkind.rules.valuation import (
    check_month,
    in_proportion,
    last_day,
    less_standing,
    month_after,
)
from sponsors.inkind.selectors.metered import MeteredUse, counts_of, metered_use
from sponsors.inkind.services.valuations.locks import lock_line
from sponsors.inkind.services.valuations.reckoning import CardChoice, reckon
from sponsors.inkind.services.valuations.values import deduction
from sponsors.inkind.services.valuations.writing import (
    entries_of,
    put_values,
    refuse_live,
    refuse_other_method,
    save_draft,
    standing_sums,
    write_steps,
    write_usage,
)

_LIVE = (ValuationState.DRAFT, ValuationState.SUBMITTED, ValuationState.APPROVED)
_OPEN = (ValuationState.DRAFT, ValuationState.SUBMITTED)


@action("valuation.draft")
def draft_valuation(
    *,
    actor: User | None,
    line: CommitmentLine,
    month: date,
    today: date,
    base: RateCardVersion | None = None,
    low: RateCardVersion | None = None,
    high: RateCardVersion | None = None,
    discount_percent: Decimal | None = None,
    discount_basis: str = "",
    accept_incomplete: bool = False,
) -> Valuation:
    """Value the metered use of the line in the month; a draft that is there is made anew.

    Without a base version, cards and discount are those of the line's policy, in the versions that hold on
    the last day of the month. None as actor is Bursar itself. Raises InKindError when use or prices are
    lacking, NotAllowedNow when the month is valued already, and NoRate.
    """
    month = check_month(month, today)
    line = lock_line(line)
    check_line(line, month)
    choice, basis = _choice(
        line, month, base=base, low=low, high=high, percent=discount_percent, basis=discount_basis
    )
    existing = live_valuation(line, month)
    use = metered_use(line, month)
    _check_use(use, line, accept_incomplete=accept_incomplete)
    reckonings = reckon(use, choice, line.commitment.currency)
    valuation = existing or Valuation(line=line, month=month)
    if existing is not None:
        refuse_other_method(existing, Method.METERED)
        existing.state = next_state(existing.state, ValuationAction.REVISE)
    valuation.method, valuation.currency = Method.METERED, line.commitment.currency
    valuation.base_version, valuation.low_version, valuation.high_version = (
        choice.base,
        choice.low,
        choice.high,
    )
    valuation.discount_percent, valuation.discount_basis = choice.discount_percent, basis
    valuation.drafted_by = actor
    put_values(valuation, reckonings, figures(line.category, reckonings[Estimate.BASE].value))
    save_draft(valuation)
    write_steps(valuation, entries_of(reckonings))
    write_usage(valuation, use)
    valuation.refresh_from_db()
    return valuation


@action("valuation.adjust")
def propose_adjustment(
    *, actor: User | None, valuation: Valuation, accept_incomplete: bool = False
) -> Valuation:
    """Draft the difference between an approved month and its use as it is now, by the same card versions.

    Once it is approved, the two together are what a fresh valuation would be. A draft that is there is made
    anew. Raises NotAllowedNow when nothing changed, or what it adjusts does not stand.
    """
    original_pk = valuation.adjusts_id or valuation.pk
    line = lock_line(CommitmentLine(pk=valuation.line_id))
    original = Valuation.objects.select_for_update().get(pk=original_pk)
    original.line = line
    _check_adjustable(original)
    standing = chain_of(original)
    use = metered_use(line, original.month)
    if use.counts == counts_beneath(standing[-1]):
        msg = f"The use beneath {original} is what was valued. There is nothing to adjust."
        raise NotAllowedNow(msg, code="nothing_changed", field="state")
    draft = original.adjustments.filter(state__in=_OPEN).select_for_update().first()
    if draft is not None:
        if draft.state == ValuationState.SUBMITTED:
            refuse_live(draft)
        draft.state = next_state(draft.state, ValuationAction.REVISE)
    _check_use(use, line, accept_incomplete=accept_incomplete)
    assert original.base_version is not None  # it is metered
    choice = CardChoice(
        original.base_version, original.low_version, original.high_version, original.discount_percent
    )
    fresh = reckon(use, choice, original.currency)
    sums = standing_sums(standing)
    reckonings = {
        estimate: less_standing(fresh[estimate], sums[estimate], original.currency) for estimate in Estimate
    }
    adjustment = draft or Valuation(line=line, month=original.month, adjusts=original)
    adjustment.method, adjustment.currency = Method.METERED, original.currency
    adjustment.base_version, adjustment.low_version, adjustment.high_version = (
        choice.base,
        choice.low,
        choice.high,
    )
    adjustment.discount_percent = original.discount_percent
    adjustment.discount_basis = original.discount_basis
    adjustment.drafted_by = actor
    put_values(adjustment, reckonings, _figures_as_before(original, standing, fresh[Estimate.BASE].value))
    save_draft(adjustment)
    write_steps(adjustment, entries_of(reckonings))
    write_usage(adjustment, use)
    adjustment.refresh_from_db()
    return adjustment


def check_line(line: CommitmentLine, month: date) -> None:
    """Raise InKindError unless the line is in kind, of a firm commitment that runs in the month, and stands in it."""
    commitment = line.commitment
    if line.kind != CommitmentLine.Kind.IN_KIND:
        msg = f"“{line}” is cash. Only what is given in kind is valued; choose such a line."
        raise InKindError(msg, code="line_is_cash", field="line")
    if commitment.state not in FIRM:
        msg = f"{commitment.number} is not signed. Have it signed first."
        raise InKindError(msg, code="commitment_not_firm", field="line")
    before = commitment.held_before
    if month >= before or month_after(month) <= commitment.starts_on:
        last = before - timedelta(days=1)
        msg = f"{commitment.number} holds from {commitment.starts_on} to {last}. Choose a month within that."
        raise InKindError(msg, code="month_outside_commitment", field="month")
    if line.removed_by is not None and month >= line.removed_by.effective_on:
        msg = (
            f"An amendment took “{line}” out of {commitment.number} on {line.removed_by.effective_on}. Put its services "
            "under the line that stands, and value that."
        )
        raise InKindError(msg, code="line_is_removed", field="line")
    if line.added_by is not None and month_after(month) <= line.added_by.effective_on:
        msg = (
            f"An amendment added “{line}” to {commitment.number} on {line.added_by.effective_on}. Choose the line that "
            "stood before, or a later month."
        )
        raise InKindError(msg, code="line_not_there_yet", field="line")


def live_valuation(line: CommitmentLine, month: date) -> Valuation | None:
    """Return the locked draft of the month, if there is one. Raises NotAllowedNow for what is beyond a draft."""
    live = (
        Valuation.objects.select_for_update()
        .filter(line=line, month=month, state__in=_LIVE, reverses=None, adjusts=None)
        .first()
    )
    if live is not None:
        live.line = line
        if live.state != ValuationState.DRAFT:
            refuse_live(live)
    return live


def chain_of(original: Valuation) -> list[Valuation]:
    """Return the original and the adjustments of it that stand, in their order."""
    return [original, *original.adjustments.standing().order_by("pk")]


def counts_beneath(valuation: Valuation) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the use that was priced, for comparing."""
    return counts_of(valuation.usage.values_list("service", "region", "bytes", "requests"))


def _choice(
    line: CommitmentLine,
    month: date,
    *,
    base: RateCardVersion | None,
    low: RateCardVersion | None,
    high: RateCardVersion | None,
    percent: Decimal | None,
    basis: str,
) -> tuple[CardChoice, str]:
    """Return what was chosen, else what the line's policy says, and the basis of the discount."""
    policy = (
        ValuationPolicy.objects.select_related("base_card", "low_card", "high_card").filter(line=line).first()
    )
    day = last_day(month)
    if base is None:
        if low is not None or high is not None:
            msg = "Low and high go with a base. Choose the version of the base too."
            raise InKindError(msg, code="base_missing", field="base_version")
        if policy is None:
            msg = f"Nobody said yet by which rate cards “{line}” is valued. Add its valuation policy first."
            raise InKindError(msg, code="policy_missing", field="line")
        base = _version_on(policy.base_card, day)
        low = _version_on(policy.low_card, day) if policy.low_card else None
        high = _version_on(policy.high_card, day) if policy.high_card else None
    else:
        _check_valid(day, base_version=base, low_version=low, high_version=high)
    if percent is None:
        percent = policy.discount_percent if policy else Decimal(0)
        basis = basis or (policy.discount_basis if policy else "")
    percent, basis = deduction(percent, basis)
    return CardChoice(base, low, high, percent), basis


def _check_valid(day: date, **chosen: RateCardVersion | None) -> None:
    """Raise InKindError naming the field of the first version whose prices do not hold on the day."""
    for field, version in chosen.items():
        if version is not None and not RateCardVersion.objects.valid_on(day).filter(pk=version.pk).exists():
            msg = f"{version} is not valid on {day}, the last day of the month. Choose the version that is."
            raise InKindError(msg, code="version_not_valid", field=field)


def _version_on(card: RateCard, day: date) -> RateCardVersion:
    version = card.versions.valid_on(day).select_related("card").first()
    if version is None:
        msg = f"{card} has no prices for {day}. Add a version that is valid then, or choose another card."
        raise InKindError(msg, code="no_version", field="month")
    return version


def _check_use(use: MeteredUse, line: CommitmentLine, *, accept_incomplete: bool) -> None:
    if not use.supplied:
        msg = f"No service was supplied under “{line}” in {use.month:%B %Y}. Say which one on the page of the service."
        raise InKindError(msg, code="nothing_supplied", field="line")
    if not use.rows:
        names = ", ".join(map(str, use.supplied))
        msg = f"No use of {names} is there for {use.month:%B %Y}. Import it first."
        raise InKindError(msg, code="no_use", field="month")
    if use.lacks and not accept_incomplete:
        days = "; ".join(map(str, use.lacks))
        msg = (
            f"The use of {use.month:%B %Y} is not complete: {days}. Import what lacks, or accept it as it is."
        )
        raise InKindError(msg, code="use_incomplete", field="accept_incomplete")
    if use.aside and not accept_incomplete:
        msg = (
            f"Use of {use.month:%B %Y} is kept aside, in regions that nobody knows: {', '.join(use.aside)}. Say which "
            "they are under Usage kept aside, or accept the use as it is."
        )
        raise InKindError(msg, code="use_aside", field="accept_incomplete")


def _check_adjustable(original: Valuation) -> None:
    if original.reverses_id is not None or original.state != ValuationState.APPROVED:
        msg = "Only an approved valuation that stands can be adjusted. Choose one."
        raise NotAllowedNow(msg, code="does_not_stand", field="state")
    if original.method != Method.METERED:
        msg = "Only metered use changes by itself. Reverse this one, and draft the month anew."
        raise NotAllowedNow(msg, code="not_metered", field="state")


def _figures_as_before(original: Valuation, standing: list[Valuation], fresh: Decimal) -> Figures:
    """Return the difference of the figures, in the proportion to the value that was decided for the original."""
    currency = original.currency
    if original.value:
        statements = in_proportion(fresh, original.statements_value, original.value, currency)
        tax = in_proportion(fresh, original.tax_value, original.value, currency)
        notes = original.value_notes
    else:
        table = figures(original.line.category, fresh)
        statements, tax, notes = table.statements, table.tax, table.notes
    return Figures(
        statements - sum(row.statements_value for row in standing),
        tax - sum(row.tax_value for row in standing),
        notes,
    )
