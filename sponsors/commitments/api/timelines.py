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
from sponsors.commitments.api import representation
from sponsors.commitments.api.answers import TimelineSerializer
from sponsors.commitments.models import Commitment
from sponsors.commitments.selectors import Timeline, sponsor_timeline, timeline
from sponsors.directory.models import Sponsor


class _TimelineViewSet(ReadViewSet[Any]):
    serializer_class = TimelineSerializer
    outputs = {"retrieve": TimelineSerializer}
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    action_permissions = {"retrieve": "sponsors.view_commitment"}

    def draw(self, select: Callable[..., Timeline], record: Model) -> Response:
        """Answer with the timeline; with receipts only where the caller may see those too."""
        token = cast("ApiToken", self.request.auth)
        scopes = implied_by(frozenset(token.scopes))
        with_receipts = Scope.RECEIPTS_READ in scopes and self.caller.has_perm("sponsors.view_receipt")
        line = select(record, local_today(), with_receipts=with_receipts)
        return Response(representation.timeline(line))


class CommitmentTimelineViewSet(_TimelineViewSet):
    """The years of one commitment: terms, installments, receipts that pay it, and what happened."""

    queryset = Commitment.objects.all()
    singular = "commitment_timeline"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return self.draw(timeline, get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"]))


class SponsorTimelineViewSet(_TimelineViewSet):
    """The years of one sponsor: its commitments side by side, its receipts, and what happened."""

    queryset = Sponsor.objects.all()
    singular = "sponsor_timeline"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return self.draw(sponsor_timeline, get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"]))
