"""`/api/v1/installments/`: what falls due, and what became of it."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, cast

from django.db.models import QuerySet

from foundation.api.scopes import Scope
from foundation.api.views import ReadViewSet
from foundation.books.selectors import local_today
from sponsors.commitments.api import representation
from sponsors.commitments.api.answers import InstallmentSerializer
from sponsors.commitments.api.filters import InstallmentFilters
from sponsors.commitments.models import Installment
from sponsors.commitments.querysets import InstallmentQuerySet


class InstallmentViewSet(ReadViewSet[Installment]):
    """Cash amounts that fall due: what commitments schedule, and charges beside it."""

    queryset = Installment.objects.select_related("term", "fund", "commitment__sponsor")
    serializer_class = InstallmentSerializer
    filterset_class = InstallmentFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    ordering_fields = {"due_on": "due_on", "amount": "amount"}
    ordering = ("due_on",)
    csv_columns = (
        "id",
        "commitment",
        "commitment_number",
        "position",
        "kind",
        "description",
        "fund",
        "charged_on",
        "released_on",
        "sponsor",
        "sponsor_name",
        "due_on",
        "currency",
        "amount",
        "paid",
        "written_off",
        "remainder",
        "state",
    )

    @cached_property
    def today(self) -> date:
        return local_today()

    def reachable(self, queryset: QuerySet[Installment]) -> QuerySet[Installment]:
        return cast("InstallmentQuerySet", super().reachable(queryset)).with_state(self.today)

    def represent(self, records: Sequence[Installment]) -> Sequence[Mapping[str, Any]]:
        return representation.installments(records)
