"""What each role may do with sponsors, commitments and receipts."""

from foundation.people.roles import PermissionTable, Role

_MONEY = frozenset(
    {
        "view_receipt",
        "view_allocation",
        "view_writeoff",
        "view_invoice",
        "view_invoiceline",
        "view_creditnote",
    }
)
_READS = _MONEY | frozenset(
    {
        "view_sponsor",
        "view_contact",
        "view_interaction",
        "view_commitment",
        "view_commitmentline",
        "view_condition",
        "view_conditionprogress",
        "view_restriction",
        "view_nonrenewal",
        "view_term",
        "view_amendment",
        "view_pause",
        "view_installment",
    }
)

PERMISSIONS: PermissionTable = {
    Role.FUNDRAISING: _READS
    | {
        "view_agreementtemplate",
        "add_agreementtemplate",
        "change_agreementtemplate",
        "view_commitmentdocument",
        "add_commitmentdocument",
        "send_commitmentdocument",
        "add_sponsor",
        "change_sponsor",
        "import_sponsor",
        "merge_sponsor",
        "view_sponsormerge",
        "add_contact",
        "change_contact",
        "add_interaction",
        "change_interaction",
        "add_commitment",
        "change_commitment",
        "negotiate_commitment",
        "sign_commitment",
        "terminate_commitment",
        "record_conditionprogress",
        "add_amendment",
    },
    Role.FINANCE: _READS
    | {
        "view_commitmentdocument",
        "add_interaction",
        "add_receipt",
        "allocate_receipt",
        "reverse_receipt",
        "add_amendment",
        "approve_amendment",
        "approve_writeoff",
        "credit_invoice",
        "issue_invoice",
        "propose_writeoff",
        "recover_writeoff",
        "record_conditionprogress",
        "reverse_conditionprogress",
        "view_bankaccount",
        "add_bankaccount",
        "change_bankaccount",
        "view_statement",
        "add_statement",
        "view_bankline",
        "confirm_bankline",
    },
    Role.INFRASTRUCTURE: _READS - _MONEY | {"add_interaction"},
}
