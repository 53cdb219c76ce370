"""What is done to commitments and receipts: one function a verb."""

from sponsors.commitments.services.allocations import (
    Part,
    ReceiptError,
    allocate_receipt,
    lock_standing,
    take_back_allocations,
)
from sponsors.commitments.services.amendments import (
    apply_waiting_amendments,
    approve_amendment,
    propose_amendment,
    withdraw_amendment,
)
from sponsors.commitments.services.drafting import draft_commitment, renew_commitment, revise_draft
from sponsors.commitments.services.invoices import (
    InvoiceRequest,
    credit_invoice,
    issue_invoice,
    mail_invoice,
    preview_invoice,
)
from sponsors.commitments.services.lines import Line, lines_of
from sponsors.commitments.services.receipts import (
    Recorded,
    check_source,
    record_receipt,
    reverse_receipt,
)
from sponsors.commitments.services.schedules import Schedule
from sponsors.commitments.services.values import UNCHANGED, as_owner
from sponsors.commitments.services.workflow import (
    change_details,
    decline,
    end,
    end_all_over,
    propose,
    revise,
    set_owner,
    sign,
    terminate,
    withdraw,
)
from sponsors.commitments.services.write_offs import (
    approve_write_off,
    propose_write_off,
    recover_write_off,
    refuse_write_off,
)

__all__ = [
    "UNCHANGED",
    "InvoiceRequest",
    "Line",
    "Part",
    "ReceiptError",
    "Recorded",
    "Schedule",
    "allocate_receipt",
    "apply_waiting_amendments",
    "approve_amendment",
    "approve_write_off",
    "as_owner",
    "change_details",
    "check_source",
    "credit_invoice",
    "decline",
    "draft_commitment",
    "end",
    "end_all_over",
    "issue_invoice",
    "lines_of",
    "lock_standing",
    "mail_invoice",
    "preview_invoice",
    "propose",
    "propose_amendment",
    "propose_write_off",
    "record_receipt",
    "recover_write_off",
    "refuse_write_off",
    "renew_commitment",
    "reverse_receipt",
    "revise",
    "revise_draft",
    "set_owner",
    "sign",
    "take_back_allocations",
    "terminate",
    "withdraw",
    "withdraw_amendment",
]
