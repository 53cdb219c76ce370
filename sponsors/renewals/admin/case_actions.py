"""What is done to a renewal case on its page."""

from decimal import Decimal
from typing import Any

from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.renewals.admin.case_forms import EstimateForm, MoveForm, NoteForm, RenewForm
from sponsors.renewals.cells import share
from sponsors.renewals.models import RenewalCase
from sponsors.renewals.rules.renewing import next_title
from sponsors.renewals.services import cases, letters

Data = dict[str, Any]
MOVE = "sponsors.move_renewalcase"
_HUNDRED = Decimal(100)


def _move(actor: User, case: RenewalCase, data: Data) -> str:
    moved = cases.move_case(actor=actor, case=case, today=local_today(), **data)
    return f"{moved} is {moved.get_state_display().lower()} now."


def _estimate(actor: User, case: RenewalCase, data: Data) -> str:
    percent = data["percent"]
    own = None if percent is None else float(percent / _HUNDRED)
    cases.estimate_case(actor=actor, case=case, own_probability=own)
    if own is None:
        return f"{case} goes by the assessed risk again."
    return f"{case} counts with a probability of {share(own)}."


def _renew(actor: User, case: RenewalCase, data: Data) -> Outcome:
    found = cases.renew_case(actor=actor, case=case, today=local_today(), terms=data["terms"])
    renewal = found.commitment
    if not found.is_new:
        message = (
            f"{renewal.number} follows {case.commitment.number} already and is {renewal.get_state_display().lower()}. "
            "Nothing was changed: change it here, or withdraw it and renew again."
        )
        return Outcome(message=message, go_to=renewal)
    return Outcome(
        message=f"{renewal.number} is drafted. Look at its lines, schedule and terms, then propose it.",
        go_to=renewal,
    )


def _as_next(case: RenewalCase) -> Data:
    commitment = case.commitment
    first = commitment.renewal_starts_on
    title = next_title(
        commitment.title, first=commitment.starts_on, last=commitment.ends_on, next_first=first
    )
    return {"title": title, "starts_on": first}


def _draft_letter(actor: User, case: RenewalCase, _data: Data) -> Outcome:
    drafted = letters.draft_letter(actor=actor, case=case, today=local_today())
    message = (
        "The letter is drafted. Read it, change what should be said otherwise, then send it."
        if drafted.is_new
        else "This draft was begun before. Send or discard it before another one."
    )
    return Outcome(message=message, go_to=drafted.letter)


def _reopen(actor: User, case: RenewalCase, data: Data) -> str:
    cases.reopen_case(actor=actor, case=case, today=local_today(), **data)
    return f"{case} is open again, under negotiation."


def is_open(case: RenewalCase) -> bool:
    return case.closed_on is None


CASE_ACTIONS = (
    ObjectAction(
        name="move",
        label="Move",
        permission=MOVE,
        call=_move,
        form_class=MoveForm,
        available=is_open,
        initial=lambda case: {"seen": case.state},
        icon="swap_horiz",
        description=lambda case: (
            f"Say where the renewal of {case.commitment.number} stands. The move is kept with your name."
        ),
    ),
    ObjectAction(
        name="estimate",
        label="Estimate",
        permission=MOVE,
        call=_estimate,
        form_class=EstimateForm,
        available=is_open,
        initial=lambda case: {
            "percent": None
            if case.own_probability is None
            else round(Decimal(str(case.own_probability)) * 100, 2)
        },
        icon="percent",
        description="What you believe counts in the forecast instead of the assessed risk, until you take it back.",
    ),
    ObjectAction(
        name="renew",
        label="Renew",
        permission="sponsors.add_commitment",
        call=_renew,
        form_class=RenewForm,
        available=is_open,
        initial=_as_next,
        icon="autorenew",
        description=lambda case: (
            f"A draft is made that follows {case.commitment.number}: the same lines, rhythm of payment, conditions, "
            "restrictions and terms of gifts in kind, with what you change here. The card is under negotiation then; "
            "nothing is promised before both sides sign."
        ),
    ),
    ObjectAction(
        name="draft-letter",
        label="Draft letter",
        permission="sponsors.add_renewalletter",
        call=_draft_letter,
        available=is_open,
        icon="draft",
        description=lambda case: (
            f"A letter to {case.commitment.sponsor} is written from what is known: what was given, what it made "
            "possible, when it ends and what we ask. You change it and decide whether it is sent."
        ),
    ),
    ObjectAction(
        name="reopen",
        label="Open again",
        permission=MOVE,
        call=_reopen,
        form_class=NoteForm,
        available=lambda case: case.closed_as in cases.MAY_BE_REOPENED,
        icon="undo",
        description="It was closed, and that was not the last word. Say what changed.",
    ),
)
