"""`/api/v1/rate-cards/`: lists of prices with their versions and tiers, and what a month would cost by one."""

import re
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.scopes import Scope
from foundation.api.serializers import AmountField, StrictInput, VisibleRecord
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from foundation.money.rules import currency_codes
from sponsors.inkind.models import RateCard, RateCardVersion, RateTier, Region, RegionMapping
from sponsors.inkind.rules import Confidence, Gigabyte, InKindError, Metric, Provider, Tier, Use, quote
from sponsors.inkind.rules.quantities import LARGEST
from sponsors.inkind.rules.tiers import LONGEST_REGION, grouped
from sponsors.inkind.selectors.rate_cards import prices_of
from sponsors.inkind.services import rate_cards as services

_COLUMNS = ("id", "name", "slug", "provider", "currency")
_CHANGE = "sponsors.change_ratecard"
_COUNT = re.compile(r"[0-9]{1,20}", re.ASCII)


def _rate(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=18,
        decimal_places=8,
        help_text="For a gigabyte, or for the version's unit of requests.",
        **kwargs,
    )


def _bound(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=24,
        decimal_places=4,
        allow_null=True,
        help_text="Gigabytes, or requests, up to which the rate holds; null for all above.",
        **kwargs,
    )


class RateTierSerializer(serializers.ModelSerializer[RateTier]):
    up_to = _bound()
    rate = _rate()

    class Meta:
        model = RateTier
        fields = ("metric", "region", "position", "up_to", "rate", "is_published")
        read_only_fields = fields


class RateCardVersionSerializer(serializers.ModelSerializer[RateCardVersion]):
    id = serializers.IntegerField(help_text="By which valuations name it.")
    valid_until = serializers.DateField(allow_null=True, help_text="The last day; null for good.")
    gigabyte = serializers.ChoiceField(choices=Gigabyte.choices)
    monthly_minimum = AmountField(currency_source="card.currency")
    free_gigabytes = serializers.DecimalField(max_digits=24, decimal_places=4)
    tiers = RateTierSerializer(many=True, help_text="In the order of the card.")

    class Meta:
        model = RateCardVersion
        fields = (
            "id",
            "number",
            "valid_from",
            "valid_until",
            "gigabyte",
            "request_unit",
            "monthly_minimum",
            "free_gigabytes",
            "free_requests",
            "source",
            "as_of",
            "confidence",
            "notes",
            "tiers",
        )
        read_only_fields = fields


class RegionMappingSerializer(serializers.ModelSerializer[RegionMapping]):
    class Meta:
        model = RegionMapping
        fields = ("region", "card_region")
        read_only_fields = fields


class RateCardRowSerializer(serializers.ModelSerializer[RateCard]):
    class Meta:
        model = RateCard
        fields = (*_COLUMNS, "created_at", "updated_at")
        read_only_fields = fields


class RateCardSerializer(serializers.ModelSerializer[RateCard]):
    versions = RateCardVersionSerializer(many=True, help_text="The newest first.")
    mappings = RegionMappingSerializer(
        many=True, help_text="Which region of the card prices each region of a provider (`/usage-regions/`)."
    )

    class Meta:
        model = RateCard
        fields = (*_COLUMNS, "versions", "mappings", "created_at", "updated_at")
        read_only_fields = fields


class RateCardInput(StrictInput):
    name = serializers.CharField(max_length=100)
    slug = serializers.CharField(max_length=60, help_text="It stays.")
    provider = serializers.ChoiceField(choices=Provider.choices)
    currency = serializers.ChoiceField(choices=[(code, code) for code in currency_codes()])


class RateCardChangeInput(StrictInput):
    name = serializers.CharField(max_length=100)


class TierInput(StrictInput):
    metric = serializers.ChoiceField(choices=Metric.choices)
    region = serializers.CharField(max_length=LONGEST_REGION)
    up_to = _bound(required=False, default=None)
    rate = _rate(min_value=0)
    is_published = serializers.BooleanField(
        default=True, help_text="False: extrapolated beyond what the provider publishes."
    )


class VersionInput(StrictInput):
    valid_from = serializers.DateField(help_text="The version that holds until then ends the day before.")
    valid_until = serializers.DateField(required=False, help_text="The last day; none for good.")
    gigabyte = serializers.ChoiceField(choices=Gigabyte.choices, help_text="Bytes in a gigabyte.")
    request_unit = serializers.IntegerField(min_value=1, max_value=services.LARGEST_UNIT)
    monthly_minimum = serializers.DecimalField(
        max_digits=18, decimal_places=4, min_value=0, default=Decimal(0)
    )
    free_gigabytes = serializers.DecimalField(
        max_digits=22, decimal_places=4, min_value=0, default=Decimal(0)
    )
    free_requests = serializers.IntegerField(min_value=0, max_value=services.LARGEST_FREE - 1, default=0)
    # The name hides a property of the base that an input does not use.
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=300, help_text="Where the prices stand."
    )
    as_of = serializers.CharField(max_length=100, help_text="When they stood there.")
    confidence = serializers.ChoiceField(choices=Confidence.choices)
    notes = serializers.CharField(max_length=services.LONGEST_NOTES, allow_blank=True, default="")
    tiers = TierInput(
        many=True,
        allow_empty=False,
        help_text="Of each metric and region from low to high; only the last is open.",
    )


class EndVersionInput(StrictInput):
    version = serializers.IntegerField(min_value=1, max_value=2**15 - 1, help_text="Its number.")
    valid_until = serializers.DateField(help_text="The last day on which its prices hold.")


class MapRegionInput(StrictInput):
    region = VisibleRecord(queryset=Region.objects.all(), help_text="A region of a provider.")
    card_region = serializers.CharField(max_length=LONGEST_REGION)


class QuoteInput(StrictInput):
    version = serializers.IntegerField(min_value=1, max_value=2**15 - 1, required=False)
    on = serializers.DateField(required=False)


class QuoteStepSerializer(serializers.Serializer[Any]):
    # The names hide properties of the base.
    label = serializers.CharField()  # type: ignore[assignment]
    metric = serializers.CharField(help_text="Empty for the monthly minimum.")
    quantity = serializers.DecimalField(max_digits=None, decimal_places=6)
    unit = serializers.CharField()
    rate = serializers.DecimalField(max_digits=None, decimal_places=8)
    amount = AmountField(help_text="Quantity times rate, rounded to the currency.")
    is_published = serializers.BooleanField()


class QuoteSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(help_text="Its number.")
    currency = serializers.CharField()
    total = AmountField(help_text="The sum of the steps.")
    is_extrapolated = serializers.BooleanField(help_text="A tier beyond the published ones was used.")
    steps = QuoteStepSerializer(many=True)


class RateCardFilters(ListFilters):
    class Meta:
        model = RateCard
        fields = ("provider", "currency", "slug")


class RateCardViewSet(RecordViewSet[RateCard]):
    """Price lists of providers, by which metered use is valued. A list tells of cards, a card of its prices."""

    queryset = RateCard.objects.all()
    serializer_class = RateCardSerializer
    filterset_class = RateCardFilters
    required_scopes = {"read": Scope.VALUATIONS_READ, "write": Scope.VALUATIONS_WRITE}
    action_permissions = {
        "add_version": _CHANGE,
        "end_version": _CHANGE,
        "map_region": _CHANGE,
        "quote": "sponsors.view_ratecard",
    }
    action_parameters = {"quote": ("use", "version", "on")}
    inputs = {
        "create": RateCardInput,
        "partial_update": RateCardChangeInput,
        "add_version": VersionInput,
        "end_version": EndVersionInput,
        "map_region": MapRegionInput,
    }
    outputs = {"list": RateCardRowSerializer, "quote": QuoteSerializer}
    ordering_fields = ("name", "created_at")
    ordering = ("name",)
    csv_columns = _COLUMNS

    def get_queryset(self) -> QuerySet[RateCard]:
        cards = super().get_queryset()
        if self.action == "list":
            return cards
        tiers = Prefetch("tiers", RateTier.objects.order_by("pk"))
        versions = RateCardVersion.objects.select_related("card").order_by("-number").prefetch_related(tiers)
        return cards.prefetch_related(Prefetch("versions", versions), "mappings")

    def get_serializer_class(self) -> Any:
        return RateCardRowSerializer if self.action == "list" else RateCardSerializer

    def takes_several(self, name: str) -> bool:
        return (self.action == "quote" and name == "use") or super().takes_several(name)

    def add(self, data: dict[str, Any]) -> RateCard:
        return services.add_card(actor=self.caller, **data)

    def change(self, record: RateCard, data: dict[str, Any]) -> RateCard:
        return services.change_card(actor=self.caller, card=record, **{"name": record.name, **data})

    @action(detail=True, methods=["post"], url_path="add-version")
    @idempotent
    def add_version(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Add the prices that hold from a day on; the version that held until then ends the day before."""
        data = self.input()
        bandwidth, requests = grouped(
            (row["metric"], row["region"], Tier(row["up_to"], row["rate"], row["is_published"]))
            for row in data.pop("tiers")
        )
        with self.locked() as record:
            services.add_version(
                actor=self.caller, card=record, bandwidth=bandwidth, requests=requests, **data
            )
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="end-version")
    @idempotent
    def end_version(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let a version hold up to and including a day."""
        data = self.input()
        with self.locked() as record:
            version = _version(record, version=data["version"])
            services.end_version(actor=self.caller, version=version, valid_until=data["valid_until"])
            return self.answer(record.pk)

    @action(detail=True, methods=["post"], url_path="map-region")
    @idempotent
    def map_region(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Let a region of the card price what a provider metered in one of its regions, from now on."""
        with self.locked() as record:
            services.map_region(actor=self.caller, card=record, **self.input())
            return self.answer(record.pk)

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "use",
                {"type": "array", "items": {"type": "string", "pattern": r"^.+:[0-9]+:[0-9]+$"}},
                required=True,
                description="Region of the card, bytes and requests, such as `usa:66000000000000000:100000000000`. "
                "May be repeated.",
            ),
            OpenApiParameter(
                "version", {"type": "integer", "minimum": 1, "maximum": 2**15 - 1}, description="Its number."
            ),
            OpenApiParameter(
                "on", OpenApiTypes.DATE, description="By the version of this day; today by default."
            ),
        ]
    )
    @action(detail=True, methods=["get"])
    def quote(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """What a month of use would cost, in steps that a calculator gives again."""
        asked = QuoteInput(
            data={
                name: int(text) if text.isdecimal() else text
                for name in ("version", "on")
                if (text := request.query_params.get(name))
            }
        )
        asked.is_valid(raise_exception=True)
        uses = [_use(text) for text in request.query_params.getlist("use")]
        if not uses:
            raise ValidationError({"use": "Say what is used, such as use=usa:1000000000:10000."})
        version = _version(self.get_object(), **asked.validated_data)
        try:
            found = quote(prices_of(version), uses)
        except InKindError as refused:
            refused.field = "use"
            raise
        currency = version.card.currency
        answer = {
            "version": version.number,
            "currency": currency,
            "total": found.total,
            "is_extrapolated": found.is_extrapolated,
            "steps": [{**asdict(step), "currency": currency} for step in found.steps],
        }
        return Response(QuoteSerializer(answer).data)


def _use(text: str) -> Use:
    """Return the use that `region:bytes:requests` tells of. Raises ValidationError."""
    region, *counts = text.rsplit(":", 2)
    if not region or len(counts) != 2 or not all(_COUNT.fullmatch(count) for count in counts):  # noqa: PLR2004  # bytes and requests
        msg = "Write region of the card, bytes and requests in digits, such as usa:66000000000000000:100000000000."
        raise ValidationError({"use": msg})
    if max(map(int, counts)) > LARGEST:
        raise ValidationError({"use": f"At most {LARGEST} can be counted. Write a smaller number."})
    return Use(region, *map(int, counts))


def _version(card: RateCard, *, version: int | None = None, on: date | None = None) -> RateCardVersion:
    """Return the version of that number, else the one that holds on the day, or today. Raises ValidationError."""
    versions = card.versions.select_related("card")
    if version is not None:
        found = versions.filter(number=version).first()
        wrong = {"version": f"{card} has no version {version}. Its answer lists those it has."}
    else:
        day = on or local_today()
        found = versions.valid_on(day).first()
        wrong = {"on": f"No version of {card} holds on {day}. Name another day or a version."}
    if found is None:
        raise ValidationError(wrong)
    return found
