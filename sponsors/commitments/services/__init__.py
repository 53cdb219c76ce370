"""What is done to commitments and receipts: one function a verb."""

from sponsors.commitments.services.allocations import (
    Part,
    ReceiptError,
    allocate_receipt,
    take_back_allocations,
)
from sponsors.commitments.services.amendments import (
    apply_waiting_amendments,
    approve_amendment,
    propose_amendment,
    withdraw_amendment,
)
from sponsors.commitments.services.drafting import draft_commitment, renew_commitment, revise_draft
from sponsors.commitments.services.lines import Line, lines_of
from sponsors.commitments.services.receipts import Recorded, record_receipt, reverse_receipt
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

__all__ = [
    "UNCHANGED",
    "Line",
    "Part",
    "ReceiptError",
    "Recorded",
    "Schedule",
    "allocate_receipt",
    "apply_waiting_amendments",
    "approve_amendment",
    "as_owner",
    "change_details",
    "decline",
    "draft_commitment",
    "end",
    "end_all_over",
    "lines_of",
    "propose",
    "propose_amendment",
    "record_receipt",
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
