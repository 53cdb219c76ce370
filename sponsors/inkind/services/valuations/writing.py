"""How a reckoning becomes a valuation's rows, and rows become a reckoning again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sponsors.inkind.models import Valuation, ValuationStep, ValuationUsage
from sponsors.inkind.rules import Estimate, InKindError, NotAllowedNow, ValuationState
from sponsors.inkind.rules.treatment import Figures
from sponsors.inkind.rules.valuation import Entry, Reckoning, Reckonings
from sponsors.inkind.selectors.metered import MeteredUse
from sponsors.inkind.services.texts import optional_text

_DRAFTED = (
    "state",
    "currency",
    "base_version",
    "low_version",
    "high_version",
    "quantity",
    "unit_value",
    "technique",
    "discount_percent",
    "discount_basis",
    "list_value",
    "discount",
    "value",
    "low_value",
    "high_value",
    "statements_value",
    "tax_value",
    "value_notes",
    "is_extrapolated",
    "drafted_by",
)


def put_values(valuation: Valuation, reckonings: Reckonings, figures: Figures) -> None:
    """Set the sums and the three figures on the row, which is saved afterwards."""
    base = reckonings[Estimate.BASE]
    valuation.list_value, valuation.discount, valuation.value = base.list_value, base.discount, base.value
    valuation.low_value = reckonings[Estimate.LOW].value
    valuation.high_value = reckonings[Estimate.HIGH].value
    valuation.statements_value, valuation.tax_value = figures.statements, figures.tax
    valuation.value_notes = optional_text(figures.notes, "note", "services_test", longest=500)
    valuation.is_extrapolated = any(reckoning.is_extrapolated for reckoning in reckonings.values())


def save_draft(valuation: Valuation) -> None:
    """Add the row, or save what drafting it anew may change."""
    valuation.save(update_fields=_DRAFTED if valuation.pk else None)


def entries_of(reckonings: Reckonings) -> dict[Estimate, Sequence[Entry]]:
    return {estimate: reckoning.entries for estimate, reckoning in reckonings.items()}


def write_steps(valuation: Valuation, entries: Mapping[Estimate, Sequence[Entry]]) -> None:
    """Put the entries of all three in place of the steps that the draft had."""
    ValuationStep.objects.filter(valuation=valuation).delete()
    ValuationStep.objects.bulk_create(
        ValuationStep(
            valuation=valuation,
            estimate=estimate,
            position=position,
            label=entry.label,
            metric=entry.metric,
            quantity=entry.quantity,
            unit=entry.unit,
            rate=entry.rate,
            currency=entry.currency,
            amount=entry.amount,
            is_published=entry.is_published,
        )
        for estimate, lines in entries.items()
        for position, entry in enumerate(lines, start=1)
    )


def write_usage(valuation: Valuation, use: MeteredUse) -> None:
    """Put what was priced in place of what the draft had."""
    ValuationUsage.objects.filter(valuation=valuation).delete()
    ValuationUsage.objects.bulk_create(
        ValuationUsage(
            valuation=valuation,
            service=row.service,
            region=row.region,
            bytes=row.bytes,
            requests=row.requests,
        )
        for row in use.rows
    )


def negated_steps(valuation: Valuation) -> dict[Estimate, list[Entry]]:
    """Return the entries that take back the steps of all three."""
    entries: dict[Estimate, list[Entry]] = defaultdict(list)
    for step in valuation.steps.order_by("position"):
        entry = Entry(
            label=step.label,
            currency=step.currency,
            amount=step.amount,
            metric=step.metric,
            quantity=step.quantity,
            unit=step.unit,
            rate=step.rate,
            is_published=step.is_published,
        )
        entries[Estimate(step.estimate)].append(entry.negated())
    return entries


def standing_sums(rows: Iterable[Valuation]) -> dict[Estimate, Reckoning]:
    """Return what the rows come to together; of low and high only the value is known."""
    found = list(rows)
    zero = found[0].value * 0
    return {
        Estimate.BASE: Reckoning(
            (), sum((row.list_value for row in found), zero), sum((row.discount for row in found), zero)
        ),
        Estimate.LOW: Reckoning((), sum((row.low_value for row in found), zero), zero),
        Estimate.HIGH: Reckoning((), sum((row.high_value for row in found), zero), zero),
    }


def refuse_live(valuation: Valuation) -> None:
    """Raise NotAllowedNow for a month that is valued already beyond a draft."""
    if valuation.state == ValuationState.SUBMITTED:
        msg = f"{valuation} is submitted for approval. Have it returned to draft first."
        raise NotAllowedNow(msg, code="submitted_already", field="month")
    msg = f"{valuation} is approved already. Propose an adjustment of it, or reverse it first."
    raise NotAllowedNow(msg, code="approved_already", field="month")


def refuse_other_method(valuation: Valuation, method: str) -> None:
    """Raise InKindError when a draft of the month values it in the other way."""
    if valuation.method != method:
        msg = f"{valuation} is drafted as “{valuation.get_method_display()}”. Discard that draft first."
        raise InKindError(msg, code="other_method", field="month")
