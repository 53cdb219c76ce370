"""Write-offs: the list, and what a second colleague decides."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter, RangeDateFilter

from foundation.audit.admin import OnlyRead
from foundation.audit.forms import ActionForm, AmountField, ReasonForm
from foundation.audit.object_actions import ObjectAction, Outcome
from foundation.books.rules import fiscal_year_number
from foundation.books.selectors import current_organization, local_today
from foundation.exports.pages import ExportingAdmin
from foundation.money.display import money_text
from foundation.people.models import User
from sponsors.commitments import cells, services
from sponsors.commitments.admin.deciding import DecidedByAnother
from sponsors.commitments.admin.exports import WriteOffResource
from sponsors.commitments.admin.finding import FindsBySponsor
from sponsors.commitments.models import Installment, WriteOff
from sponsors.commitments.rules import WriteOffState

if TYPE_CHECKING:
    from sponsors.commitments.querysets import WriteOffQuerySet

Data = dict[str, Any]


class ProposeForm(ReasonForm):
    currency_path = "commitment.currency"
    amount = AmountField(help_text="All that is still to be paid, or less.")
    field_order = ("amount", "reason")


class ApproveForm(ActionForm):
    booked_on = forms.DateField(
        label="Counts on",
        initial=local_today,
        help_text="It decides the fiscal year. Today, or an earlier day whose books are open: not before the "
        "installment became firm, and not before its last payment or write-off.",
    )


class RecoverForm(ReasonForm):
    currency_path = "installment.commitment.currency"
    amount = AmountField(help_text="All of it, or less.")
    field_order = ("amount", "reason")


def _amount(write_off: WriteOff) -> str:
    return money_text(abs(write_off.amount), write_off.installment.commitment.currency)


def _propose(actor: User, installment: Installment, data: Data) -> Outcome:
    write_off = services.propose_write_off(actor=actor, installment=installment, **data)
    message = f"{_amount(write_off)} is proposed to be written off. A colleague decides."
    return Outcome(message=message, go_to=write_off)


def _approve(actor: User, write_off: WriteOff, data: Data) -> str:
    services.approve_write_off(actor=actor, write_off=write_off, today=local_today(), **data)
    return f"{_amount(write_off)} of {write_off.installment} is written off."


def _refuse(actor: User, write_off: WriteOff, _data: Data) -> str:
    services.refuse_write_off(actor=actor, write_off=write_off, today=local_today())
    return f"Refused. {write_off.installment} stays due."


def _recover(actor: User, write_off: WriteOff, data: Data) -> Outcome:
    recovery = services.recover_write_off(actor=actor, write_off=write_off, today=local_today(), **data)
    return Outcome(message=f"{_amount(recovery)} is due again and can be paid.", go_to=recovery)


def _waits(write_off: WriteOff) -> bool:
    return write_off.state == WriteOffState.PROPOSED


PROPOSE_WRITE_OFF = ObjectAction(
    name="write-off",
    label="Write off",
    permission="sponsors.propose_writeoff",
    call=_propose,
    form_class=ProposeForm,
    available=lambda installment: Installment.objects.open().filter(pk=installment.pk).exists(),
    initial=lambda installment: {"amount": installment.remainder},
    icon="money_off",
    danger=True,
    description=lambda installment: (
        f"{money_text(installment.remainder, installment.commitment.currency)} of {installment} is still to be "
        "paid. What we no longer expect is written off once a colleague approves it."
    ),
)

WRITE_OFF_ACTIONS = (
    ObjectAction(
        name="approve",
        label="Approve",
        permission="sponsors.approve_writeoff",
        call=_approve,
        form_class=ApproveForm,
        available=_waits,
        icon="check",
        description=lambda w: f"{_amount(w)} of {w.installment} is no longer expected: {w.reason}",
    ),
    ObjectAction(
        name="refuse",
        label="Refuse",
        permission="sponsors.approve_writeoff",
        call=_refuse,
        available=_waits,
        icon="close",
        description=lambda w: f"{_amount(w)} of {w.installment} stays due.",
    ),
    ObjectAction(
        name="recover",
        label="Recover",
        permission="sponsors.recover_writeoff",
        call=_recover,
        form_class=RecoverForm,
        available=lambda w: w.left > 0,
        initial=lambda w: {"amount": w.left},
        icon="undo",
        description=lambda w: (
            f"What is recovered is due again and can be paid. Use it when money for {w.installment} comes, or "
            "will come, after all."
        ),
    ),
)


@admin.register(WriteOff)
class WriteOffAdmin(OnlyRead, FindsBySponsor, ExportingAdmin, DecidedByAnother):
    """A write-off is a fact: decided once by somebody else, never edited, undone by its recovery."""

    empty_list = "Amounts that we no longer expect. Propose one on the page of an overdue installment; a colleague decides."
    export_resource = WriteOffResource
    object_actions = WRITE_OFF_ACTIONS
    decisions = frozenset({"approve", "refuse"})
    summary_template = "admin/write_offs/summary.html"
    list_display = (
        "name",
        "sponsor_name",
        "money",
        "standing",
        "booked_on",
        "fiscal_year",
        "proposed_by",
        "decided_by",
    )
    list_display_links = ("name",)
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("booked_on", RangeDateFilter),
        ("installment__commitment__sponsor", AutocompleteSelectFilter),
    )
    list_select_related = ("installment__commitment__sponsor", "proposed_by", "decided_by")
    ordering = ("-pk",)
    search_fields = ("reason",)
    search_help_text = "Number of the commitment, reason or sponsor"
    sponsor_path = "installment__commitment__sponsor"
    begins_with = ("installment__commitment__number",)
    holds = ("reason",)
    fields = (
        ("installment", "sponsor_name"),
        ("money", "still_written_off"),
        "standing",
        "reason",
        ("booked_on", "fiscal_year"),
        ("proposed_by", "decided_by"),
        "decided_on",
        "recovers",
    )
    readonly_fields = ("sponsor_name", "money", "still_written_off", "standing", "fiscal_year")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        return cast("WriteOffQuerySet", super().get_queryset(request)).with_left()

    def get_export_queryset(self, queryset: Any) -> Any:
        return queryset.select_related(*self.list_select_related)

    @admin.display(description="Installment", ordering="installment__commitment__number")
    def name(self, write_off: WriteOff) -> SafeString:
        return cells.whole(str(write_off.installment))

    @admin.display(description="Sponsor", ordering="installment__commitment__sponsor__name")
    def sponsor_name(self, write_off: WriteOff) -> str:
        return write_off.installment.commitment.sponsor.name

    @admin.display(description="Amount")
    def money(self, write_off: WriteOff) -> str:
        return cells.money(write_off.amount, write_off.installment.commitment.currency)

    @admin.display(description="Fiscal year", ordering="booked_on")
    def fiscal_year(self, write_off: WriteOff) -> int | str:
        return fiscal_year_number(write_off.booked_on, current_organization().fiscal_year_start_month) or "—"

    @admin.display(description="Of this still written off")
    def still_written_off(self, write_off: Any) -> str:
        return cells.money(write_off.left, write_off.installment.commitment.currency)

    @admin.display(description="State", ordering="state")
    def standing(self, write_off: WriteOff) -> SafeString:
        if write_off.recovers_id is not None:
            return cells.badge("Recovery", "info")
        return cells.write_off_badge(write_off.state)
