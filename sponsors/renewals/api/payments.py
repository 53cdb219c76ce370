"""`/api/v1/payment-reminders/`: which payments were reminded of, when, and how it ended."""

from typing import Any

from django.db.models import F
from django_filters import rest_framework as filters
from rest_framework import serializers

from foundation.api.filtersets import IdFilter, ListFilters, TrueOrFalse
from foundation.api.scopes import Scope
from foundation.api.serializers import AmountField
from foundation.api.views import ReadViewSet
from foundation.notices.rules import NoticeState
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.querysets import PaymentReminderQuerySet
from sponsors.renewals.rules.states import StepState

_INSTALLMENT = "installment.commitment"
_COLUMNS = (
    "id",
    "installment",
    "commitment",
    "commitment_number",
    "position",
    "sponsor",
    "sponsor_name",
    "due_on",
    "code",
    "days",
    "state",
    "reason",
    "taken_on",
    "currency",
    "remainder",
    "mail_state",
)


class PaymentReminderSerializer(serializers.ModelSerializer[PaymentReminder]):
    commitment = serializers.IntegerField(source="installment.commitment_id")
    commitment_number = serializers.CharField(source=f"{_INSTALLMENT}.number")
    position = serializers.IntegerField(
        source="installment.position", help_text="Of the installment in its commitment."
    )
    sponsor = serializers.IntegerField(source=f"{_INSTALLMENT}.sponsor_id")
    sponsor_name = serializers.CharField(source=f"{_INSTALLMENT}.sponsor.name")
    due_on = serializers.DateField(
        help_text="The day by which it was to be paid: that of the installment, or of its invoice if that is later."
    )
    days = serializers.IntegerField(help_text="After the due date; negative before it.")
    state = serializers.ChoiceField(choices=StepState.choices)
    currency = serializers.CharField(source=f"{_INSTALLMENT}.currency")
    remainder = AmountField(
        currency_source=_INSTALLMENT + ".currency", help_text="What is still to be paid now."
    )
    mail_state = serializers.ChoiceField(
        source="notice.state",
        default=None,
        allow_null=True,
        choices=NoticeState.choices,
        help_text="Of the mail to the sponsor; null when it was not written to.",
    )

    class Meta:
        model = PaymentReminder
        fields = (*_COLUMNS, "created_at", "updated_at")
        read_only_fields = fields


class PaymentReminderFilters(ListFilters):
    sponsor = IdFilter("installment__commitment__sponsor")
    commitment = IdFilter("installment__commitment")
    installment = IdFilter()
    state = filters.MultipleChoiceFilter(choices=StepState.choices)
    mailed = TrueOrFalse(method="was_mailed", help_text="Whether the sponsor was written to.")
    due_from = filters.DateFilter("due_on", lookup_expr="gte")
    due_to = filters.DateFilter("due_on", lookup_expr="lte")
    taken_from = filters.DateFilter("taken_on", lookup_expr="gte")
    taken_to = filters.DateFilter("taken_on", lookup_expr="lte")

    def was_mailed(
        self, queryset: PaymentReminderQuerySet, _name: str, value: Any
    ) -> PaymentReminderQuerySet:
        return queryset.filter(notice__isnull=not value)


class PaymentReminderViewSet(ReadViewSet[PaymentReminder]):
    """Reminders of payments. A sweep at night takes the steps; the payment closes them."""

    queryset = PaymentReminder.objects.select_related("installment__commitment__sponsor", "notice").annotate(
        remainder=F("installment__amount") - F("installment__paid") - F("installment__written_off")
    )
    serializer_class = PaymentReminderSerializer
    filterset_class = PaymentReminderFilters
    required_scopes = {"read": Scope.RENEWALS_READ}
    ordering_fields = ("taken_on", "due_on")
    ordering = ("-taken_on",)
    csv_columns = _COLUMNS
