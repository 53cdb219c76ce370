"""`/api/v1/valuation-policies/`: by which rate cards gifts are valued."""

from typing import Any

from foundation.api.filtersets import IdFilter, ListFilters
from foundation.api.scopes import Scope
from foundation.api.views import RecordViewSet
from sponsors.inkind.api.valuation_answers import PolicySerializer
from sponsors.inkind.api.valuation_inputs import PolicyChangeInput, PolicyInput
from sponsors.inkind.models import ValuationPolicy
from sponsors.inkind.services import valuations as services


class PolicyFilters(ListFilters):
    line = IdFilter()
    commitment = IdFilter("line__commitment")
    sponsor = IdFilter("line__commitment__sponsor")


class ValuationPolicyViewSet(RecordViewSet[ValuationPolicy]):
    """By which cards, and less which discount, the metered use of a gift is valued from now on."""

    queryset = ValuationPolicy.objects.select_related("base_card", "low_card", "high_card")
    serializer_class = PolicySerializer
    filterset_class = PolicyFilters
    required_scopes = {"read": Scope.VALUATIONS_READ, "write": Scope.VALUATIONS_WRITE}
    inputs = {"create": PolicyInput, "partial_update": PolicyChangeInput}
    ordering_fields = ("created_at",)
    ordering = ("-created_at",)
    csv_columns = PolicySerializer.Meta.fields

    def add(self, data: dict[str, Any]) -> ValuationPolicy:
        return services.add_policy(actor=self.caller, **data)

    def change(self, record: ValuationPolicy, data: dict[str, Any]) -> ValuationPolicy:
        names = ("base_card", "low_card", "high_card", "discount_percent", "discount_basis")
        values = {name: getattr(record, name) for name in names} | data
        return services.change_policy(actor=self.caller, policy=record, **values)
