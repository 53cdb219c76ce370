"""The way of a valuation: submitted by one person, approved by another, reversed by a row that names it."""

from datetime import date
from decimal import Decimal

from foundation.audit.actions import action
from foundation.books.closing import check_open, hold_closings
from foundation.money.rules import AmountNotExact, in_currency
from foundation.people.models import User
from sponsors.inkind.models import Valuation
from sponsors.inkind.rules import (
    InKindError,
    Method,
    NotAllowedNow,
    ValuationAction,
    ValuationState,
    next_state,
)
from sponsors.inkind.rules.valuation import last_day
from sponsors.inkind.selectors.metered import metered_use
from sponsors.inkind.services.texts import required_text
from sponsors.inkind.services.valuations.locks import lock_valuation
from sponsors.inkind.services.valuations.metered import chain_of, counts_beneath
from sponsors.inkind.services.valuations.values import LONGEST_TEXT
from sponsors.inkind.services.valuations.writing import negated_steps, write_steps

_OPEN = (ValuationState.DRAFT, ValuationState.SUBMITTED)


@action("valuation.set_figures")
def set_figures(
    *, actor: User, valuation: Valuation, statements_value: Decimal, tax_value: Decimal, note: str
) -> Valuation:
    """Put an accountant's figures for statements and return before those of the table, and say why.

    A draft that is made anew has those of the table again. Raises InKindError, and NotAllowedNow unless it
    is a draft, or when it adjusts another one: an adjustment keeps the proportions of that.
    """
    locked = lock_valuation(valuation)
    locked.state = next_state(locked.state, ValuationAction.REVISE)
    if locked.adjusts_id is not None:
        msg = (
            "An adjustment keeps the proportions of what it adjusts. Reverse that, and draft the month anew."
        )
        raise NotAllowedNow(msg, code="adjustment_keeps_figures", field="state")
    locked.statements_value = _figure(statements_value, locked, "statements_value")
    locked.tax_value = _figure(tax_value, locked, "tax_value")
    locked.value_notes = required_text(note, "note", "note", longest=500)
    return _save(locked, "statements_value", "tax_value", "value_notes")


@action("valuation.submit")
def submit_valuation(*, actor: User, valuation: Valuation) -> Valuation:
    """Ask somebody else to approve it. Raises NotAllowedNow unless it is a draft of the use as it is now."""
    locked = lock_valuation(valuation)
    locked.state = next_state(locked.state, ValuationAction.SUBMIT)
    _check_use_is_as_drafted(locked)
    locked.submitted_by, locked.reason = actor, ""
    return _save(locked, "submitted_by", "reason")


@action("valuation.return")
def return_to_draft(*, actor: User, valuation: Valuation, reason: str) -> Valuation:
    """Give it back to be drafted anew, and say why. Raises NotAllowedNow unless it is submitted."""
    locked = lock_valuation(valuation)
    locked.state = next_state(locked.state, ValuationAction.RETURN)
    locked.reason = required_text(reason, "reason", "reason", longest=LONGEST_TEXT)
    return _save(locked, "reason")


@action("valuation.discard")
def discard_valuation(*, actor: User, valuation: Valuation) -> Valuation:
    """Give a draft up; the month can be drafted again. Raises NotAllowedNow unless it is a draft."""
    locked = lock_valuation(valuation)
    locked.state = next_state(locked.state, ValuationAction.DISCARD)
    return _save(locked)


@action("valuation.approve")
def approve_valuation(*, actor: User, valuation: Valuation, today: date) -> Valuation:
    """Let it count, on the last day of its month, or on the first open day when the books of that are closed.

    Raises NotAllowedNow for what one submitted oneself, and when the use changed since it was drafted; and
    BooksClosed.
    """
    locked = lock_valuation(valuation)
    locked.state = next_state(locked.state, ValuationAction.APPROVE)
    if actor.pk == locked.submitted_by_id:
        msg = (
            "You submitted this valuation yourself. Ask a colleague in Finance or an administrator to decide."
        )
        raise NotAllowedNow(msg, code="own_valuation", field="state")
    _check_use_is_as_drafted(locked)
    locked.booked_on = _open_day(last_day(locked.month), "A valuation")
    locked.approved_by, locked.approved_on = actor, today
    return _save(locked, "booked_on", "approved_by", "approved_on")


@action("valuation.reverse")
def reverse_valuation(*, actor: User, valuation: Valuation, reason: str, today: date) -> Valuation:
    """Take an approved valuation back by a row that names it, with every amount and step negated.

    It counts on the day of the original, or on the first open one. Of a month with adjustments the last goes
    first. Returns the new row. Raises NotAllowedNow, InKindError and BooksClosed.
    """
    locked = lock_valuation(valuation)
    if locked.reverses_id is not None:
        msg = "This row takes back another one, and stays. Draft the month anew instead."
        raise NotAllowedNow(msg, code="is_a_reversal", field="state")
    locked.state = next_state(locked.state, ValuationAction.REVERSE)
    _check_last_of_chain(locked)
    assert locked.booked_on is not None  # it is approved
    reversal = Valuation.objects.create(
        line=locked.line,
        month=locked.month,
        method=locked.method,
        currency=locked.currency,
        base_version=locked.base_version,
        low_version=locked.low_version,
        high_version=locked.high_version,
        quantity=None if locked.quantity is None else -locked.quantity,
        unit_value=locked.unit_value,
        technique=locked.technique,
        discount_percent=locked.discount_percent,
        discount_basis=locked.discount_basis,
        list_value=-locked.list_value,
        discount=-locked.discount,
        value=-locked.value,
        low_value=-locked.low_value,
        high_value=-locked.high_value,
        statements_value=-locked.statements_value,
        tax_value=-locked.tax_value,
        value_notes=locked.value_notes,
        is_extrapolated=locked.is_extrapolated,
        reason=required_text(reason, "reason", "reason", longest=LONGEST_TEXT),
        drafted_by=actor,
        reverses=locked,
    )
    write_steps(reversal, negated_steps(locked))
    reversal.state = ValuationState.APPROVED
    reversal.booked_on = _open_day(locked.booked_on, "A reversal")
    reversal.approved_by, reversal.approved_on = actor, today
    _save(reversal, "booked_on", "approved_by", "approved_on")
    _save(locked)
    return reversal


def _check_last_of_chain(locked: Valuation) -> None:
    """Raise NotAllowedNow while something that was reckoned on top of this stands or waits."""
    original = locked if locked.adjusts_id is None else Valuation.objects.get(pk=locked.adjusts_id)
    waiting = original.adjustments.filter(state__in=_OPEN).first()
    if waiting is not None:
        msg = f"An adjustment of {locked} is {waiting.get_state_display().lower()}. Discard that first."
        raise NotAllowedNow(msg, code="adjustment_waits", field="state")
    if chain_of(original)[-1].pk != locked.pk:
        msg = f"{locked} was adjusted since. Reverse its last adjustment first."
        raise NotAllowedNow(msg, code="adjusted_since", field="state")


def _check_use_is_as_drafted(locked: Valuation) -> None:
    if locked.method != Method.METERED:
        return
    if metered_use(locked.line, locked.month).counts != counts_beneath(locked):
        msg = f"The use of {locked.month:%B %Y} changed since this was drafted. Have it drafted again."
        raise NotAllowedNow(msg, code="use_changed", field="state")


def _open_day(day: date, what: str) -> date:
    """Return the day, or the first open one when its books are closed, and hold closings off until commit."""
    first = hold_closings()
    found = day if first is None else max(day, first)
    check_open(found, what=what, field="booked_on")
    return found


def _figure(amount: Decimal, valuation: Valuation, field: str) -> Decimal:
    try:
        exact = in_currency(amount, valuation.currency)
    except AmountNotExact as error:
        raise InKindError(error.message, code=error.code, field=field) from None
    if not 0 <= exact <= valuation.high_value:
        msg = "This must be zero or more, and not above the high value. Correct it."
        raise InKindError(msg, code="figure_out_of_range", field=field)
    return exact


def _save(locked: Valuation, *fields: str) -> Valuation:
    locked.save(update_fields=["state", *fields])
    locked.refresh_from_db()
    return locked
