"""Reminders of payments: which step was taken of which installment, who was told, and what the sponsor was written."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, DropdownFilter, RangeDateFilter

from foundation.audit.admin import OnlyRead
from sponsors.commitments import cells as money_cells
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.renewals import cells
from sponsors.renewals.models import PaymentReminder
from sponsors.renewals.rules.payments import payment_step_words
from sponsors.renewals.rules.states import StepState

_STATES = (StepState.OPEN, StepState.REPLACED, StepState.MISSED, StepState.CLOSED)


class ReminderState(DropdownFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [(state.value, cells.payment_reminder_label(state)) for state in _STATES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        return queryset.filter(state=self.value()) if self.value() in _STATES else queryset


class WrittenTo(DropdownFilter):
    title = "mail to the sponsor"
    parameter_name = "written"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        del request, model_admin
        return [("yes", "Written to"), ("no", "Not written to")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        del request
        wanted = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(notice__isnull=wanted)


@admin.register(PaymentReminder)
class PaymentReminderAdmin(OnlyRead, FindsBySponsor):
    """Bursar alone takes the steps; what closes a reminder is the payment."""

    empty_list = (
        "Every night Bursar looks for payments that are due soon, due, or overdue, and tells Finance. On which days, and "
        "whether sponsors are written to, the renewal settings say."
    )
    opens_with = "state=open"
    list_display = ("payment", "due_on", "step", "left", "state_badge", "taken_on", "mail")
    list_display_links = ("payment",)
    list_filter = (
        ReminderState,
        WrittenTo,
        ("due_on", RangeDateFilter),
        ("taken_on", RangeDateFilter),
        ("installment__commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("installment__commitment__sponsor", "notice")
    ordering = ("-taken_on", "-pk")
    search_fields = ("installment__commitment__number",)
    search_help_text = "Number of the commitment, or sponsor"
    sponsor_path = "installment__commitment__sponsor"
    begins_with = ("installment__commitment__number",)
    fields = (
        ("installment", "sponsor"),
        ("due_on", "left"),
        ("step", "taken_on"),
        ("state_badge", "reason"),
        ("told", "mail"),
    )
    readonly_fields = ("sponsor", "left", "step", "state_badge", "told", "mail")

    @admin.display(description="Installment", ordering="installment__commitment__number")
    def payment(self, reminder: PaymentReminder) -> SafeString:
        return money_cells.stacked(
            money_cells.whole(str(reminder.installment)), reminder.installment.commitment.sponsor.name
        )

    @admin.display(description="Sponsor")
    def sponsor(self, reminder: PaymentReminder) -> str:
        return reminder.installment.commitment.sponsor.name

    @admin.display(description="Step", ordering="days")
    def step(self, reminder: PaymentReminder) -> str:
        return payment_step_words(reminder.days)

    @admin.display(description="Still to pay")
    def left(self, reminder: PaymentReminder) -> str:
        row = reminder.installment
        return money_cells.money(row.amount - row.paid - row.written_off, row.commitment.currency)

    @admin.display(description="State", ordering="state")
    def state_badge(self, reminder: PaymentReminder) -> SafeString:
        return cells.payment_reminder_badge(reminder.state)

    @admin.display(description="Told")
    def told(self, reminder: PaymentReminder) -> str:
        tellings = reminder.tellings.select_related("person")
        return ", ".join(telling.person.name for telling in tellings) or money_cells.NOTHING

    @admin.display(description="Mail to the sponsor")
    def mail(self, reminder: PaymentReminder) -> SafeString | str:
        notice = reminder.notice
        if notice is None:
            return money_cells.NOTHING
        address = reverse("admin:foundation_notice_change", args=[notice.pk])
        return format_html(
            '<a class="text-primary-600 dark:text-primary-400" href="{}">{}</a>',
            address,
            notice.get_state_display(),
        )
