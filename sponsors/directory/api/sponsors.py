"""`/api/v1/sponsors/`: organizations that support us, or might."""

from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api.idempotency import idempotent
from foundation.api.models import ApiToken
from foundation.api.scopes import Scope
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from foundation.uploads.images import LARGEST_PICTURE
from foundation.uploads.rules import UploadRefused, read_within
from sponsors.commitments.standing import Standing, with_standing
from sponsors.directory import services
from sponsors.directory.api.filters import SponsorFilters
from sponsors.directory.api.inputs import (
    LOGO_ON_DARK,
    LogoInput,
    MergeInput,
    RemoveLogoInput,
    SponsorChangeInput,
    SponsorInput,
)
from sponsors.directory.models import Sponsor


class SponsorSerializer(serializers.ModelSerializer[Sponsor]):
    standing = serializers.ChoiceField(
        choices=Standing.choices, help_text="Derived from commitments: in force or ahead, once, or never."
    )
    account_manager_name = serializers.CharField(source="account_manager.name", default=None, allow_null=True)
    logo = serializers.SerializerMethodField(help_text="Where somebody signed in sees it; null without one.")
    logo_on_dark = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField(
        help_text="Internal: null unless the token has `sponsors:write` and its owner may change sponsors."
    )

    class Meta:
        model = Sponsor
        fields = (
            "id",
            "slug",
            "name",
            "legal_name",
            "standing",
            "website",
            "country",
            "tax_id",
            "parent",
            "description",
            "account_manager",
            "account_manager_name",
            "foundations_supported",
            "left_a_foundation",
            "logo",
            "logo_on_dark",
            "notes",
            "merged_into",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    def get_logo(self, sponsor: Sponsor) -> str | None:
        return settings.BASE_URL + reverse("sponsor_logo", args=[sponsor.slug]) if sponsor.logo else None

    def get_logo_on_dark(self, sponsor: Sponsor) -> str | None:
        if not sponsor.logo_on_dark:
            return None
        return settings.BASE_URL + reverse("sponsor_logo_on_dark", args=[sponsor.slug])

    def get_notes(self, sponsor: Sponsor) -> str | None:
        return sponsor.notes if self.context["view"].shows_notes else None


class SponsorViewSet(RecordViewSet[Sponsor]):
    """Organizations that support us, did once, or might."""

    queryset = Sponsor.objects.select_related("account_manager")
    serializer_class = SponsorSerializer
    filterset_class = SponsorFilters
    required_scopes = {"read": Scope.SPONSORS_READ, "write": Scope.SPONSORS_WRITE}
    action_permissions = {
        "merge": "sponsors.merge_sponsor",
        "logo": "sponsors.change_sponsor",
        "remove_logo": "sponsors.change_sponsor",
    }
    inputs = {
        "create": SponsorInput,
        "partial_update": SponsorChangeInput,
        "merge": MergeInput,
        "logo": LogoInput,
        "remove_logo": RemoveLogoInput,
    }
    ordering_fields = ("name", "slug", "created_at", "updated_at")
    ordering = ("name",)
    csv_columns = (
        "id",
        "slug",
        "name",
        "legal_name",
        "standing",
        "website",
        "country",
        "tax_id",
        "parent",
        "description",
        "account_manager",
        "account_manager_name",
        "foundations_supported",
        "left_a_foundation",
        "merged_into",
        "created_at",
        "updated_at",
    )

    @cached_property
    def today(self) -> date:
        return local_today()

    @cached_property
    def shows_notes(self) -> bool:
        token = self.request.auth
        scopes = token.scopes if isinstance(token, ApiToken) else []
        return Scope.SPONSORS_WRITE in scopes and self.caller.has_perm("sponsors.change_sponsor")

    def get_queryset(self) -> QuerySet[Sponsor]:
        queryset = super().get_queryset()
        return queryset if getattr(self, "swagger_fake_view", False) else with_standing(queryset, self.today)

    def lock_first(self) -> None:
        services.hold_directory()

    def add(self, data: dict[str, Any]) -> Sponsor:
        return services.add_sponsor(actor=self.caller, **data)

    def change(self, record: Sponsor, data: dict[str, Any]) -> Sponsor:
        confirmed = data.pop("confirmed_distinct", False)
        changes: services.SponsorChanges = {**data}  # type: ignore[typeddict-item]  # the input has these fields
        return services.change_sponsor(
            actor=self.caller, sponsor=record, changes=changes, confirmed_distinct=confirmed
        )

    @action(detail=True, methods=["post"])
    @idempotent
    def merge(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Merge this sponsor into another that is the same, with all that hangs on it.

        Answers with the sponsor that is kept. Merging the same two again changes nothing.
        """
        with self.locked() as sponsor:
            data = self.input()
            services.merge_sponsors(
                actor=self.caller, kept=data["into"], absorbed=sponsor, reason=data["reason"]
            )
            return self.answer(data["into"].pk)

    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    @idempotent
    def logo(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Keep a picture as the logo, or as the one for dark backgrounds, in place of the one before."""
        with self.locked() as sponsor:
            data = self.input()
            try:
                content = read_within(data["file"], limit=LARGEST_PICTURE)
                services.set_logo(
                    actor=self.caller, sponsor=sponsor, content=content, on_dark=data["which"] == LOGO_ON_DARK
                )
            except UploadRefused as refused:
                # The service names the sponsor's field; what was sent here is called `file`.
                raise UploadRefused(refused.message, code=refused.code, field="file") from refused
            return self.answer(sponsor.pk)

    @action(detail=True, methods=["post"], url_path="remove-logo")
    @idempotent
    def remove_logo(self, request: Request, pk: str) -> Response:  # noqa: ARG002  # routing's signature
        """Remove the logo, or the one for dark backgrounds. Nothing happens when there is none."""
        with self.locked() as sponsor:
            on_dark = self.input()["which"] == LOGO_ON_DARK
            services.remove_logo(actor=self.caller, sponsor=sponsor, on_dark=on_dark)
            return self.answer(sponsor.pk)
