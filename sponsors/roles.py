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
# What gifts in kind are, how they are used, and what they are worth.
_SEES_GIFTS = frozenset(
    {
        "view_service",
        "view_giftterms",
        "view_region",
        "view_usageimport",
        "view_ratecard",
        "view_valuation",
        "view_valuationpolicy",
        "view_anomaly",
        "view_energyfactor",
    }
)

# Which support may lapse, and what is done about it; whoever owns a commitment answers its reminders.
_SEES_RENEWALS = frozenset(
    {
        "view_assessment",
        "view_scoringpolicy",
        "view_reminderpolicy",
        "view_reminderoverride",
        "view_renewalsettings",
        "view_reminderstep",
        "view_telling",
        "view_digest",
        "view_renewalcase",
        "view_calendarfeed",
        "answer_reminderstep",
    }
)

PERMISSIONS: PermissionTable = {
    Role.FUNDRAISING: _READS
    | _SEES_GIFTS
    | _SEES_RENEWALS
    | {
        "view_paymentreminder",
        "add_scoringpolicy",
        "use_scoringpolicy",
        "add_reminderpolicy",
        "change_reminderpolicy",
        "change_reminderoverride",
        "change_renewalsettings",
        "move_renewalcase",
        "view_renewalletter",
        "add_renewalletter",
        "change_renewalletter",
        "send_renewalletter",
        "change_giftterms",
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
    | _SEES_GIFTS
    | _SEES_RENEWALS
    | {
        "view_paymentreminder",
        "change_renewalsettings",
        "view_renewalletter",
        "change_giftterms",
        "change_region",
        "add_ratecard",
        "change_ratecard",
        "add_valuation",
        "submit_valuation",
        "approve_valuation",
        "reverse_valuation",
        "add_valuationpolicy",
        "change_valuationpolicy",
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
    Role.INFRASTRUCTURE: (_READS - _MONEY)
    | _SEES_GIFTS
    | _SEES_RENEWALS
    | {
        "add_interaction",
        "change_giftterms",
        "add_service",
        "change_service",
        "add_region",
        "change_region",
        "add_usageimport",
        "assign_usage",
        "add_valuation",
        "submit_valuation",
        "explain_anomaly",
        "add_energyfactor",
        "change_energyfactor",
    },
}
