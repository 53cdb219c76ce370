"""Who may open which page of the admin site and do what there: one row a page, one an action.

A page or an action without a row fails `test_admin_access.py`.
"""

from dataclasses import dataclass

from foundation.people.roles import STAFF_ROLES, Role

A, F, M, N, G, R = (
    Role.ADMINISTRATOR,
    Role.FUNDRAISING,
    Role.FINANCE,
    Role.INFRASTRUCTURE,
    Role.GRANTS_OFFICER,
    Role.AUDITOR,
)
NOBODY: frozenset[Role] = frozenset()
ALL_STAFF = frozenset(STAFF_ROLES)


def roles(*some: Role) -> frozenset[Role]:
    return frozenset(some)


@dataclass(frozen=True)
class Rights:
    see: frozenset[Role]
    add: frozenset[Role] = NOBODY
    change: frozenset[Role] = NOBODY


PAGES = {
    "foundation.apitoken": Rights(see=roles(A, R)),
    "foundation.closing": Rights(see=ALL_STAFF, add=roles(A, M)),
    "foundation.exchangerate": Rights(see=ALL_STAFF),
    "foundation.exportrun": Rights(see=roles(A, R)),
    "foundation.fund": Rights(see=ALL_STAFF, add=roles(A, M), change=roles(A, M)),
    "foundation.importrun": Rights(see=roles(A, F, M, R), add=roles(A, F, M)),
    "foundation.invitation": Rights(see=roles(A, R), add=roles(A)),
    "foundation.jobrun": Rights(see=roles(A, R)),
    "foundation.notice": Rights(see=roles(A, F, M, R)),
    "foundation.organization": Rights(see=ALL_STAFF, change=roles(A, M)),
    "foundation.ratesimport": Rights(see=roles(A, M, R), add=roles(A, M)),
    "foundation.savedexport": Rights(see=ALL_STAFF),
    "foundation.user": Rights(see=roles(A, F, M, R), add=roles(A), change=roles(A)),
    "sponsors.agreementtemplate": Rights(see=roles(A, F, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.commitmentdocument": Rights(see=roles(A, F, M, R)),
    "sponsors.amendment": Rights(see=roles(A, F, M, N, R)),
    "sponsors.bankaccount": Rights(see=roles(A, M, R), add=roles(A, M), change=roles(A, M)),
    "sponsors.bankline": Rights(see=roles(A, M, R)),
    "sponsors.statement": Rights(see=roles(A, M, R), add=roles(A, M)),
    "sponsors.commitment": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.condition": Rights(see=roles(A, F, M, N, R)),
    "sponsors.contact": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.service": Rights(see=roles(A, F, M, N, R), add=roles(A, N), change=roles(A, N)),
    "sponsors.giftterms": Rights(see=roles(A, F, M, N, R), change=roles(A, F, M, N)),
    "sponsors.installment": Rights(see=roles(A, F, M, N, R)),
    "sponsors.usageimport": Rights(see=roles(A, F, M, N, R), add=roles(A, N)),
    "sponsors.usageaside": Rights(see=roles(A, F, M, N, R)),
    "sponsors.anomaly": Rights(see=roles(A, F, M, N, R)),
    "sponsors.energyfactor": Rights(see=roles(A, F, M, N, R), add=roles(A, N)),
    "sponsors.ratecard": Rights(see=roles(A, F, M, N, R), add=roles(A, M), change=roles(A, M)),
    "sponsors.region": Rights(see=roles(A, F, M, N, R), add=roles(A, N), change=roles(A, M, N)),
    "sponsors.interaction": Rights(see=roles(A, F, M, N, R), add=roles(A, F, M, N), change=roles(A, F)),
    "sponsors.receipt": Rights(see=roles(A, F, M, R), add=roles(A, M)),
    "sponsors.invoice": Rights(see=roles(A, F, M, R)),
    "sponsors.creditnote": Rights(see=roles(A, F, M, R)),
    "sponsors.writeoff": Rights(see=roles(A, F, M, R)),
    "sponsors.valuation": Rights(see=roles(A, F, M, N, R), add=roles(A, M, N)),
    "sponsors.valuationpolicy": Rights(see=roles(A, F, M, N, R), add=roles(A, M), change=roles(A, M)),
    "sponsors.sponsor": Rights(see=roles(A, F, M, N, R), add=roles(A, F), change=roles(A, F)),
    "sponsors.sponsormerge": Rights(see=roles(A, F, R)),
}

ACTIONS = {
    "foundation.apitoken revoke": roles(A),
    "foundation.importrun apply": roles(A, F),
    "foundation.importrun discard": roles(A, F),
    "foundation.closing reopen": roles(A),
    "foundation.invitation revoke": roles(A),
    "foundation.notice retry": roles(A, F, M),
    "foundation.notice cancel": roles(A, F, M),
    "foundation.savedexport share": roles(A, F, M, N, G),
    "foundation.savedexport forget": roles(A, F, M, N, G),
    "foundation.user set-roles": roles(A),
    "foundation.user set-answerable": roles(A),
    "foundation.user reset-second-factor": roles(A),
    "foundation.user deactivate": roles(A),
    "foundation.user reactivate": roles(A),
    "sponsors.usageaside assign": roles(A, N),
    "sponsors.anomaly explain": roles(A, N),
    "sponsors.anomaly close": roles(A, N),
    "sponsors.anomaly reopen": roles(A, N),
    "sponsors.energyfactor use": roles(A, N),
    "sponsors.ratecard add-version": roles(A, M),
    "sponsors.ratecard map-region": roles(A, M),
    "sponsors.ratecard end-version": roles(A, M),
    "sponsors.bankaccount map": roles(A, M),
    "sponsors.bankline confirm": roles(A, M),
    "sponsors.bankline set-aside": roles(A, M),
    "sponsors.bankline undo": roles(A, M),
    "sponsors.commitment propose": roles(A, F),
    "sponsors.commitment sign": roles(A, F),
    "sponsors.commitment revise": roles(A, F),
    "sponsors.commitment decline": roles(A, F),
    "sponsors.commitment withdraw": roles(A, F),
    "sponsors.commitment renew": roles(A, F),
    "sponsors.commitment set-owner": roles(A, F),
    "sponsors.amendment approve": roles(A, M),
    "sponsors.amendment withdraw": roles(A, F, M),
    "sponsors.commitment amend": roles(A, F, M),
    "sponsors.amendment keep-signed-copy": roles(A, F, M),
    "sponsors.commitment make-agreement": roles(A, F),
    "sponsors.commitment add-document": roles(A, F),
    "sponsors.commitmentdocument send": roles(A, F),
    "sponsors.commitmentdocument sign": roles(A, F),
    "sponsors.commitmentdocument new-version": roles(A, F),
    "sponsors.commitmentdocument void": roles(A, F),
    "sponsors.commitmentdocument annul": roles(A, F),
    "sponsors.commitment give-notice": roles(A, F),
    "sponsors.commitment withdraw-notice": roles(A, F),
    "sponsors.condition record-progress": roles(A, F, M),
    "sponsors.condition reverse-progress": roles(A, M),
    "sponsors.commitment end": roles(A, F),
    "sponsors.commitment terminate": roles(A, F),
    "sponsors.commitment invoice": roles(A, M),
    "sponsors.installment invoice": roles(A, M),
    "sponsors.invoice mail": roles(A, M),
    "sponsors.invoice credit": roles(A, M),
    "sponsors.invoice void": roles(A, M),
    "sponsors.installment write-off": roles(A, M),
    "sponsors.writeoff approve": roles(A, M),
    "sponsors.writeoff refuse": roles(A, M),
    "sponsors.writeoff recover": roles(A, M),
    "sponsors.receipt allocate-oldest": roles(A, M),
    "sponsors.receipt pay-invoice": roles(A, M),
    "sponsors.receipt allocate": roles(A, M),
    "sponsors.receipt take-back": roles(A, M),
    "sponsors.receipt reverse": roles(A, M),
    "sponsors.contact leave": roles(A, F),
    "sponsors.contact return": roles(A, F),
    "sponsors.interaction complete": roles(A, F),
    "sponsors.interaction reopen": roles(A, F),
    "sponsors.valuation submit": roles(A, M, N),
    "sponsors.valuation approve": roles(A, M),
    "sponsors.valuation return": roles(A, M),
    "sponsors.valuation draft-again": roles(A, M, N),
    "sponsors.valuation change-gift": roles(A, M, N),
    "sponsors.valuation set-figures": roles(A, M),
    "sponsors.valuation adjust": roles(A, M, N),
    "sponsors.valuation add-evidence": roles(A, M, N),
    "sponsors.valuation reverse": roles(A, M),
    "sponsors.valuation discard": roles(A, M, N),
    "sponsors.commitment set-gift-terms": roles(A, F, M, N),
    "sponsors.service supply": roles(A, N),
    "sponsors.service put-under-line": roles(A, N),
    "sponsors.service end-supply": roles(A, N),
    "sponsors.service remove-supply": roles(A, N),
    "sponsors.service add-key": roles(A, N),
    "sponsors.service remove-key": roles(A, N),
    "sponsors.service set-alternative": roles(A, N),
    "sponsors.service remove-alternative": roles(A, N),
    "sponsors.service retire": roles(A, N),
    "sponsors.service run-again": roles(A, N),
    "sponsors.sponsor merge": roles(A, F),
    "sponsors.sponsor set-logo": roles(A, F),
    "sponsors.sponsor remove-logo": roles(A, F),
}

LIST_ACTIONS = {
    "foundation.notice retry-all": roles(A, F, M),
}
