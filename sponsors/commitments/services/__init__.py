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
    changed_since,
    keep_signed_copy,
    name_signed_copy,
    propose_amendment,
    withdraw_amendment,
    withdraw_signed_copy,
)
from sponsors.commitments.services.automatic_renewals import renew_automatically
from sponsors.commitments.services.charges import FreeLine
from sponsors.commitments.services.conditions import record_progress, reverse_progress
from sponsors.commitments.services.drafting import draft_commitment, renew_commitment, revise_draft
from sponsors.commitments.services.invoices import (
    InvoiceRequest,
    credit_invoice,
    issue_invoice,
    mail_invoice,
    preview_invoice,
)
from sponsors.commitments.services.lines import Line, lines_of, misfit
from sponsors.commitments.services.locks import lock_commitment
from sponsors.commitments.services.non_renewals import give_notice, withdraw_notice
from sponsors.commitments.services.receipts import (
    Recorded,
    check_source,
    record_receipt,
    reverse_receipt,
)
from sponsors.commitments.services.schedules import Schedule
from sponsors.commitments.services.values import UNCHANGED, as_owner
from sponsors.commitments.services.waiting import waiting_amendments
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
    "FreeLine",
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
    "changed_since",
    "check_source",
    "credit_invoice",
    "decline",
    "draft_commitment",
    "end",
    "end_all_over",
    "give_notice",
    "issue_invoice",
    "keep_signed_copy",
    "lines_of",
    "lock_commitment",
    "lock_standing",
    "mail_invoice",
    "misfit",
    "name_signed_copy",
    "preview_invoice",
    "propose",
    "propose_amendment",
    "propose_write_off",
    "record_progress",
    "record_receipt",
    "recover_write_off",
    "refuse_write_off",
    "renew_automatically",
    "renew_commitment",
    "reverse_progress",
    "reverse_receipt",
    "revise",
    "revise_draft",
    "set_owner",
    "sign",
    "take_back_allocations",
    "terminate",
    "waiting_amendments",
    "withdraw",
    "withdraw_amendment",
    "withdraw_notice",
    "withdraw_signed_copy",
]
