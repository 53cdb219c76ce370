"""What is done to a valuation from its page."""

from decimal import Decimal
from typing import Any

from foundation.audit.forms import ReasonForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.inkind.admin.valuation_forms import (
    AdjustForm,
    DraftAgainForm,
    EvidenceForm,
    FiguresForm,
    GiftForm,
    as_drafted,
    as_given,
)
from sponsors.inkind.models import Valuation
from sponsors.inkind.rules import Method, ValuationAction, ValuationState, possible_actions
from sponsors.inkind.services import valuations as services

Data = dict[str, Any]


def _value(valuation: Valuation) -> str:
    return money_text(valuation.value, valuation.currency)


def _submit(actor: User, valuation: Valuation, _data: Data) -> str:
    services.submit_valuation(actor=actor, valuation=valuation)
    return f"{valuation} is submitted. A colleague approves it."


def _approve(actor: User, valuation: Valuation, _data: Data) -> str:
    done = services.approve_valuation(actor=actor, valuation=valuation, today=local_today())
    return f"{_value(done)} counts on {done.booked_on}."


def _return(actor: User, valuation: Valuation, data: Data) -> str:
    services.return_to_draft(actor=actor, valuation=valuation, **data)
    return f"{valuation} is a draft again."


def _discard(actor: User, valuation: Valuation, _data: Data) -> str:
    services.discard_valuation(actor=actor, valuation=valuation)
    return f"{valuation} is discarded. The month can be drafted again."


def _draft_again(actor: User, valuation: Valuation, data: Data) -> str:
    done = services.draft_valuation(
        actor=actor,
        line=valuation.line,
        month=valuation.month,
        today=local_today(),
        base=data["base_version"],
        low=data["low_version"],
        high=data["high_version"],
        discount_percent=data["discount_percent"],
        discount_basis=data["discount_basis"],
        accept_incomplete=data["accept_incomplete"],
    )
    return f"Drafted again: {_value(done)}."


def _change_gift(actor: User, valuation: Valuation, data: Data) -> str:
    done = services.draft_other_gift(
        actor=actor, line=valuation.line, month=valuation.month, today=local_today(), **gift_values(data)
    )
    return f"Drafted again: {_value(done)}."


def gift_values(data: Data) -> Data:
    """Return what a form says of a gift, for the service: what was left empty is nothing."""
    names = ("quantity", "unit_value", "low_unit_value", "high_unit_value", "technique", "services_test")
    return {
        **{name: data[name] for name in names},
        "expired": data["expired"] or Decimal(0),
        "discount_percent": data["discount_percent"] or Decimal(0),
        "discount_basis": data["discount_basis"],
    }


def _set_figures(actor: User, valuation: Valuation, data: Data) -> str:
    services.set_figures(actor=actor, valuation=valuation, **data)
    return "The figures are set, with the note."


def _adjust(actor: User, valuation: Valuation, data: Data) -> Outcome:
    adjustment = services.propose_adjustment(actor=actor, valuation=valuation, **data)
    return Outcome(
        message=f"The difference of {_value(adjustment)} is drafted. Submit it for approval.",
        go_to=adjustment,
    )


def _add_evidence(actor: User, valuation: Valuation, data: Data) -> str:
    name, content = data["file"]
    evidence = services.add_evidence(
        actor=actor, valuation=valuation, content=content, file_name=name, note=data["note"]
    )
    return f"{evidence} is kept as evidence."


def _reverse(actor: User, valuation: Valuation, data: Data) -> Outcome:
    reversal = services.reverse_valuation(actor=actor, valuation=valuation, today=local_today(), **data)
    return Outcome(
        message=f"{_value(valuation)} is taken back. The month can be drafted again.", go_to=reversal
    )


def _may(action: ValuationAction, *, method: str = "", of_its_own: bool = False) -> Any:
    """Return whether the state allows it, of that method, and of no correction of another valuation."""

    def available(valuation: Valuation) -> bool:
        return (
            action in possible_actions(valuation.state)
            and method in {"", valuation.method}
            and not (of_its_own and valuation.adjusts_id)
            and not (action == ValuationAction.REVERSE and valuation.reverses_id)
        )

    return available


def _can_be_adjusted(valuation: Valuation) -> bool:
    drafted = valuation.state == ValuationState.DRAFT and valuation.adjusts_id is not None
    stands = valuation.state == ValuationState.APPROVED and valuation.reverses_id is None
    return valuation.method == Method.METERED and (drafted or stands)


VALUATION_ACTIONS = (
    ObjectAction(
        name="submit",
        label="Submit",
        permission="sponsors.submit_valuation",
        call=_submit,
        available=_may(ValuationAction.SUBMIT),
        icon="send",
        description="Somebody else approves it, or returns it to draft. Until then it does not count.",
    ),
    ObjectAction(
        name="approve",
        label="Approve",
        permission="sponsors.approve_valuation",
        call=_approve,
        available=_may(ValuationAction.APPROVE),
        icon="check",
        description=lambda v: (
            f"{_value(v)} counts from then on and never changes. It is dated on the last day of the month, or on "
            "the first open day when the books of that are closed."
        ),
    ),
    ObjectAction(
        name="return",
        label="Return to draft",
        permission="sponsors.approve_valuation",
        call=_return,
        form_class=ReasonForm,
        available=_may(ValuationAction.RETURN),
        icon="undo",
        description="It can be drafted again, and submitted.",
    ),
    ObjectAction(
        name="draft-again",
        label="Draft again",
        permission="sponsors.add_valuation",
        call=_draft_again,
        form_class=DraftAgainForm,
        available=_may(ValuationAction.REVISE, method=Method.METERED, of_its_own=True),
        initial=as_drafted,
        icon="refresh",
        description="Use, steps and figures are made anew from the use as it is now. Figures that an accountant "
        "set are those of the category again.",
    ),
    ObjectAction(
        name="change-gift",
        label="Change",
        permission="sponsors.add_valuation",
        call=_change_gift,
        form_class=GiftForm,
        available=_may(ValuationAction.REVISE, method=Method.QUANTITY),
        initial=as_given,
        icon="edit",
        description="Steps and figures are made anew. Figures that an accountant set are those of the category again.",
    ),
    ObjectAction(
        name="set-figures",
        label="Set figures",
        permission="sponsors.approve_valuation",
        call=_set_figures,
        form_class=FiguresForm,
        available=_may(ValuationAction.REVISE, of_its_own=True),
        initial=lambda v: {"statements_value": v.statements_value, "tax_value": v.tax_value},
        icon="calculate",
        description="What an accountant decides goes before the rule of the category. Recognition stays as it is.",
    ),
    ObjectAction(
        name="adjust",
        label="Propose adjustment",
        permission="sponsors.add_valuation",
        call=_adjust,
        form_class=AdjustForm,
        available=_can_be_adjusted,
        icon="difference",
        description="When the use beneath it changed: drafts the difference by the same prices. Once that is "
        "approved, the two together are what a fresh valuation would be.",
    ),
    ObjectAction(
        name="add-evidence",
        label="Add evidence",
        permission="sponsors.add_valuation",
        call=_add_evidence,
        form_class=EvidenceForm,
        available=lambda v: v.state != ValuationState.DISCARDED,
        icon="attach_file",
        description="A file that supports it: an invoice at 100% discount, a price list, a letter.",
    ),
    ObjectAction(
        name="reverse",
        label="Reverse",
        permission="sponsors.reverse_valuation",
        call=_reverse,
        form_class=ReasonForm,
        available=_may(ValuationAction.REVERSE),
        icon="history",
        danger=True,
        rare=True,
        description=lambda v: (
            f"A further row takes {_value(v)} back and names this one, which stays as it is. The month can then be "
            "drafted again."
        ),
    ),
    ObjectAction(
        name="discard",
        label="Discard",
        permission="sponsors.add_valuation",
        call=_discard,
        available=_may(ValuationAction.DISCARD),
        icon="delete",
        danger=True,
        rare=True,
        description="The draft is given up and stays in the list. The month can be drafted again by hand; Bursar "
        "does not do it by itself.",
    ),
)
