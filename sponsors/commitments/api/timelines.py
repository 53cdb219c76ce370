"""`…/timeline/`: years across, of one commitment and of one sponsor."""

from collections.abc import Callable
from typing import Any, cast

from django.db.models import Model
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.models import ApiToken
from foundation.api.scopes import Scope, implied_by
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from foundation.money.display import plain_amount
from sponsors.agreements.selectors import commitment_events, sponsor_events
from sponsors.commitments.api.answers import TimelineSerializer
from sponsors.commitments.api.representation import Row, due_row, installment_row, iso, term_row
from sponsors.commitments.models import Commitment
from sponsors.commitments.selectors import Event, Timeline, sponsor_timeline, timeline
from sponsors.directory.models import Sponsor
from sponsors.inkind.selectors.valuations import sponsor_valuation_events, valuation_events


class _TimelineViewSet(ReadViewSet[Any]):
    serializer_class = TimelineSerializer
    outputs = {"retrieve": TimelineSerializer}
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    action_permissions = {"retrieve": "sponsors.view_commitment"}

    def draw(
        self,
        select: Callable[..., Timeline],
        record: Model,
        documents: Callable[[Any], list[Event]],
        valuations: Callable[[Any], list[Event]],
    ) -> Response:
        """Answer with the timeline, with what else happened only where the caller may see that too."""
        token = cast("ApiToken", self.request.auth)
        scopes = implied_by(frozenset(token.scopes))

        def sees(scope: Scope, permission: str) -> bool:
            return scope in scopes and self.caller.has_perm(permission)

        with_documents = sees(Scope.DOCUMENTS_READ, "sponsors.view_commitmentdocument")
        with_valuations = sees(Scope.VALUATIONS_READ, "sponsors.view_valuation")
        more = [
            *(documents(record) if with_documents else ()),
            *(valuations(record) if with_valuations else ()),
        ]
        line = select(
            record,
            local_today(),
            with_receipts=sees(Scope.RECEIPTS_READ, "sponsors.view_receipt"),
            with_claims=sees(Scope.INVOICES_READ, "sponsors.view_invoice"),
            more=more,
        )
        return Response(_represented(line))


class CommitmentTimelineViewSet(_TimelineViewSet):
    """The years of one commitment: terms, installments, receipts that pay it, and what happened."""

    queryset = Commitment.objects.all()
    singular = "commitment_timeline"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        record = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        return self.draw(timeline, record, commitment_events, valuation_events)


class SponsorTimelineViewSet(_TimelineViewSet):
    """The years of one sponsor: its commitments side by side, its receipts, and what happened."""

    queryset = Sponsor.objects.all()
    singular = "sponsor_timeline"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        record = get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])
        return self.draw(sponsor_timeline, record, sponsor_events, sponsor_valuation_events)


def _represented(line: Timeline) -> Row:
    """Return a timeline. No query."""
    return {
        "first_year": line.years[0],
        "last_year": line.years[-1],
        "today": line.today.isoformat(),
        "commitments": [
            {
                "commitment": band.pk,
                "number": band.number,
                "title": band.title,
                "state": band.state,
                "currency": band.currency,
                "starts_on": band.starts_on.isoformat(),
                "ends_on": band.ends_on.isoformat(),
                "closed_on": iso(band.closed_on),
                "terms": [term_row(term.position, term.starts_on, term.ends_before) for term in band.terms],
                "installments": [
                    installment_row(due_row(row, row.fund), row.term, row.state, band.currency)
                    for row in band.installments
                ],
                "pauses": [
                    {"starts_on": pause.starts_on.isoformat(), "ends_on": pause.ends_on.isoformat()}
                    for pause in band.pauses
                ],
            }
            for band in line.bands
        ],
        "receipts": [
            {
                "id": receipt.pk,
                "received_on": receipt.received_on.isoformat(),
                "currency": receipt.currency,
                "amount": plain_amount(receipt.amount, receipt.currency),
                "source": receipt.source,
                "reference": receipt.reference,
                "is_reversed": receipt.is_reversed,
                "is_reversal": receipt.is_reversal,
                "pays": [
                    {"installment": name, "amount": plain_amount(amount, receipt.currency)}
                    for name, amount in receipt.pays
                ],
            }
            for receipt in line.receipts
        ],
        "events": [
            {
                "on": event.on.isoformat(),
                "kind": event.kind,
                "commitment": event.commitment,
                "text": event.text,
            }
            for event in line.events
        ],
    }
