"""`/api/v1/agreement-templates/`: the texts that agreements are made from."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from foundation.api.files import PDF_ANSWER, pdf_of
from foundation.api.filtersets import ListFilters
from foundation.api.scopes import Scope
from foundation.api.serializers import StrictInput
from foundation.api.views import RecordViewSet
from foundation.books.selectors import local_today
from sponsors.agreements import services
from sponsors.agreements.models import AgreementTemplate
from sponsors.agreements.rules import LONGEST_BODY, Language
from sponsors.commitments.models import Commitment


class AgreementTemplateSerializer(serializers.ModelSerializer[AgreementTemplate]):
    class Meta:
        model = AgreementTemplate
        fields = (
            "id",
            "name",
            "title",
            "language",
            "body",
            "version",
            "is_active",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields


class TemplateInput(StrictInput):
    name = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=200, help_text="The heading of the agreement.")
    language = serializers.ChoiceField(choices=Language.choices, default=Language.ENGLISH)
    body = serializers.CharField(
        max_length=LONGEST_BODY,
        help_text="Headings, paragraphs, **bold**, *italic* and lists in Markdown; names in double braces stand for data.",
    )


class TemplateChangeInput(TemplateInput):
    is_active = serializers.BooleanField(required=False)


class PreviewQuery(StrictInput):
    commitment = serializers.RegexField(
        r"^[0-9]{1,18}$", error_messages={"invalid": "Give the number of a commitment."}
    )


class TemplateFilters(ListFilters):
    class Meta:
        model = AgreementTemplate
        fields = ("name", "language", "is_active")


class AgreementTemplateViewSet(RecordViewSet[AgreementTemplate]):
    """Texts that agreements are made from. Data is put in as plain text, whatever it holds."""

    queryset = AgreementTemplate.objects.all()
    serializer_class = AgreementTemplateSerializer
    filterset_class = TemplateFilters
    required_scopes = {"read": Scope.DOCUMENTS_READ, "write": Scope.DOCUMENTS_WRITE}
    action_permissions = {"preview": "sponsors.view_agreementtemplate"}
    action_parameters = {"preview": ("commitment",)}
    inputs = {"create": TemplateInput, "partial_update": TemplateChangeInput}
    ordering_fields = ("name", "updated_at")
    ordering = ("name",)
    csv_columns = ("id", "name", "title", "language", "version", "is_active", "created_at", "updated_at")

    def add(self, data: dict[str, Any]) -> AgreementTemplate:
        return services.add_template(actor=self.caller, **data)

    def change(self, record: AgreementTemplate, data: dict[str, Any]) -> AgreementTemplate:
        whole = {name: getattr(record, name) for name in ("name", "title", "language", "body", "is_active")}
        return services.change_template(actor=self.caller, template=record, **{**whole, **data})

    @extend_schema(
        responses=PDF_ANSWER,
        parameters=[
            OpenApiParameter("commitment", int, required=True, description="Whose data stands in it.")
        ],
    )
    @action(detail=True, methods=["get"])
    def preview(self, request: Request, pk: str) -> HttpResponse:  # noqa: ARG002  # routing's signature
        """Answer with the PDF that the template makes of a commitment; nothing is written."""
        query = PreviewQuery(data={"commitment": request.query_params.get("commitment", "")})
        query.is_valid(raise_exception=True)
        commitment = (
            Commitment.objects.visible_to(self.caller).filter(pk=query.validated_data["commitment"]).first()
        )
        if commitment is None:
            msg = "There is no such commitment. Give the number of one that you may see."
            raise serializers.ValidationError({"commitment": msg})
        content = services.preview_agreement(
            actor=self.caller, template=self.get_object(), commitment=commitment, today=local_today()
        )
        return pdf_of(content, name="preview.pdf")
