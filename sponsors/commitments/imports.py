"""Commitments, their schedules and receipts as kinds of imports: their columns, and who may."""

from foundation.api.scopes import Scope
from foundation.imports.kinds import ImportKind
from foundation.imports.rules import Column
from sponsors.commitments.services.importing import plan_commitments, plan_receipts, plan_schedules

# What a file writes is locked until all of it is written: a few seconds for so many, and people wait ten.
MOST_ROWS = 5_000

COMMITMENTS = ImportKind(
    name="commitments",
    label="Commitments",
    noun="commitment",
    # It may also sign what it adds.
    permission="sponsors.sign_commitment",
    sees=("sponsors.view_commitment", "sponsors.view_sponsor"),
    read_scopes=(Scope.SPONSORS_READ, Scope.COMMITMENTS_READ),
    write_scopes=(Scope.COMMITMENTS_WRITE,),
    action="commitment.import",
    most_rows=MOST_ROWS,
    columns=(
        Column(
            "key",
            "What names the commitment where it comes from. Lines with the same key are one commitment; a key "
            "that was imported before adds nothing.",
            required=True,
            example="CRM-1042",
        ),
        Column(
            "sponsor",
            "The sponsor's slug, or its exact name. Like everything up to the owner, on the first line of a key; "
            "below it empty or the same.",
            example="example-cloud",
        ),
        Column("title", "What staff call it.", example="Platinum 2026 to 2028"),
        Column("currency", "Three letters (ISO 4217), such as USD or EUR.", example="USD"),
        Column("starts_on", "The first day, as 2026-01-01.", example="2026-01-01"),
        Column("ends_on", "The last day, included.", example="2028-12-31"),
        Column("shape", "How the cash is spread: equal or front_loaded. Empty: equal.", example="equal"),
        Column(
            "frequency",
            "How often cash falls due: monthly, quarterly, yearly or once. Needed when a line is cash.",
            example="yearly",
        ),
        Column("first_due_on", "The first due date.", example="2026-01-31"),
        Column("state", "draft or signed. Empty: draft.", example="signed"),
        Column("signed_on", "When it was signed.", example="2025-12-15"),
        Column("owner", "The email address of the colleague who looks after it."),
        Column("kind", "Of this line: cash or in_kind.", required=True, example="cash"),
        Column("description", "What this line promises.", required=True, example="Platinum sponsorship"),
        Column(
            "amount",
            "Of this line over the whole period: the cash, or the estimated value in kind.",
            required=True,
            example="150000.00",
        ),
        Column("fund", "The code of the fund that cash goes into.", example="general"),
        Column("category", "Of a gift in kind, such as cdn, cloud_credits or licenses."),
        Column("estimate_basis", "Of a gift in kind: how its value was estimated."),
    ),
    plan=plan_commitments,
)

SCHEDULES = ImportKind(
    name="schedules",
    label="Schedules of drafts",
    noun="schedule",
    permission="sponsors.change_commitment",
    sees=("sponsors.view_commitment", "sponsors.view_installment"),
    read_scopes=(Scope.COMMITMENTS_READ,),
    write_scopes=(Scope.COMMITMENTS_WRITE,),
    action="commitment.import_schedule",
    most_rows=MOST_ROWS,
    columns=(
        Column(
            "commitment",
            "The number of a draft, or the key under which it was imported. Its lines here are its whole schedule.",
            required=True,
            example="CRM-1042",
        ),
        Column("due_on", "When the installment falls due.", required=True, example="2026-01-31"),
        Column(
            "amount",
            "In the commitment's currency. All of them sum to its cash lines.",
            required=True,
            example="50000.00",
        ),
    ),
    plan=plan_schedules,
)

RECEIPTS = ImportKind(
    name="receipts",
    label="Receipts",
    noun="receipt",
    permission="sponsors.add_receipt",
    sees=("sponsors.view_receipt", "sponsors.view_sponsor"),
    read_scopes=(Scope.SPONSORS_READ, Scope.COMMITMENTS_READ, Scope.RECEIPTS_READ),
    write_scopes=(Scope.RECEIPTS_WRITE,),
    action="receipt.import",
    most_rows=MOST_ROWS,
    columns=(
        Column("sponsor", "The sponsor's slug, or its exact name.", required=True, example="example-cloud"),
        Column("amount", "What was received.", required=True, example="50000.00"),
        Column("currency", "Three letters (ISO 4217).", required=True, example="USD"),
        Column("received_on", "When the money came, as 2026-02-03.", required=True, example="2026-02-03"),
        Column("method", "wire, ach, card, check or other.", required=True, example="wire"),
        Column("source", "Where the reference comes from, such as bank.", required=True, example="bank"),
        Column(
            "reference",
            "The source's own number for the payment. With a source and reference that are recorded, nothing is "
            "added, and the line must say the same.",
            required=True,
            example="2026-02-03-0017",
        ),
        Column(
            "commitment", "The number of the commitment to pay. Empty: any of the sponsor's in the currency."
        ),
        Column(
            "allocate",
            "oldest: it pays the oldest open installments. none: it is kept as credit. Empty: oldest.",
            example="oldest",
        ),
        Column("payer", "If somebody else paid for the sponsor."),
        Column("note", "Anything else, in one sentence."),
        Column(
            "corrects_on",
            "When the money came on a day whose books are closed: that day. The date above is then an open one.",
        ),
    ),
    plan=plan_receipts,
)
