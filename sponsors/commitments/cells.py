"""How amounts, periods and states look in the pages of this slice."""

from datetime import date
from decimal import Decimal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.audit.badges import badge
from foundation.money.display import money_text
from sponsors.commitments.rules import (
    AmendmentState,
    ConditionState,
    InstallmentState,
    InvoiceState,
    State,
    WriteOffState,
    installment_label,
)
from sponsors.commitments.standing import Standing

NOTHING = "—"
_NOTHING_PAID = Decimal(0)
__all__ = [
    "NOTHING",
    "amendment_badge",
    "badge",
    "condition_badge",
    "invoice_badge",
    "money",
    "period",
    "standing_badge",
    "state_badge",
    "write_off_badge",
]

# Color never stands alone: the label always says the state in words.
_TONES = {
    State.DRAFT: "default",
    State.PROPOSED: "info",
    State.SIGNED: "success",
    State.ENDED: "default",
    State.WITHDRAWN: "default",
    State.DECLINED: "warning",
    State.TERMINATED: "danger",
    InstallmentState.PLANNED: "default",
    InstallmentState.SCHEDULED: "default",
    InstallmentState.DUE: "info",
    InstallmentState.PARTLY_PAID: "info",
    InstallmentState.OVERDUE: "danger",
    InstallmentState.PAID: "success",
    InstallmentState.WRITTEN_OFF: "warning",
    InstallmentState.RELEASED: "default",
}


def state_badge(state: str, paid: Decimal = _NOTHING_PAID) -> SafeString:
    """Return the label of a commitment's state, or of that of an installment of which so much is paid."""
    if state in InstallmentState.values:
        return badge(installment_label(state, paid), _TONES[InstallmentState(state)])
    return badge(str(State(state).label), _TONES[State(state)])


def amendment_badge(state: str) -> SafeString:
    """Return the label of an amendment's state."""
    tones = {
        AmendmentState.PROPOSED: "info",
        AmendmentState.APPROVED: "warning",
        AmendmentState.APPLIED: "success",
        AmendmentState.WITHDRAWN: "default",
    }
    known = AmendmentState(state)
    return badge(str(known.label), tones[known])


def condition_badge(state: str) -> SafeString:
    """Return the label of how far a condition is met."""
    tones = {
        ConditionState.OPEN: "default",
        ConditionState.PARTLY_MET: "info",
        ConditionState.MET: "success",
        ConditionState.LAPSED: "danger",
    }
    known = ConditionState(state)
    return badge(str(known.label), tones[known])


def invoice_badge(state: str) -> SafeString:
    """Return the label of what became of an invoice."""
    tones = {
        InvoiceState.ISSUED: "info",
        InvoiceState.PARTLY_PAID: "info",
        InvoiceState.PAID: "success",
        InvoiceState.OVERDUE: "danger",
        InvoiceState.CREDITED: "default",
        InvoiceState.WRITTEN_OFF: "warning",
    }
    known = InvoiceState(state)
    return badge(str(known.label), tones[known])


def write_off_badge(state: str) -> SafeString:
    """Return the label of where a write-off stands."""
    tones = {
        WriteOffState.PROPOSED: "info",
        WriteOffState.APPROVED: "warning",
        WriteOffState.REFUSED: "default",
    }
    known = WriteOffState(state)
    return badge(str(known.label), tones[known])


def standing_badge(standing: str) -> SafeString:
    """Return the label of where a sponsor stands."""
    tones = {Standing.ACTIVE: "success", Standing.LAPSED: "warning", Standing.PROSPECT: "default"}
    known = Standing(standing)
    return badge(str(known.label), tones[known])


def money(amount: Decimal | None, currency: str) -> SafeString | str:
    """Return the amount that does not wrap, or a dash for none."""
    if not amount:
        return NOTHING
    return format_html('<span class="tabular-nums whitespace-nowrap">{}</span>', money_text(amount, currency))


def percent(share: Decimal) -> str:
    """Return the percent without trailing zeros."""
    return f"{share.normalize():f}%"


def whole(text: str) -> SafeString:
    """Return a word that does not break at its hyphens."""
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def unbroken(text: str) -> SafeString:
    """Return words of which none breaks at its hyphens."""
    return format_html_join(
        " ", '<span class="whitespace-nowrap">{}</span>', ([word] for word in text.split())
    )


def period(starts_on: date, ends_on: date) -> SafeString:
    """Return the first and the last day, both included; a narrow column breaks between them."""
    day = '<span class="whitespace-nowrap">{}</span>'
    return format_html(f"<span>{day} to {day}</span>", starts_on, ends_on)


def stacked(first: str, second: str) -> SafeString:
    """Return two things that belong together, the second under the first, in one narrow column."""
    return format_html(
        '<span class="inline-block"><span class="block">{}</span><span class="block text-subtle">{}</span></span>',
        first,
        second,
    )
