"""`/api/v1/services/`: what gifts in kind keep running, who supplies it, and what could replace it."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters, TrueOrFalse
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import NoInput, StrictInput, VisibleRecord
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.commitments.services import lock_commitment
from sponsors.directory.models import Sponsor
from sponsors.directory.services import hold_sponsor_of, lock_sponsor
from sponsors.inkind.api.lines import GiftLine
from sponsors.inkind.models import Alternative, RateCard, Service, ServiceKey, Supply, UsagePull
from sponsors.inkind.models.services import MOST_MONTHS_TO_MOVE
from sponsors.inkind.querysets import ServiceQuerySet
from sponsors.inkind.rules import Criticality, Provider
from sponsors.inkind.services import catalog, supplies

_CHANGE = "sponsors.change_service"


class ServiceKeySerializer(serializers.ModelSerializer[ServiceKey]):
    class Meta:
        model = ServiceKey
        fields = ("id", "provider", "external_id")
        read_only_fields = fields


class SupplySerializer(serializers.ModelSerializer[Supply]):
    sponsor_name = serializers.CharField(source="sponsor.name")
    line = serializers.IntegerField(
        source="line_id", allow_null=True, help_text="The line in kind; null while nothing is signed."
    )
    ends_on = serializers.DateField(allow_null=True, help_text="The last day; null: it goes on.")

    class Meta:
        model = Supply
        fields = ("id", "sponsor", "sponsor_name", "line", "starts_on", "ends_on")
        read_only_fields = fields


class AlternativeSerializer(serializers.ModelSerializer[Alternative]):
    class Meta:
        model = Alternative
        fields = ("id", "name", "card", "months_to_move", "shed_percent", "notes")
        read_only_fields = fields


class UsagePullSerializer(serializers.ModelSerializer[UsagePull]):
    class Meta:
        model = UsagePull
        fields = ("complete_before", "tried_at", "problem")
        read_only_fields = fields
        extra_kwargs = {
            "complete_before": {"help_text": "Every hour before this is there."},
            "problem": {
                "help_text": "What the provider answered last instead of usage; empty when nothing is wrong."
            },
        }


class ServiceSerializer(serializers.ModelSerializer[Service]):
    keys = ServiceKeySerializer(many=True)
    supplies = SupplySerializer(many=True, help_text="The newest first.")
    alternatives = AlternativeSerializer(many=True)
    pull = UsagePullSerializer(
        allow_null=True, default=None, help_text="How far its provider was asked for usage; null: not yet."
    )

    class Meta:
        model = Service
        fields = (
            "id",
            "name",
            "slug",
            "purpose",
            "provider",
            "criticality",
            "dependents",
            "retired_on",
            "keys",
            "supplies",
            "alternatives",
            "pull",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class ServiceChangeInput(StrictInput):
    name = serializers.CharField(max_length=100)
    purpose = serializers.CharField(max_length=300, help_text="What it does, in a sentence.")
    provider = serializers.ChoiceField(choices=Provider.choices)
    criticality = serializers.ChoiceField(choices=Criticality.choices)
    dependents = serializers.CharField(
        max_length=catalog.LONGEST_LIST,
        allow_blank=True,
        required=False,
        help_text="Who depends on it, one a line.",
    )


class ServiceInput(ServiceChangeInput):
    slug = serializers.CharField(max_length=60, help_text="Names it in files of usage; it stays.")


class SupplyInput(StrictInput):
    sponsor = VisibleRecord(queryset=Sponsor.objects.all())
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False, allow_null=True, help_text="The last day, included.")
    line = GiftLine(required=False, allow_null=True, help_text="A line in kind of a commitment of theirs.")
    ends_present = serializers.BooleanField(
        default=False, help_text="End what another sponsor supplies now, on the day before."
    )


class OfSupplyInput(StrictInput):
    supply = VisibleRecord(queryset=Supply.objects.select_related("service"))


class EndSupplyInput(OfSupplyInput):
    ends_on = serializers.DateField(allow_null=True, help_text="The last day, included; null: it goes on.")


class PutUnderLineInput(OfSupplyInput):
    line = GiftLine(allow_null=True, help_text="A line in kind of the sponsor; null: none.")
    starts_on = serializers.DateField(
        required=False, allow_null=True, help_text="What was before stays. Left out: all of the supply."
    )


class KeyInput(StrictInput):
    provider = serializers.ChoiceField(choices=Provider.choices)
    external_id = serializers.CharField(
        max_length=100, help_text="As it stands in the provider's statistics."
    )


class AlternativeInput(StrictInput):
    name = serializers.CharField(max_length=100, help_text="One of the same name is replaced.")
    card = VisibleRecord(queryset=RateCard.objects.all(), required=False, allow_null=True)
    months_to_move = serializers.IntegerField(min_value=0, max_value=MOST_MONTHS_TO_MOVE, default=0)
    shed_percent = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        default=Decimal(0),
        help_text="The percent of today's traffic that would no longer be served.",
    )
    notes = serializers.CharField(max_length=catalog.LONGEST_LIST, allow_blank=True, default="")


class AlternativeNameInput(StrictInput):
    name = serializers.CharField(max_length=100)


class RetireInput(StrictInput):
    retired_on = serializers.DateField(help_text="The first day on which it no longer runs.")


class ServiceFilters(ListFilters):
    provider = filters.MultipleChoiceFilter(choices=Provider.choices)
    criticality = filters.MultipleChoiceFilter(choices=Criticality.choices)
    slug = filters.CharFilter()
    supplied = TrueOrFalse(
        method="of_supplied", help_text="Somebody supplies it today, or nobody though it runs."
    )
    silent = TrueOrFalse(method="of_silent", help_text="No usage came for three days, or some did.")

    def of_supplied(self, queryset: ServiceQuerySet, _name: str, value: Any) -> ServiceQuerySet:
        today = local_today()
        if value:
            return queryset.filter(pk__in=Supply.objects.on(today).values("service"))
        return queryset.without_supplier(today)

    def of_silent(self, queryset: ServiceQuerySet, _name: str, value: Any) -> ServiceQuerySet:
        silent = Service.objects.silent(local_today()).values("pk")
        return queryset.filter(pk__in=silent) if value else queryset.exclude(pk__in=silent)


class ServiceViewSet(RecordViewSet[Service]):
    """What gifts in kind keep running. Everything that hangs on a service changes by an action of its own."""

    queryset = Service.objects.select_related("pull").prefetch_related(
        "keys", Prefetch("supplies", Supply.objects.select_related("sponsor")), "alternatives"
    )
    serializer_class = ServiceSerializer
    filterset_class = ServiceFilters
    required_scopes = {"read": Scope.SERVICES_READ, "write": Scope.SERVICES_WRITE}
    inputs = {
        "create": ServiceInput,
        "partial_update": ServiceChangeInput,
        "supply": SupplyInput,
        "end_supply": EndSupplyInput,
        "put_under_line": PutUnderLineInput,
        "remove_supply": OfSupplyInput,
        "add_key": KeyInput,
        "remove_key": KeyInput,
        "set_alternative": AlternativeInput,
        "remove_alternative": AlternativeNameInput,
        "retire": RetireInput,
        "run_again": NoInput,
    }
    action_permissions = dict.fromkeys(
        (
            "supply",
            "end_supply",
            "put_under_line",
            "remove_supply",
            "add_key",
            "remove_key",
            "set_alternative",
            "remove_alternative",
            "retire",
            "run_again",
        ),
        _CHANGE,
    )
    ordering_fields = ("name", "created_at")
    ordering = ("name",)
    csv_columns = ("id", "slug", "name", "purpose", "provider", "criticality", "dependents", "retired_on")

    def add(self, data: dict[str, Any]) -> Service:
        return catalog.add_service(actor=self.caller, **data)

    def change(self, record: Service, data: dict[str, Any]) -> Service:
        names = ("name", "purpose", "provider", "criticality", "dependents")
        values = {name: getattr(record, name) for name in names} | data
        return catalog.change_service(actor=self.caller, service=record, **values)

    def lock_first(self) -> None:
        """Lock the sponsor, and the commitment whose gift it shall be, before the service."""
        if self.action == "supply":
            lock_sponsor(self.input()["sponsor"])
        if self.action in {"end_supply", "put_under_line", "remove_supply"}:
            hold_sponsor_of(Supply, self.input()["supply"].pk)
        line = self.input().get("line") if self.action in {"supply", "put_under_line"} else None
        if line is not None:
            lock_commitment(line.commitment)

    def _do(self, call: Callable[[Service, dict[str, Any]], object]) -> Response:
        with self.locked() as record:
            data = self.input()
            supply = data.get("supply")
            if supply is not None and supply.service_id != record.pk:
                msg = f"This is a supply of {supply.service.name}. Choose one of {record.name}."
                raise serializers.ValidationError({"supply": msg})
            call(record, data)
            return self.answer(record.pk)

    @action(detail=True, methods=["post"])
    @idempotent
    def supply(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let a sponsor supply it from a day on. One a day does; what overlaps is refused and named."""
        return self._do(
            lambda service, data: supplies.supply_service(
                actor=self.caller,
                service=service,
                sponsor=data["sponsor"],
                starts_on=data["starts_on"],
                line=data.get("line"),
                ends_before=_day_after(data.get("ends_on")),
                ends_present=data["ends_present"],
            )
        )

    @action(detail=True, methods=["post"], url_path="end-supply")
    @idempotent
    def end_supply(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say on which day a supply ends, or that it goes on."""
        return self._do(
            lambda _service, data: supplies.end_supply(
                actor=self.caller, supply=data["supply"], ends_before=_day_after(data["ends_on"])
            )
        )

    @action(detail=True, methods=["post"], url_path="put-under-line")
    @idempotent
    def put_under_line(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Make a supply part of a gift in kind, from a day on or all of it."""
        return self._do(
            lambda _service, data: supplies.put_under_line(
                actor=self.caller,
                supply=data["supply"],
                line=data["line"],
                starts_on=data.get("starts_on"),
            )
        )

    @action(detail=True, methods=["post"], url_path="remove-supply")
    @idempotent
    def remove_supply(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take away a supply that was recorded by mistake."""
        return self._do(
            lambda _service, data: supplies.remove_supply(actor=self.caller, supply=data["supply"])
        )

    @action(detail=True, methods=["post"], url_path="add-key")
    @idempotent
    def add_key(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say what a provider calls it."""
        return self._do(lambda service, data: catalog.add_key(actor=self.caller, service=service, **data))

    @action(detail=True, methods=["post"], url_path="remove-key")
    @idempotent
    def remove_key(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Forget what a provider calls it. What it is not called is no error."""

        def remove(service: Service, data: dict[str, Any]) -> None:
            key = ServiceKey.objects.filter(service=service, **data).first()
            if key is not None:
                catalog.remove_key(actor=self.caller, key=key)

        return self._do(remove)

    @action(detail=True, methods=["post"], url_path="set-alternative")
    @idempotent
    def set_alternative(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say where it could go, and what that would take."""
        return self._do(
            lambda service, data: catalog.set_alternative(actor=self.caller, service=service, **data)
        )

    @action(detail=True, methods=["post"], url_path="remove-alternative")
    @idempotent
    def remove_alternative(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Take an alternative away. One that is not there is no error."""

        def remove(service: Service, data: dict[str, Any]) -> None:
            alternative = Alternative.objects.filter(service=service, **data).first()
            if alternative is not None:
                catalog.remove_alternative(actor=self.caller, alternative=alternative)

        return self._do(remove)

    @action(detail=True, methods=["post"])
    @idempotent
    def retire(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Say from which day on it no longer runs; who supplies it then, does so until that day."""
        return self._do(
            lambda service, data: catalog.retire_service(actor=self.caller, service=service, **data)
        )

    @action(detail=True, methods=["post"], url_path="run-again")
    @idempotent
    def run_again(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let a retired service run again."""
        return self._do(lambda service, _data: catalog.run_again(actor=self.caller, service=service))


def _day_after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day else None
