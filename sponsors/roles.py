"""What each role may do with sponsors, commitments and receipts."""

from foundation.people.roles import PermissionTable, Role

_READS = frozenset(
    {
        "view_sponsor",
        "view_contact",
        "view_interaction",
        "view_commitment",
        "view_commitmentline",
        "view_term",
        "view_amendment",
        "view_pause",
        "view_installment",
        "view_receipt",
        "view_allocation",
    }
)

PERMISSIONS: PermissionTable = {
    Role.FUNDRAISING: _READS
    | {
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
        "add_amendment",
    },
    Role.FINANCE: _READS
    | {
        "add_interaction",
        "add_receipt",
        "allocate_receipt",
        "reverse_receipt",
        "add_amendment",
        "approve_amendment",
    },
    Role.INFRASTRUCTURE: _READS - {"view_receipt", "view_allocation"} | {"add_interaction"},
}
