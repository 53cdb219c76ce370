"""What can be done to a commitment: buttons, questions and the services they call."""

from collections.abc import Callable
from typing import Any

from foundation.audit.forms import ReasonForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.selectors import local_today
from foundation.people.models import User
from sponsors.agreements.admin.beginning import ADD_DOCUMENT, MAKE_AGREEMENT
from sponsors.commitments import services
from sponsors.commitments.admin.amendment_forms import AmendForm
from sponsors.commitments.admin.forms import OwnerForm, RenewForm, SignForm, TerminateForm
from sponsors.commitments.admin.invoicing import ISSUE_INVOICE
from sponsors.commitments.admin.promise_forms import NoticeForm
from sponsors.commitments.models import Commitment
from sponsors.commitments.rules import FIRM, TRANSITIONS, Action, State
from sponsors.inkind.admin.gift_terms import SET_GIFT_TERMS
from sponsors.renewals.admin.reminder_policies import LADDER_ACTIONS

Data = dict[str, Any]


def _possible(action: Action) -> Callable[[Commitment], bool]:
    return lambda commitment: (State(commitment.state), action) in TRANSITIONS


def _propose(actor: User, commitment: Commitment, _data: Data) -> str:
    services.propose(actor=actor, commitment=commitment, today=local_today())
    return f"{commitment.number} is proposed."


def _revise(actor: User, commitment: Commitment, _data: Data) -> str:
    services.revise(actor=actor, commitment=commitment)
    return f"{commitment.number} is a draft again and can be changed."


def _sign(actor: User, commitment: Commitment, data: Data) -> str:
    services.sign(actor=actor, commitment=commitment, signed_on=data["signed_on"], today=local_today())
    return f"{commitment.number} is signed."


def _decline(actor: User, commitment: Commitment, data: Data) -> str:
    services.decline(actor=actor, commitment=commitment, reason=data["reason"], today=local_today())
    return f"{commitment.number} is recorded as declined."


def _withdraw(actor: User, commitment: Commitment, data: Data) -> str:
    services.withdraw(actor=actor, commitment=commitment, reason=data["reason"], today=local_today())
    return f"{commitment.number} is withdrawn."


def _terminate(actor: User, commitment: Commitment, data: Data) -> str:
    services.terminate(
        actor=actor,
        commitment=commitment,
        closed_on=data["closed_on"],
        reason=data["reason"],
        today=local_today(),
    )
    return f"{commitment.number} is terminated from {data['closed_on']}."


def _end(actor: User, commitment: Commitment, _data: Data) -> str:
    services.end(actor=actor, commitment=commitment, today=local_today())
    return f"{commitment.number} is ended."


def _set_owner(actor: User, commitment: Commitment, data: Data) -> str:
    services.set_owner(actor=actor, commitment=commitment, owner=data["owner"], backup=data["backup"])
    return f"{commitment.number} is looked after by {data['owner'] or 'nobody'}."


def _renew(actor: User, commitment: Commitment, data: Data) -> Outcome:
    draft = services.renew_commitment(
        actor=actor, commitment=commitment, today=local_today(), title=data["title"]
    )
    return Outcome(message=f"{draft.number} is drafted to follow {commitment.number}.", go_to=draft)


def _amend(actor: User, commitment: Commitment, data: Data) -> Outcome:
    copy = data["signed_copy"]
    amendment = services.propose_amendment(
        actor=actor,
        commitment=commitment,
        effective_on=data["effective_on"],
        reason=data["reason"],
        signed_copy=copy.read() if copy else None,
        today=local_today(),
        **data["terms"],
    )
    return Outcome(message=f"{amendment} is proposed. A colleague approves it.", go_to=amendment)


def _give_notice(actor: User, commitment: Commitment, data: Data) -> str:
    services.give_notice(actor=actor, commitment=commitment, today=local_today(), **data)
    return f"Notice is recorded. {commitment.number} ends after {commitment.ends_on}."


def _withdraw_notice(actor: User, commitment: Commitment, data: Data) -> str:
    services.withdraw_notice(actor=actor, commitment=commitment, today=local_today(), **data)
    return f"The notice for {commitment.number} is withdrawn."


def _may_give_notice(commitment: Commitment) -> bool:
    return commitment.state == State.SIGNED and not _notice_stands(commitment)


def _notice_stands(commitment: Commitment) -> bool:
    signed = commitment.state == State.SIGNED
    return signed and commitment.non_renewals.standing().exists()


COMMITMENT_ACTIONS = (
    ISSUE_INVOICE,
    ObjectAction(
        name="propose",
        label="Propose",
        permission="sponsors.negotiate_commitment",
        call=_propose,
        available=_possible(Action.PROPOSE),
        icon="send",
        description=lambda c: (
            f"{c.number} is put before {c.sponsor}. Its lines and schedule are fixed from here on, until it "
            "is taken back for revision."
        ),
    ),
    ObjectAction(
        name="sign",
        label="Sign",
        permission="sponsors.sign_commitment",
        call=_sign,
        form_class=SignForm,
        available=_possible(Action.SIGN),
        icon="signature",
        description=lambda c: (
            f"{c.number} becomes firm, from {c.starts_on} to {c.ends_on}. Its installments fall due on their "
            "dates. What is promised is changed only by amendments from then on, which a colleague approves."
        ),
    ),
    ObjectAction(
        name="revise",
        label="Revise",
        permission="sponsors.negotiate_commitment",
        call=_revise,
        available=_possible(Action.REVISE),
        icon="edit",
        description=lambda c: f"{c.number} becomes a draft again, and its lines and schedule can be changed.",
    ),
    ObjectAction(
        name="decline",
        label="Record as declined",
        permission="sponsors.negotiate_commitment",
        call=_decline,
        form_class=ReasonForm,
        available=_possible(Action.DECLINE),
        icon="thumb_down",
        danger=True,
        description=lambda c: f"{c.sponsor} said no to {c.number}. It is closed and cannot be opened again.",
    ),
    ObjectAction(
        name="withdraw",
        label="Withdraw",
        permission="sponsors.negotiate_commitment",
        call=_withdraw,
        form_class=ReasonForm,
        available=_possible(Action.WITHDRAW),
        icon="undo",
        danger=True,
        description=lambda c: f"We give up {c.number}. It is closed and cannot be opened again.",
    ),
    ObjectAction(
        name="renew",
        label="Renew",
        permission="sponsors.add_commitment",
        call=_renew,
        form_class=RenewForm,
        initial=lambda c: {"title": c.title},
        available=lambda c: c.state in FIRM,
        icon="autorenew",
        description=lambda c: (
            f"A new draft follows {c.number}: it starts on {c.renewal_starts_on}, is as long, and has the "
            "same lines and rhythm of payment. You can change all of it."
        ),
    ),
    ObjectAction(
        name="amend",
        label="Amend",
        permission="sponsors.add_amendment",
        call=_amend,
        form_class=AmendForm,
        template="admin/commitments/amend.html",
        available=lambda c: c.state == State.SIGNED,
        icon="edit_document",
        description=lambda c: (
            f"Write down how {c.number} shall stand from a day on. Nothing changes until a colleague approves "
            "it, what is paid stays, and the old schedule can always be read."
        ),
    ),
    MAKE_AGREEMENT,
    ADD_DOCUMENT,
    ObjectAction(
        name="set-owner",
        label="Set owner",
        permission="sponsors.change_commitment",
        call=_set_owner,
        form_class=OwnerForm,
        initial=lambda c: {"owner": c.owner_id, "backup": c.backup_id},
        icon="person",
        description=lambda c: f"Who looks after {c.number} from now on.",
    ),
    ObjectAction(
        name="give-notice",
        label="Record notice",
        permission="sponsors.terminate_commitment",
        call=_give_notice,
        form_class=NoticeForm,
        available=_may_give_notice,
        icon="event_busy",
        rare=True,
        description=lambda c: (
            f"Record that one side said it will not renew {c.number}. It runs on until {c.ends_on}, and nothing "
            f"follows by itself. The last day for notice is {c.notice_on}."
        ),
    ),
    ObjectAction(
        name="withdraw-notice",
        label="Withdraw notice",
        permission="sponsors.terminate_commitment",
        call=_withdraw_notice,
        form_class=ReasonForm,
        available=_notice_stands,
        icon="event_available",
        description=lambda c: (
            f"The notice for {c.number} is taken back. "
            + (
                f"It renews by itself again, for {c.renewal_months} months, after {c.notice_on}."
                if c.renews_automatically
                else "It can be renewed by hand."
            )
        ),
    ),
    ObjectAction(
        name="end",
        label="End",
        permission="sponsors.terminate_commitment",
        call=_end,
        available=lambda c: _possible(Action.END)(c) and local_today() >= c.ends_before,
        icon="flag",
        description=lambda c: f"{c.number} ran until {c.ends_on} and is closed. What is unpaid stays due.",
    ),
    ObjectAction(
        name="terminate",
        label="Terminate",
        permission="sponsors.terminate_commitment",
        call=_terminate,
        form_class=TerminateForm,
        available=lambda c: _possible(Action.TERMINATE)(c) and local_today() < c.ends_before,
        icon="cancel",
        danger=True,
        description=lambda c: (
            f"{c.number} ends before its last day, {c.ends_on}. What fell due before stays due; the rest is "
            "no longer expected. This cannot be undone."
        ),
    ),
    SET_GIFT_TERMS,
    *LADDER_ACTIONS,
)
