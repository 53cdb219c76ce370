"""Gifts that nobody meters: a quantity, a unit value, and the technique by which that was found."""

from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.people.models import User
from sponsors.commitments.models import CommitmentLine
from sponsors.inkind.models import GiftTerms, Valuation
from sponsors.inkind.rules import Estimate, GiftUnit, Method, ValuationAction, next_state
from sponsors.inkind.rules.treatment import TREATMENTS, figures
from sponsors.inkind.rules.valuation import by_quantity, check_month, check_range
from sponsors.inkind.services.texts import optional_text
from sponsors.inkind.services.valuations.locks import lock_line
from sponsors.inkind.services.valuations.metered import check_line, live_valuation
from sponsors.inkind.services.valuations.values import LONGEST_TEXT, check_number, deduction
from sponsors.inkind.services.valuations.writing import (
    entries_of,
    put_values,
    refuse_other_method,
    save_draft,
    write_steps,
)


@action("valuation.draft")
def draft_other_gift(
    *,
    actor: User,
    line: CommitmentLine,
    month: date,
    today: date,
    quantity: Decimal,
    unit_value: Decimal,
    low_unit_value: Decimal | None = None,
    high_unit_value: Decimal | None = None,
    expired: Decimal = Decimal(0),
    technique: str = "",
    discount_percent: Decimal = Decimal(0),
    discount_basis: str = "",
    services_test: str = "",
) -> Valuation:
    """Value what was given in the month: quantity times unit value; a draft that is there is made anew.

    Without a technique it is the category's. What `expired` unused is shown and worth nothing. Contributed
    time is in the financial statements only when `services_test` says how the services test is met. Raises
    InKindError, and NotAllowedNow when the month is valued already.
    """
    month = check_month(month, today)
    line = lock_line(line)
    check_line(line, month)
    quantity = check_number(quantity, "quantity", "quantity", digits=24, places=4)
    expired = check_number(expired, "expired quantity", "expired", digits=24, places=4)
    base = _unit_value(unit_value, "unit_value")
    unit_values = {
        Estimate.LOW: base if low_unit_value is None else _unit_value(low_unit_value, "low_unit_value"),
        Estimate.BASE: base,
        Estimate.HIGH: base if high_unit_value is None else _unit_value(high_unit_value, "high_unit_value"),
    }
    percent, basis = deduction(discount_percent, discount_basis)
    existing = live_valuation(line, month)
    currency, unit = line.commitment.currency, _unit(line)
    reckonings = {
        estimate: by_quantity(
            quantity=quantity,
            unit=unit,
            unit_value=each,
            expired=expired,
            discount_percent=percent,
            currency=currency,
        )
        for estimate, each in unit_values.items()
    }
    names = {estimate: f"the unit value {each:f}" for estimate, each in unit_values.items()}
    check_range(reckonings, names, currency, by="unit_value")
    valuation = existing or Valuation(line=line, month=month)
    if existing is not None:
        refuse_other_method(existing, Method.QUANTITY)
        existing.state = next_state(existing.state, ValuationAction.REVISE)
    valuation.method, valuation.currency = Method.QUANTITY, currency
    valuation.quantity, valuation.unit_value = quantity, unit_values[Estimate.BASE]
    valuation.technique = (
        optional_text(technique, "technique", "technique", longest=LONGEST_TEXT)
        or TREATMENTS[line.category].technique
    )
    valuation.discount_percent, valuation.discount_basis = percent, basis
    valuation.drafted_by = actor
    value = reckonings[Estimate.BASE].value
    put_values(valuation, reckonings, figures(line.category, value, services_test=services_test.strip()))
    save_draft(valuation)
    write_steps(valuation, entries_of(reckonings))
    valuation.refresh_from_db()
    return valuation


def _unit_value(given: Decimal, field: str) -> Decimal:
    return check_number(given, "unit value", field, digits=18, places=8)


def _unit(line: CommitmentLine) -> str:
    """Return what the gift is counted in: as its terms say, else as its category is."""
    terms = GiftTerms.objects.filter(line=line).first()
    unit = GiftUnit(terms.unit) if terms else TREATMENTS[line.category].unit
    return str(unit.label)[:40]
