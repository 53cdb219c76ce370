"""Lines in kind as inputs name them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from sponsors.commitments.models import CommitmentLine


class GiftLine(serializers.PrimaryKeyRelatedField[CommitmentLine]):
    """The number of a line in kind of a commitment that the caller may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=CommitmentLine.versions.filter(kind=CommitmentLine.Kind.IN_KIND).select_related(
                "commitment"
            ),
            **kwargs,
        )

    def get_queryset(self) -> QuerySet[CommitmentLine]:
        lines = CommitmentLine.versions.filter(kind=CommitmentLine.Kind.IN_KIND)
        request = self.context.get("request")
        sees = request is not None and request.user.has_perm("sponsors.view_commitment")
        return lines.select_related("commitment") if sees else lines.none()
