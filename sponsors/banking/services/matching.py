"""What a person says a line is: a receipt of a sponsor, one that is recorded already, or neither."""

from datetime import date

from foundation.audit.actions import action
from foundation.books.closing import hold_closings
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.banking.models import BankLine
from sponsors.banking.rules import LineAction, StatementRefused, days_of_receipt, next_state
from sponsors.commitments.models import Commitment, Invoice, Receipt
from sponsors.commitments.services import lock_standing, record_receipt
from sponsors.commitments.services.allocations import Allocate
from sponsors.commitments.services.values import check_text
from sponsors.directory.models import Sponsor
from sponsors.directory.services import lock_sponsor


@action("bankline.confirm")
def confirm_match(
    *,
    actor: User,
    line: BankLine,
    sponsor: Sponsor,
    today: date,
    allocate: Allocate = "oldest",
    commitment: Commitment | None = None,
    invoice: Invoice | None = None,
    acknowledge: bool = False,
) -> BankLine:
    """Record the line as a receipt of the sponsor, received on the day when the bank booked it.

    A line booked in closed books is received on the first open day, and its own is the day that this
    corrects. What else the bank said of it, such as reference and text, stays with the line, which fewer
    people see than receipts. Of two people at once one records it. Raises BankLineNotOpen, StatementRefused, and what
    `record_receipt` raises.
    """
    sponsor = lock_sponsor(sponsor)
    locked = _lock(line)
    locked.state = next_state(locked.state, LineAction.MATCH)
    _check_incoming(locked)
    if locked.booked_on > today:
        msg = f"The line is booked on {locked.booked_on}, after today, {today}. Confirm it on that day."
        raise StatementRefused(msg, code="booked_in_the_future", field="state")
    received_on, corrects_on = days_of_receipt(locked.booked_on, hold_closings())
    recorded = record_receipt(
        actor=actor,
        sponsor=sponsor,
        amount=locked.amount,
        currency=locked.currency,
        received_on=received_on,
        method=Receipt.Method.WIRE,
        source=locked.account.slug,
        reference=locked.receipt_reference,
        payer=locked.payer,
        allocate=allocate,
        commitment=commitment,
        invoice=invoice,
        acknowledge=acknowledge,
        corrects_on=corrects_on,
        today=today,
    )
    return _matched(locked, recorded.receipt, actor)


@action("bankline.tie")
def tie_receipt(*, actor: User, line: BankLine, receipt: Receipt) -> BankLine:
    """Say that the line is a receipt recorded already; nothing new is recorded.

    Raises BankLineNotOpen, StatementRefused, and NotAllowedNow for a receipt that was reversed.
    """
    standing = lock_standing(receipt.pk)
    locked = _lock(line)
    locked.state = next_state(locked.state, LineAction.MATCH)
    _check_incoming(locked)
    if (standing.amount, standing.currency) != (locked.amount, locked.currency):
        msg = (
            f"{standing} is of {money_text(standing.amount, standing.currency)}, the line of "
            f"{money_text(locked.amount, locked.currency)}. Choose a receipt of the same amount."
        )
        raise StatementRefused(msg, code="other_amount", field="receipt")
    other = BankLine.objects.filter(receipt=standing).first()
    if other is not None:
        msg = f"{standing} is the line of {other.booked_on} already. Choose another receipt."
        raise StatementRefused(msg, code="receipt_is_tied", field="receipt")
    return _matched(locked, standing, actor)


@action("bankline.set_aside")
def set_aside(*, actor: User, line: BankLine, reason: str) -> BankLine:
    """Say that the line is no sponsor's money, and why. Raises BankLineNotOpen."""
    locked = _lock(line)
    locked.state = next_state(locked.state, LineAction.SET_ASIDE)
    locked.reason = check_text(reason, "reason", "reason", longest=300)
    locked.decided_by = actor
    return _save(locked)


@action("bankline.undo_set_aside")
def undo_set_aside(*, actor: User, line: BankLine) -> BankLine:
    """Open a line again that was set aside. Raises BankLineNotOpen."""
    locked = _lock(line)
    locked.state = next_state(locked.state, LineAction.UNDO)
    locked.reason, locked.decided_by = "", None
    return _save(locked)


def _lock(line: BankLine) -> BankLine:
    return BankLine.objects.select_for_update(of=("self",)).select_related("account").get(pk=line.pk)


def _check_incoming(line: BankLine) -> None:
    if line.amount < 0:
        msg = f"{money_text(-line.amount, line.currency)} went out. Only money that came in is a receipt; set the line aside."
        raise StatementRefused(msg, code="money_went_out", field="state")


def _matched(line: BankLine, receipt: Receipt, actor: User) -> BankLine:
    line.receipt, line.decided_by = receipt, actor
    return _save(line)


def _save(line: BankLine) -> BankLine:
    line.save(update_fields=["state", "reason", "receipt", "decided_by"])
    line.refresh_from_db()
    return line
