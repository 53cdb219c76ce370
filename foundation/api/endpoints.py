"""`/api/v1/tokens/`, `/api/v1/funds/` and `/api/v1/organization/`: the foundation's own records.

Funds and the organization belong to `foundation.books`, which is below this slice and therefore
cannot use its base classes.
"""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.filtersets import ListFilters
from foundation.api.idempotency import idempotent
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope
from foundation.api.services import revoke_token
from foundation.api.views import ReadViewSet
from foundation.books.models import Fund, Organization
from foundation.books.selectors import current_organization


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )
        read_only_fields = fields


class TokenViewSet(ReadViewSet[ApiToken]):
    """Your own tokens. They are made on the account page, where a second factor is asked for."""

    queryset = ApiToken.objects.all()
    serializer_class = TokenSerializer
    required_scopes = {"read": Scope.TOKENS_READ, "write": Scope.TOKENS_WRITE}
    # Only one's own rows are in reach, so no permission is asked for.
    action_permissions = {"list": None, "retrieve": None, "revoke": None}
    ordering_fields = ("created_at", "expires_at", "name")
    ordering = ("-created_at",)

    def reachable(self, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        return queryset.filter(user=self.caller)

    @action(detail=True, methods=["post"])
    @idempotent
    def revoke(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Make the token useless from now on. Revoking it again changes nothing."""
        with self.locked() as token:
            revoke_token(actor=self.caller, token=token, now=timezone.now())
            return self.answer(token.pk)


class FundSerializer(serializers.ModelSerializer[Fund]):
    class Meta:
        model = Fund
        fields = (
            "id",
            "code",
            "name",
            "restriction",
            "purpose",
            "available_from",
            "is_open",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class FundFilters(ListFilters):
    class Meta:
        model = Fund
        fields = ("code", "restriction", "is_open")


class FundViewSet(ReadViewSet[Fund]):
    """Purses of money, with or without a restriction on its use."""

    queryset = Fund.objects.all()
    serializer_class = FundSerializer
    filterset_class = FundFilters
    required_scopes = {"read": Scope.COMMITMENTS_READ}
    ordering_fields = ("code", "name")
    ordering = ("name",)
    csv_columns = ("id", "code", "name", "restriction", "purpose", "available_from", "is_open")


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    class Meta:
        model = Organization
        fields = (
            "name",
            "legal_name",
            "address",
            "tax_id",
            "website",
            "contact_email",
            "base_currency",
            "time_zone",
            "fiscal_year_start_month",
        )
        read_only_fields = fields


class OrganizationViewSet(ReadViewSet[Organization]):
    """The organization that runs this Bursar. Its time zone decides which day it is."""

    queryset = Organization.objects.all()
    serializer_class = OrganizationSerializer
    outputs = {"retrieve": OrganizationSerializer}
    singular = "organization"
    required_scopes = {"read": Scope.COMMITMENTS_READ}

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002  # routing's signature
        return Response(self.get_serializer(current_organization()).data)

    def reachable(self, queryset: QuerySet[Organization]) -> QuerySet[Organization]:
        return queryset
