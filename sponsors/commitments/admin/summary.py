"""What the page of a commitment shows above its form."""

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.books.selectors import local_today
from sponsors.agreements.selectors import CommitmentPapers, papers_of
from sponsors.commitments.models import (
    Allocation,
    Amendment,
    Commitment,
    CommitmentLine,
    ExternalKey,
    Installment,
    Invoice,
    NonRenewal,
    Pause,
)
from sponsors.commitments.rules import FIRM
from sponsors.commitments.selectors import (
    CommitmentSummary,
    PromisedCash,
    commitment_summary,
    promised_cash,
)
from sponsors.inkind.selectors.valuations import GiftsOfCommitment, gifts_of
from sponsors.renewals.panels import RiskPanel, risk_panel_of
from sponsors.renewals.selectors.ladders import LadderOf, ladder_of


@dataclass(frozen=True, slots=True)
class CommitmentPage:
    """The commitment in figures: lines, schedule, what was asked for and paid, amendments, what it renews.

    `is_to_renew`: it was agreed to renew by itself, and has not.
    """

    figures: CommitmentSummary
    lines: Sequence[CommitmentLine]
    installments: Sequence[Installment]
    invoices: Sequence[Invoice]
    payments: Sequence[Allocation]
    chain: Sequence[Commitment]
    amendments: Sequence[Amendment]
    pauses: Sequence[Pause]
    promise: PromisedCash
    notice: NonRenewal | None
    is_to_renew: bool
    papers: CommitmentPapers | None
    gifts: GiftsOfCommitment | None
    risk: RiskPanel | None
    ladder: LadderOf | None
    external_key: str


def commitment_page(
    commitment: Commitment,
    *,
    with_receipts: bool,
    with_invoices: bool,
    with_documents: bool,
    with_valuations: bool,
    with_risk: bool,
    with_ladder: bool,
) -> CommitmentPage:
    """Return the summary of one commitment, of each subject only for those who may see it."""
    today = local_today()
    payments = Allocation.objects.none()
    if with_receipts:
        payments = Allocation.objects.standing().filter(installment__commitment=commitment)
    invoices = commitment.invoices.with_state(today) if with_invoices else Invoice.objects.none()
    return CommitmentPage(
        figures=commitment_summary(commitment, today),
        lines=list(commitment.lines.select_related("fund").order_by("position")),
        installments=list(
            commitment.installments.with_state(today).select_related("term", "fund").order_by("due_on", "pk")
        ),
        invoices=list(invoices.order_by("issued_on", "pk")),
        payments=list(
            payments.select_related("receipt", "installment__commitment").order_by(
                "receipt__received_on", "pk"
            )
        ),
        chain=_chain(commitment),
        amendments=list(commitment.amendments.order_by("number")),
        pauses=list(commitment.pauses.order_by("starts_on")),
        promise=promised_cash(commitment, today),
        notice=commitment.non_renewals.standing().first(),
        is_to_renew=Commitment.objects.to_renew(today).filter(pk=commitment.pk).exists(),
        papers=papers_of(commitment) if with_documents else None,
        gifts=gifts_of(commitment) if with_valuations else None,
        risk=risk_panel_of(commitment, today) if with_risk else None,
        ladder=ladder_of(commitment, today) if with_ladder and commitment.state in FIRM else None,
        external_key=ExternalKey.objects.filter(commitment=commitment).values_list("key", flat=True).first()
        or "",
    )


def _chain(commitment: Commitment) -> list[Commitment]:
    """Return what it renews, back to the first, itself, and what renews it; one query."""
    found = Commitment.objects.raw(
        """
        WITH RECURSIVE earlier AS (
            SELECT id, renewal_of_id FROM sponsors_commitment WHERE id = %(pk)s
            UNION SELECT c.id, c.renewal_of_id FROM sponsors_commitment c JOIN earlier e ON c.id = e.renewal_of_id
        ), later AS (
            SELECT id FROM sponsors_commitment WHERE id = %(pk)s
            UNION SELECT c.id FROM sponsors_commitment c JOIN later l ON c.renewal_of_id = l.id
        )
        SELECT * FROM sponsors_commitment
        WHERE id IN (SELECT id FROM earlier UNION SELECT id FROM later) ORDER BY starts_on, id
        """,
        {"pk": commitment.pk},
    )
    return list(found)
